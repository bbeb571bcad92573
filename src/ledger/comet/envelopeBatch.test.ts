import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "#base";
import { LedgerError } from "../errors.ts";
import { batchOf } from "../testing/cometToys.ts";
import { put, wrap } from "../testing/toyLedger.ts";
import { batchBytesMax, readBatch } from "./envelopeBatch.ts";

const batch = batchOf(wrap(put("a", 1), put("b", 2)), wrap(put("c", 3)));

function codeOf(bytes: Uint8Array): string {
	try {
		readBatch(bytes);
		return "";
	} catch (error) {
		if (error instanceof LedgerError) return error.code;
		throw error;
	}
}

describe("a batch of envelopes", () => {
	it("[CB6] what was put in comes out, transaction by transaction", () => {
		const envelopes = [wrap(put("a", 1), put("b", 2)), wrap(put("c", 3))];
		const read = readBatch(batchOf(...envelopes));
		expect(read.map(({ transactions }) => transactions.map(({ transaction }) => transaction))).toEqual(
			envelopes.map(({ transactions }) => transactions),
		);
	});

	it("[CB6] no other bytes read as it: cut, lengthened, or changed anywhere", () => {
		for (let end = 0; end < batch.length; end += 7) expect(codeOf(batch.subarray(0, end))).toBe("LEDGER_BATCH_MALFORMED");
		expect(codeOf(concatBytes(batch, Uint8Array.of(0)))).toBe("LEDGER_BATCH_MALFORMED");
		for (let at = 0; at < batch.length; at++) {
			const changed = Uint8Array.from(batch);
			changed[at] = changed[at]! ^ 1;
			// A changed transaction signature leaves a batch that reads: that signature is judged apart.
			if (codeOf(changed) !== "") continue;
			const [ids, others] = [batch, changed].map((bytes) => readBatch(bytes).flatMap(({ transactions }) => transactions.map(({ id }) => id)));
			expect(others).toEqual(ids);
		}
	});

	it("[CB6] random bytes are refused by a code, never by anything else", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
				expect(codeOf(Uint8Array.of(1, ...bytes))).toMatch(/^LEDGER_/);
			}),
		);
		expect(codeOf(new Uint8Array(batchBytesMax + 1).fill(1))).toBe("LEDGER_BATCH_MALFORMED");
	});
});
