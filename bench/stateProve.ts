import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeUtf8, sha256, sha256Hex } from "#base";
import type { Sealer } from "#ledger";
import { type BenchRow, benchRow, median } from "./benchRow.ts";
import { openBenchSealer, pseudonymsOf, stateKeys } from "./ledger/benchLedger.ts";

const rounds = 5;
const proofsPerRound = 5_000;
/** Every so many pseudonyms of the state, so that the keys asked for lie all over it. */
const stride = 97;

/**
 * Proofs a second over a state of a million keys, half of presence and half of absence, each from checkpoint to value, other keys each time. Every
 * proof is verified before it is handed out, so that nothing rotten is served. Baseline: the hashes alone: as many SHA-256 of 65 bytes as lie on
 * the way, and the row read from a table of its own by the same keys.
 */
export async function stateProve(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const path = join(folder, "ledger.sqlite");
	const opening = performance.now();
	const sealer = await openBenchSealer(path, () => pseudonymsOf([], stateKeys));
	const loadSeconds = (performance.now() - opening) / 1000;
	const rows = new DatabaseSync(`${path}.state`, { readOnly: true });
	try {
		const [proofs, baselines]: [number[], number[]] = [[], []];
		let siblings = 0;
		for (let round = 0; round <= rounds; round++) {
			const keys = Array.from({ length: proofsPerRound }, (_, i) => keyOf(round * proofsPerRound + i));
			siblings = meanSiblings(sealer, keys.slice(0, 100));
			const plain = perSecond(keys, plainly(rows, siblings));
			const proved = perSecond(keys, (key, i) => {
				if ((sealer.proveState("consent", key).value === undefined) !== isAbsent(i)) throw new Error("expected presence and absence in turn");
			});
			// The first round warms the compiler and the caches of both.
			if (round === 0) continue;
			baselines.push(plain);
			proofs.push(proved);
		}
		return benchRow({
			...{ name: "state.prove", value: median(proofs), unit: "proofs/s", baseline: median(baselines), proofs: rounds * proofsPerRound, stateKeys },
			...{ siblings: Math.round(siblings), loadSeconds: Number(loadSeconds.toFixed(1)) },
		});
	} finally {
		rows.close();
		await sealer.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

const isAbsent = (i: number): boolean => i % 2 === 1;

function keyOf(i: number): string {
	return `e/${sha256Hex(encodeUtf8(isAbsent(i) ? `absent ${i}` : `pseudonym ${(i * stride) % stateKeys}`))}`;
}

function meanSiblings(sealer: Sealer, keys: readonly string[]): number {
	return keys.reduce((sum, key) => sum + sealer.proveState("consent", key).sparse.siblings.length, 0) / keys.length;
}

function plainly(rows: DatabaseSync, hashes: number) {
	const select = rows.prepare("SELECT value FROM state WHERE contract = ? AND key = ?");
	const input = new Uint8Array(65);
	return (key: string, i: number): void => {
		if ((select.get("consent", key) === undefined) !== isAbsent(i)) throw new Error("expected presence and absence in turn");
		for (let n = 0; n < hashes; n++) input.set(sha256(input), 1);
	};
}

function perSecond(keys: readonly string[], work: (key: string, i: number) => void): number {
	const start = performance.now();
	keys.forEach(work);
	return keys.length / ((performance.now() - start) / 1000);
}
