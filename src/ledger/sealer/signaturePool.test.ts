import { describe, expect, it, onTestFinished } from "vitest";
import { createSigningKey, type Digest, sha256Hex, sha256Utf8 } from "#base";
import { envelopeMessage } from "../envelope.ts";
import { transactionMessage } from "../transaction.ts";
import { holdsClaim } from "./signatureChecker.ts";
import { createSignaturePool } from "./signaturePool.ts";

const keys = Array.from({ length: 40 }, (_, i) => createSigningKey(sha256Utf8(`key ${i}`)));

/** A claim that holds, or one whose signature is of another transaction. */
function claim(key: (typeof keys)[number], serial: number, holds: boolean): string {
	const id = sha256Hex(Buffer.from(`transaction ${serial}`)) as Digest;
	const signed = holds ? id : (sha256Hex(Buffer.from("another")) as Digest);
	return `t${key.publicKey}${id}${key.sign(transactionMessage(signed))}`;
}

function pool(threads: number) {
	const created = createSignaturePool(threads);
	onTestFinished(() => created.close());
	return created;
}

describe("the pool of signature threads", () => {
	it.each([1, 2, 3])("[LG2] with %i threads answers each claim in its place, whichever thread it went to", async (threads) => {
		const holds = (i: number) => i % 7 !== 3 && i % 64 !== 0;
		const claims = Array.from({ length: 300 }, (_, i) => claim(keys[(i * i) % keys.length]!, i, holds(i)));
		const checker = pool(threads);
		const parts = await Promise.all([checker.check(claims), checker.check(claims.slice(100, 103)), checker.check([])]);
		expect(parts[0]).toEqual(claims.map((_, i) => holds(i)));
		expect(parts[1]).toEqual([100, 101, 102].map(holds));
		expect(parts[2]).toEqual([]);
	});

	it("[LG2] calls that come together get each its own verdicts, whatever their sizes", async () => {
		const sizes = [1, 1, 0, 31, 2, 30, 1, 64, 3, 33, 1];
		const holds = (i: number) => i % 5 !== 0 && i % 32 !== 1;
		let serial = 0;
		const calls = sizes.map((size) => Array.from({ length: size }, () => serial++));
		const checker = pool(2);
		const verdicts = await Promise.all(calls.map((serials) => checker.check(serials.map((i) => claim(keys[i % keys.length]!, i, holds(i))))));
		expect(verdicts).toEqual(calls.map((serials) => serials.map(holds)));
	});

	it("[LG59] what was signed as a transaction does not pass for an envelope, nor an envelope for a transaction", async () => {
		const digest = sha256Hex(Buffer.from("the same digest")) as Digest;
		const [key] = keys as [(typeof keys)[number]];
		const [asTransaction, asEnvelope] = [key.sign(transactionMessage(digest)), key.sign(envelopeMessage(digest))];
		const claims = [`t${asTransaction}`, `e${asTransaction}`, `e${asEnvelope}`, `t${asEnvelope}`];
		const asked = claims.map((each) => `${each[0]}${key.publicKey}${digest}${each.slice(1)}`);
		expect(await pool(1).check(asked)).toEqual([true, false, true, false]);
		expect(asked.map(holdsClaim)).toEqual([true, false, true, false]);
	});

	it("a pool that is closed meanwhile answers nobody", async () => {
		const checker = pool(2);
		const asked = checker.check([claim(keys[0]!, 0, true)]);
		const closing = checker.close();
		await expect(asked).rejects.toThrow("closed");
		await closing;
	});

	it("a closed pool verifies nothing", async () => {
		const checker = pool(1);
		await checker.close();
		await expect(checker.check([claim(keys[0]!, 0, true)])).rejects.toThrow("closed");
	});
});
