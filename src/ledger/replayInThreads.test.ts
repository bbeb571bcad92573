import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "#base";
import { replayInThreads } from "./replayInThreads.ts";
import { LedgerReplay } from "./replayLedger.ts";
import { inspectLedger } from "./sealer/inspectLedger.ts";
import { openToySealer, temporaryPath } from "./testing/openToySealer.ts";
import { definition, put, submit } from "./testing/toyLedger.ts";

async function sealedLeaves(): Promise<Uint8Array[]> {
	const path = temporaryPath();
	const sealer = await openToySealer(path);
	for (let block = 0; block < 3; block++) await submit(sealer, ...Array.from({ length: 250 }, (_, i) => put(`k${block}-${i}`, i)));
	await sealer.close();
	const inspection = inspectLedger(path);
	const leaves = [...inspection.leaves()];
	inspection.close();
	return leaves;
}

/** Another signature in the same form. */
function forge(leaf: Uint8Array): Uint8Array {
	const text = Buffer.from(leaf).toString();
	return encodeUtf8(text.replace(/("signature":".{64})(..)/, (_, start: string, byte: string) => `${start}${byte === "00" ? "01" : "00"}`));
}

describe("replayInThreads", () => {
	it("[LG25] comes to the findings and roots of a replay on one thread, whatever was done to the leaves", async () => {
		const whole = await sealedLeaves();
		const logs = {
			whole,
			forged: whole.map((leaf, i) => ([1, 511, 700].includes(i) ? forge(leaf) : leaf)),
			unreadable: whole.with(600, encodeUtf8("{}")),
			shortened: whole.slice(0, -1),
			dropped: whole.filter((_, i) => i !== 20),
			empty: [],
		};
		for (const leaves of Object.values(logs)) {
			const plain = new LedgerReplay(definition);
			for (const leaf of leaves) plain.append(leaf);
			plain.end();
			for (const threads of [0, 2]) {
				const replay = await replayInThreads({ leaves, definition, threads });
				expect(replay.findings).toEqual(plain.findings);
				expect(replay.stateRoot).toBe(plain.stateRoot);
				expect(replay.transactions).toEqual(plain.transactions);
			}
			expect(plain.findings.length > 0).toBe(leaves !== whole);
		}
		const { findings } = await replayInThreads({ leaves: logs.forged, definition, threads: 2 });
		expect(findings.filter(({ code }) => code === "REPLAY_SIGNATURE_INVALID").map(({ leafIndex }) => leafIndex)).toEqual([1, 511, 700]);
	});
});
