import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Envelope, Sealer } from "#ledger";
import { type BenchRow, benchRow } from "./benchRow.ts";
import { createPatients, openBenchSealer, pseudonymsOf, signGrant, stateKeys, wrap } from "./ledger/benchLedger.ts";

const perSecond = 1_000;
const seconds = 10;
const warmSeconds = 2;
const syncs = 200;

/**
 * From submission to durable and answered, p99 in ms, when envelopes of one transaction each come at 1,000 a second, whether or not those before are
 * answered, each by another key, on a state of a million keys. A submission that the busy process makes late counts from when it was due. What is
 * outside the clock leaves nothing to be collected in it: the signers' keys are gone, and loading's gigabyte of garbage is collected, before it starts.
 * Baseline: p99 of one appended 4 KiB block and `fdatasync` on the same disk, one after the other.
 */
export async function ledgerLatency(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const { publicKeys, envelopes } = signEnvelopes();
	const sealer = await openBenchSealer(join(folder, "ledger.sqlite"), () => pseudonymsOf(publicKeys, stateKeys));
	try {
		collectGarbage();
		const syncMs = await measureSyncs(join(folder, "plain"));
		const latencies = (await submitAtRate(sealer, envelopes)).slice(warmSeconds * perSecond).sort((a, b) => a - b);
		const [p50Ms, p999Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.999)];
		return benchRow({
			...{ name: "ledger.latency", value: percentile(latencies, 0.99), unit: "ms", baseline: percentile(syncMs, 0.99) },
			...{
				p50Ms: Number(p50Ms.toFixed(2)),
				p999Ms: Number(p999Ms.toFixed(2)),
				perSecond,
				transactions: latencies.length,
				stateKeys,
			},
		});
	} finally {
		await sealer.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** One grant of each patient, whose signing keys are not kept. */
function signEnvelopes() {
	const patients = createPatients(perSecond * (warmSeconds + seconds));
	const envelopes = wrap(
		patients.map((patient) => signGrant(patient)),
		1,
	);
	return { publicKeys: patients.map(({ publicKey }) => ({ publicKey })), envelopes };
}

function collectGarbage(): void {
	setFlagsFromString("--expose-gc");
	(runInNewContext("gc") as () => void)();
}

/** Latencies in ms, in the order of submission. */
async function submitAtRate(sealer: Sealer, envelopes: readonly Envelope[]): Promise<number[]> {
	const answers: Promise<number>[] = [];
	const start = performance.now();
	while (answers.length < envelopes.length) {
		const due = Math.min(envelopes.length, Math.floor(((performance.now() - start) / 1000) * perSecond));
		while (answers.length < due) answers.push(submit(sealer, envelopes[answers.length] as Envelope, start + (answers.length * 1000) / perSecond));
		await delay(1);
	}
	return Promise.all(answers);
}

async function submit(sealer: Sealer, envelope: Envelope, dueAt: number): Promise<number> {
	const [result] = await sealer.submit(envelope);
	if (result?.accepted !== true) throw new Error("expected every transaction to be accepted");
	return performance.now() - dueAt;
}

/** Sorted, in ms. */
async function measureSyncs(path: string): Promise<number[]> {
	const file: FileHandle = await open(path, "w");
	const samples: number[] = [];
	for (let i = 0; i < syncs; i++) {
		const start = performance.now();
		await file.write(new Uint8Array(4096));
		await file.datasync();
		samples.push(performance.now() - start);
	}
	await file.close();
	return samples.sort((a, b) => a - b);
}

function percentile(sorted: readonly number[], share: number): number {
	return sorted[Math.floor(sorted.length * share)] as number;
}
