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

function pool(threads: number, holds = holdsClaim) {
	const created = createSignaturePool(threads, holds);
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
		const byThread = [...asked, ...asked, ...asked];
		expect(await pool(1).check(byThread)).toEqual(byThread.map((_, i) => i % 2 === 0));
		expect(asked.map(holdsClaim)).toEqual([true, false, true, false]);
	});

	it("[LG64] up to eight claims of one turn are judged at once while no thread is at work, more by threads", async () => {
		const here: string[] = [];
		const checker = pool(2, (each) => here.push(each) > 0 && holdsClaim(each));
		const holds = (i: number) => i % 3 !== 1;
		const claims = Array.from({ length: 9 }, (_, i) => claim(keys[i]!, i, holds(i)));
		const few = await Promise.all([checker.check(claims.slice(0, 2)), checker.check(claims.slice(2, 8))]);
		expect(few.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(holds));
		expect(here).toEqual(claims.slice(0, 8));
		expect((await Promise.all([checker.check(claims.slice(0, 2)), checker.check(claims.slice(2))])).flat()).toEqual(claims.map((_, i) => holds(i)));
		expect(here).toHaveLength(8);
	});

	it("[LG64] few claims go to the threads too while these are at work", async () => {
		const here: string[] = [];
		const checker = pool(1, (each) => here.push(each) > 0);
		const many = checker.check(Array.from({ length: 64 }, (_, i) => claim(keys[i % keys.length]!, i, true)));
		expect(await checker.check([claim(keys[0]!, 64, false)])).toEqual([false]);
		expect(here).toEqual([]);
		expect(await many).toEqual(new Array(64).fill(true));
	});

	it.each([1, 9])("a pool that is closed meanwhile answers nobody, with %i claims asked", async (count) => {
		const checker = pool(2);
		const asked = checker.check(Array.from({ length: count }, (_, i) => claim(keys[0]!, i, true)));
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
