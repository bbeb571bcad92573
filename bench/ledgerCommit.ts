import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signatureLibrary } from "#base";
import type { Envelope, Sealer } from "#ledger";
import { type BenchRow, benchRow, median } from "./benchRow.ts";
import { createPatients, openBenchSealer, pseudonymsOf, signGrant, stateKeys, threads, wrap } from "./ledger/benchLedger.ts";
import { measureOwnVerification, measureVerification } from "./ledger/measureVerification.ts";

const rounds = 3;
/** Some six seconds: the first block's signatures and the last block's way into the state file, while nobody else has work, are a small part of it. */
const transactionsPerRound = 24_000;
const warmingTransactions = 8_000;

/**
 * Durable consent grants per second, each signed by another patient's key, each written to disk with its block, log and checkpoint before it is
 * answered, on a state of a million keys. What follows from the log (state, its tree, the index) goes to its own file on another thread; a round ends only
 * when that file holds all of it, so that nothing is left for after the clock. Baseline: the same machine's threads doing nothing but verifying as many Ed25519 signatures
 * by as many keys, with plain node:crypto. `ratioToOwn` is the ratio to the same by the verification that is used here (`verifiedBy`), which may be a faster
 * library. The first round warms the compiler and is not counted.
 */
export async function ledgerCommit(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const patients = createPatients(warmingTransactions + rounds * transactionsPerRound);
	const opening = performance.now();
	const sealer = await openBenchSealer(join(folder, "ledger.sqlite"), () => pseudonymsOf(patients, stateKeys));
	const loadSeconds = (performance.now() - opening) / 1000;
	try {
		const [commits, verifications, own]: [number[], number[], number[]] = [[], [], []];
		for (let round = 0; round <= rounds; round++) {
			// Signing is the wallets' work and stays outside the clock.
			const from = round === 0 ? 0 : warmingTransactions + (round - 1) * transactionsPerRound;
			const signers = patients.slice(from, from + (round === 0 ? warmingTransactions : transactionsPerRound));
			const envelopes = wrap(signers.map((patient) => signGrant(patient)));
			const signed = envelopes.flatMap(({ transactions }) => transactions);
			const before = await measureVerification(signed);
			const verifiedHere = await measureOwnVerification(signed);
			const committed = await measureCommits(sealer, envelopes);
			// Before and after: a machine shared with others changes its pace within seconds.
			const after = await measureVerification(signed);
			if (round === 0) continue;
			verifications.push((before + after) / 2);
			own.push(verifiedHere);
			commits.push(committed);
		}
		return benchRow({
			name: "ledger.commit",
			value: median(commits),
			unit: "transactions/s",
			baseline: median(verifications),
			verifiedBy: signatureLibrary,
			ownVerification: Math.round(median(own)),
			ratioToOwn: Number((median(commits) / median(own)).toPrecision(4)),
			transactions: rounds * transactionsPerRound,
			stateKeys,
			loadSeconds: Number(loadSeconds.toFixed(1)),
			threads,
		});
	} finally {
		await sealer.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function measureCommits(sealer: Sealer, envelopes: readonly Envelope[]): Promise<number> {
	const start = performance.now();
	const results = (await Promise.all(envelopes.map((envelope) => sealer.submit(envelope)))).flat();
	await sealer.flush();
	const seconds = (performance.now() - start) / 1000;
	if (!results.every(({ accepted }) => accepted)) throw new Error("expected every transaction to be accepted");
	return results.length / seconds;
}
