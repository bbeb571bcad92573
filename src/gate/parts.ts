import type { Clock, MemberId, SigningKey, SubjectId } from "#base";
import type { Ledger } from "#ledger";
import type { Keyring, VaultStore } from "#vault";
import type { GateStore } from "./gateStore.ts";
import type { AccessLog } from "./log/accessLog.ts";
import type { EmergencyReserve } from "./log/diskReserve.ts";
import type { MovedRecord } from "./relabelPatient.ts";

/** What a gate is built from; the composition root chooses the drivers. */
export interface GateParts {
	readonly member: MemberId;
	/** Signs what the member itself puts on the ledger: erasure receipts, anchors. */
	readonly memberKey: SigningKey;
	readonly ledger: Ledger;
	readonly keyring: Keyring;
	readonly store: VaultStore;
	readonly log: AccessLog;
	readonly memory: GateStore;
	/** Room on the disk for what an emergency has to write. */
	readonly reserve?: EmergencyReserve | undefined;
	/** Stands in for a patient who is not here, so that an absent patient takes the same steps as a refused one. */
	readonly nobody: SubjectId;
	/** Seals anew what lies beside a record that goes into other compartments; returns the text to keep, with its new pointer. */
	readonly moveRecord?: (moved: MovedRecord) => Promise<string>;
	readonly now: Clock;
	readonly randomBytes: (length: number) => Uint8Array;
}

/** Beyond this age of the last verified ledger head, non-emergency reads refuse (PROTOCOL §5). */
export const freshnessMs = 30_000;
