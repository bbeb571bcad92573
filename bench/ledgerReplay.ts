import { signatureLibrary } from "#base";
import { replayInThreads } from "#ledger";
import { type BenchRow, benchRow } from "./benchRow.ts";
import { benchDefinition, createPatients, pseudonymsOf, signGrant, threads } from "./ledger/benchLedger.ts";
import { measureOwnVerification, measureVerification } from "./ledger/measureVerification.ts";
import { prepareChain } from "./ledger/prepareChain.ts";

const patients = 20_000;
const blocks = 200;
const blockTransactions = 1_000;
const baselineTransactions = 8_000;
const prepareBudgetMs = 25_000;

/**
 * Transactions a second when a chain of 200,000 grants is replayed from genesis and verified: every leaf parsed, every signature, every rule, every
 * state root, once from beginning to end. Twenty thousand patients sign in turn, ten times each. The chain is made before the clock runs, for
 * 25 s at most: on a busy machine it is shorter, and the row says how long (`transactions`). `cpuUs` is the processor time of one transaction
 * over all threads, genesis included. Baseline: Ed25519 verification alone in as many threads, by plain node:crypto, each key
 * imported as it comes; `ownVerification` the same by the verification that is used here (`verifiedBy`), which may be a faster library.
 */
export async function ledgerReplay(): Promise<BenchRow> {
	const keys = createPatients(patients);
	const definition = benchDefinition(() => pseudonymsOf(keys));
	const signed = keys.slice(0, baselineTransactions).map((key) => signGrant(key));
	const baseline = await measureVerification(signed);
	const ownVerification = Math.round(await measureOwnVerification(signed));
	const leaves = await prepareChain({ definition, patients, blocks, blockTransactions, budgetMs: prepareBudgetMs });
	const cpuBefore = process.cpuUsage();
	const start = performance.now();
	const replay = await replayInThreads({ leaves, definition, threads });
	const seconds = (performance.now() - start) / 1000;
	const cpu = process.cpuUsage(cpuBefore);
	if (replay.findings.length > 0) throw new Error("expected a chain that replays without findings");
	const transactions = replay.transactions.size;
	const cpuUs = Math.round((cpu.user + cpu.system) / transactions);
	return benchRow({
		...{ name: "ledger.replay", value: transactions / seconds, unit: "transactions/s", baseline, transactions, cpuUs },
		...{ verifiedBy: signatureLibrary, ownVerification, ratioToOwn: Number((transactions / seconds / ownVerification).toPrecision(4)) },
		...{ blockTransactions, patients, threads },
	});
}
