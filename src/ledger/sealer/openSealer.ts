import { type Digest, encodeHex } from "#base";
import { Frontier, tileNodeReader } from "#log";
import { LedgerError, type LedgerErrorCode } from "../errors.ts";
import { beginLedger } from "./beginLedger.ts";
import { BlockStore } from "./blockStore.ts";
import { readSeen } from "./cosigners.ts";
import { refuseFirst } from "./findings.ts";
import { judgeEdge, judgeOpened } from "./judgeStart.ts";
import type { LedgerState } from "./ledgerState.ts";
import { acquireLock } from "./lock.ts";
import { openState } from "./openState.ts";
import type { SealerOptions, SeenCheckpoint } from "./options.ts";
import { Sealer, sealerDefaults } from "./sealer.ts";

/**
 * Opens a ledger file for sealing, or begins one from its genesis.
 *
 * @throws {@link LedgerError} `LEDGER_LOCKED`; `LEDGER_GENESIS_DIFFERS` when key, rules or file do not belong to the genesis;
 * `LEDGER_CORRUPT`, `LEDGER_ROLLED_BACK` when the file does not hold together.
 */
export async function openSealer(options: SealerOptions): Promise<Sealer> {
	const { path, genesis, rules, sealerKey } = options;
	if (genesis.sealer !== sealerKey.publicKey || rules.at(genesis.rulesVersion) === undefined) {
		throw new LedgerError("LEDGER_GENESIS_DIFFERS", "expected the sealer key and rules version that the genesis names");
	}
	const unlock = acquireLock(path);
	let store: BlockStore | undefined;
	let state: LedgerState | undefined;
	try {
		const seen = await askWitnesses(options);
		store = BlockStore.open(path);
		const head = store.getHead() ?? beginLedger(store, options, seen);
		refuseFirst(judgeEdge(store, { genesis, sealerKey: sealerKey.publicKey, seen }));
		const log = Frontier.load(head.logSize, tileNodeReader(store.readTile));
		const block = store.getBlock(head.height)!;
		state = openState(store, options);
		refuseFirst(judgeOpened(store, state, block, genesis));
		return new Sealer(options, { store, head, block, log, state, unlock });
	} catch (error) {
		state?.close();
		store?.close();
		unlock();
		throw asCorrupt(error);
	}
}

/**
 * What was seen of this ledger outside its file: what the caller knows, and what the witnesses that can be reached hold with the sealer's own
 * signature under it. A lost file with a witnessed past is refused like an older one, or the same key would begin a second history.
 */
async function askWitnesses(options: SealerOptions): Promise<SeenCheckpoint[]> {
	const { genesis, sealerKey, witnesses = [], witnessTimeoutMs = sealerDefaults.witnessTimeoutMs, seen } = options;
	const trust = { origin: genesis.chain, sealerKey: sealerKey.publicKey };
	const answers = await Promise.all(
		witnesses.map((link) =>
			withinMs(
				witnessTimeoutMs,
				readSeen(link, trust).then((held) => ({ held })),
			),
		),
	);
	const reached = answers.filter((answer) => answer !== undefined);
	options.onWitnessesAsked?.({ reached: reached.length, of: witnesses.length });
	const held = reached.flatMap(({ held }) => (held === undefined ? [] : [{ size: held.size, root: encodeHex(held.root) as Digest }]));
	return seen === undefined ? held : [seen, ...held];
}

/** Undefined when it fails or takes longer. */
async function withinMs<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<undefined>((resolve) => {
		timer = setTimeout(() => resolve(undefined), timeoutMs);
	});
	try {
		return await Promise.race([promise, late]);
	} catch {
		return undefined;
	} finally {
		clearTimeout(timer);
	}
}

/** Whatever a damaged file makes the rooms below throw, the caller sees one code. */
export function asCorrupt(error: unknown): unknown {
	if (error instanceof LedgerError && startRefusals.has(error.code)) return error;
	return new LedgerError("LEDGER_CORRUPT", "expected a ledger file that can be read; run the auditor", {}, error);
}

const startRefusals: ReadonlySet<LedgerErrorCode> = new Set([
	"LEDGER_GENESIS_DIFFERS",
	"LEDGER_CORRUPT",
	"LEDGER_ROLLED_BACK",
	"LEDGER_RULES_UNKNOWN",
	"LEDGER_STATE_NOT_PERMITTED",
]);
