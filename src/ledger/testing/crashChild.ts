/**
 * Submits without end and prints each acknowledged id on a line, until it is killed. Started by the crash test as a process of its own.
 * Arguments: the ledger's path, a number that keeps this run's keys apart from other runs'.
 */
import { writeSync } from "node:fs";
import { type Clock, encodeHex, type Instant, minuteMs, sha256, systemClock } from "#base";
import { openSealer } from "../sealer/openSealer.ts";
import { signTransaction } from "../transaction.ts";
import { chain, patientKey, sealerOptions, startMs, submit } from "./toyLedger.ts";

const [path, run] = [process.argv[2]!, Number(process.argv[3])];
const offset = systemClock() - startMs;
const now: Clock = () => (systemClock() - offset) as Instant;
// Flushes follow each other, so that kills fall into them too.
const options = { now, blockWindowMs: 2, transactionsPerMinute: 1_000_000, flushChanges: 64 };
const sealer = await openSealer(sealerOptions(path, options));
writeSync(1, "open\n");

async function submitForever(lane: number): Promise<void> {
	for (let i = 0; ; i++) {
		const salt = encodeHex(sha256(new TextEncoder().encode(`${run} ${lane} ${i}`)).subarray(0, 16));
		const until = Math.floor(now() / minuteMs) * minuteMs + 5 * minuteMs;
		const body = { key: `k${(lane * 1009 + i) % 5000}`, value: i };
		const transaction = signTransaction({ chain, contract: "consent", action: "put", body, until, salt }, patientKey);
		const [result] = await submit(sealer, transaction);
		if (!result?.accepted) throw new Error("expected the transaction to be accepted");
		writeSync(1, `${result.id}\n`);
	}
}

await Promise.all(Array.from({ length: 16 }, (_, lane) => submitForever(lane)));
