import { join } from "node:path";
import { systemClock } from "#base";
import { genesisState, readMember, rules } from "#contracts";
import { askCometVersion, type CometLedger, cometVersion, findComet, type LedgerError, openCometLedger, superviseComet } from "#ledger";
import { NodeError } from "../errors.ts";
import { lockFolder } from "../folderLock.ts";
import { openInstitution } from "../institution.ts";
import { pinsOf } from "../ledgerVerifier.ts";
import { ledgerFile, loadDemoPassphrase, type Network, readGenesis } from "../network.ts";
import { systemRandom } from "../systemRandom.ts";
import { applicationSocket, cometFolder, loadOwnKeys, readPlace } from "./consortiumFolder.ts";
import { readPlan } from "./consortiumPlan.ts";
import { whileAgreed } from "./whileAgreed.ts";

export interface ConsortiumNodeParameters {
	readonly folder: string;
	readonly keyring?: Network["institutions"] extends ReadonlyMap<string, infer _> ? "in-process" | "process" : never;
	readonly emergencyReserveBytes?: number | undefined;
	readonly onProgress?: (step: string) => void;
	/** Told when CometBFT ended by itself, and after how long it is started again. */
	readonly onCometEnded?: (restMs: number) => void;
	/** Told that CometBFT had stopped deciding and is started again (`LEDGER_COMETBFT_STALLED`), or why the replica takes no block any more. */
	readonly onLedgerFault?: (error: LedgerError) => void;
	/** Gives up while waiting for the other members. */
	readonly signal?: AbortSignal;
}

/** A submission that waits longer is given back, to be submitted again: a patient waits for it, and so does a stop. */
const giveUpMs = 15_000;

/** Silence of the members after which a person is told again that the node waits. */
const tellEveryMs = 5_000;

/**
 * Opens one member's node of a consortium: its replica, CometBFT beside it, and its institution. A start waits until the members agree, since an institution
 * registers its log with them.
 *
 * @throws NodeError `NODE_CONSORTIUM_INVALID`, `NODE_FOLDER_LOCKED`; LedgerError `LEDGER_COMETBFT_MISSING`; whatever the audits of a start find.
 */
export async function openConsortiumNode(parameters: ConsortiumNodeParameters): Promise<Network> {
	const { folder, onProgress } = parameters;
	const [plan, place] = [readPlan(folder), readPlace(folder)];
	const program = findComet();
	const version = await askCometVersion(program);
	if (version !== cometVersion) onProgress?.(`CometBFT ${version}; tested on ${cometVersion}`);
	const unlock = lockFolder(folder);
	const opened: (() => Promise<void>)[] = [async () => unlock()];
	const closeAll = async () => {
		for (const close of opened.splice(0).reverse()) await close();
	};
	try {
		onProgress?.("ledger");
		const { replicaKey } = loadOwnKeys(folder);
		const ledger = await openCometLedger({
			...{ path: ledgerFile(folder), genesis: plan.genesis, rules, genesisState, readMember, replicaKey },
			...{ now: systemClock, socketPath: applicationSocket(folder), rpcUrl: `http://${place.rpcListen}`, giveUpMs },
			onCatchUp: (height, last) => onProgress?.(`ledger: ${height} of ${last} blocks run again`),
		});
		opened.push(() => ledger.close());
		const comet = superviseComet({
			...{ program, home: cometFolder(folder), logFile: join(folder, "comet.log"), ledger },
			onEnded: (restMs) => parameters.onCometEnded?.(restMs),
			onFault: (error) => parameters.onLedgerFault?.(error),
		});
		opened.push(() => comet.stop());
		await untilAgreed(ledger, parameters);
		onProgress?.("institution");
		const genesis = readGenesis(folder);
		const named = plan.genesis.members.find(({ id }) => id === place.member) ?? readMember(ledger, place.member);
		if (named === undefined)
			throw new NodeError("NODE_CONSORTIUM_INVALID", "expected the ledger to know this folder's member; its members vote it in");
		const home = join(folder, "members", place.member);
		const institution = await whileAgreed({ ...parameters, untilAgreed: () => untilAgreed(ledger, parameters) }, () =>
			openInstitution({
				...{ folder: home, id: place.member, name: named.name, ledger, pins: pinsOf(genesis), now: systemClock, randomBytes: systemRandom },
				passphrase: loadDemoPassphrase(home, systemRandom),
				keyring: parameters.keyring,
				emergencyReserveBytes: parameters.emergencyReserveBytes,
			}),
		);
		opened.push(() => institution.close());
		let closing: Promise<void> | undefined;
		return {
			...{ folder, genesis, ledger, now: systemClock, randomBytes: systemRandom },
			institutions: new Map([[institution.id as string, institution]]),
			institution(id) {
				if (id !== institution.id) throw new NodeError("NODE_MEMBER_UNKNOWN", `expected ${institution.id}`);
				return institution;
			},
			close() {
				closing ??= closeAll();
				return closing;
			},
		};
	} catch (error) {
		await closeAll();
		throw error;
	}
}

async function untilAgreed(ledger: CometLedger, { onProgress, signal }: ConsortiumNodeParameters): Promise<void> {
	const begun = performance.now();
	let toldAt = 0;
	const isFresh = () => ledger.consensus() !== undefined && ledger.stalenessMs(systemClock()) < 30_000;
	while (!isFresh()) {
		if (ledger.ended() !== undefined) throw ledger.ended();
		if (signal?.aborted) throw new NodeError("NODE_NOT_READY", "stopped while waiting for the other members");
		const waited = performance.now() - begun;
		if (waited - toldAt > tellEveryMs) {
			toldAt = waited;
			onProgress?.(`waiting for more than two thirds of the members, ${Math.round(waited / 1_000)} s`);
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
