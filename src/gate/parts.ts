import type { Clock, MemberId, SigningKey, SubjectId } from "#base";
import type { Ledger } from "#ledger";
import type { BlobVault, Keyring, OrderedOpenings, VaultStore } from "#vault";
import type { GateStore } from "./gateStore.ts";
import type { AccessLog } from "./log/accessLog.ts";
import type { ClosedLog } from "./log/closedLog.ts";
import type { EmergencyReserve } from "./log/diskReserve.ts";

/** What a gate is built from; the composition root chooses the drivers. */
export interface GateParts {
	readonly member: MemberId;
	/** Signs what the member itself puts on the ledger: erasure receipts, anchors. */
	readonly memberKey: SigningKey;
	readonly ledger: Ledger;
	readonly keyring: Keyring;
	/** Where the keyring has a deputy in the log's thread. */
	readonly openings?: OrderedOpenings | undefined;
	readonly store: VaultStore;
	/** Large objects: genomes, images, series. */
	readonly objects: BlobVault;
	readonly log: AccessLog;
	/** What is left of the logs before it, to be shown in histories. */
	readonly closedLogs?: readonly ClosedLog[];
	readonly memory: GateStore;
	/** Most patients that one count or cohort may look at; 10,000 when absent. */
	readonly cohortMax?: number;
	/** Room on the disk for what an emergency has to write. */
	readonly reserve?: EmergencyReserve | undefined;
	/** Stands in for a patient who is not here, so that an absent patient takes the same steps as a refused one. */
	readonly nobody: SubjectId;
	readonly now: Clock;
	readonly randomBytes: (length: number) => Uint8Array;
}

/** Beyond this age of the last verified ledger head, non-emergency reads refuse (PROTOCOL §5). */
export const freshnessMs = 30_000;
