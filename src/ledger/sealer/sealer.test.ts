import { describe, expect, it, onTestFinished, vi } from "vitest";
import { canonicalText, decodeHex, type Instant, minuteMs } from "#base";
import { parseCheckpoint, verifyConsistency } from "#log";
import { createEnvelope } from "../envelope.ts";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { verifyTransactionProof } from "../light/verifyTransactionProof.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import {
	chain,
	codesOf,
	createTransaction,
	hospital,
	hospitalKey,
	patientKey,
	put,
	sealerKey,
	startMs,
	stoppedClock,
	submit,
	toyKey,
	wrap,
} from "../testing/toyLedger.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };

function rejection(code: string): unknown {
	return expect.objectContaining({ code });
}

describe("Sealer", () => {
	it("[LG4] seals an accepted transaction into a block that a light client can verify", async () => {
		const sealer = await openToySealer();
		const [result] = await submit(sealer, put("a", 1));
		if (!result?.accepted) throw new Error("expected the transaction to be accepted");
		expect(result).toMatchObject({ accepted: true, height: 1, time: startMs, leafIndex: 1 });
		expect(result.events).toEqual([{ type: "consent.put", data: { key: "a" } }]);
		expect(sealer.head()).toMatchObject({ height: 1, logSize: 3 });
		expect(verifyTransactionProof(sealer.proveTransaction(result.id), trust).id).toBe(result.id);
		const state = verifyStateProof(sealer.proveState("consent", "a"), trust);
		expect(state.value).toEqual({ value: 1, signer: patientKey.publicKey, height: 1 });
		expect(verifyStateProof(sealer.proveState("consent", "b"), trust).value).toBeUndefined();
	});

	it("[LG4] what comes after a pause begins a block at once; what comes within a window of it waits, and shares the next", async () => {
		const sealer = await openToySealer(temporaryPath(), { blockWindowMs: 60_000 });
		await submit(sealer, put("a", 1));
		expect(sealer.head().height).toBe(1);
		const waiting = [submit(sealer, put("b", 1)), submit(sealer, put("c", 1))];
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(sealer.head().height).toBe(1);
		await sealer.close();
		expect((await Promise.all(waiting)).flat()).toMatchObject([{ height: 2 }, { height: 2 }]);
	});

	it("[LG4] as many as a block holds do not wait for the window, and those that came with them do", async () => {
		const sealer = await openToySealer(temporaryPath(), { blockWindowMs: 60_000, maxBlockTransactions: 3 });
		await submit(sealer, put("a", 1));
		const last = submit(sealer, ...["b", "c", "d", "e"].map((key) => put(key, 1)));
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(sealer.head()).toMatchObject({ height: 2, logSize: 7 });
		await sealer.close();
		expect((await last).map((result) => result.accepted && result.height)).toEqual([2, 2, 2, 3]);
	});

	it("[LG5] proves state from the genesis on, before any block", async () => {
		const sealer = await openToySealer();
		expect(sealer.head()).toMatchObject({ height: 0, logSize: 1, time: startMs });
		expect(verifyStateProof(sealer.proveState("membership", `m/${hospital}`), trust).value).toMatchObject({ status: "active" });
	});

	it("[LG2] a forged signature is refused alone; the others of its envelope stand", async () => {
		const sealer = await openToySealer();
		const forged = { ...put("a", 2), signer: toyKey("victim").publicKey };
		expect(codesOf(await submit(sealer, put("a", 1), forged, put("b", 3)))).toEqual(["", "LEDGER_SIGNATURE_INVALID", ""]);
		expect(sealer.get("consent", "a")).toMatchObject({ value: 1 });
		expect(sealer.head().logSize).toBe(4);
	});

	it("[LG3] expired, far and crooked until are refused, each by its code, and leave nothing", async () => {
		const sealer = await openToySealer();
		const until = [startMs, startMs + 16 * minuteMs, startMs + minuteMs + 1];
		const results = await submit(sealer, ...until.map((at) => put("a", 1, { until: at })));
		expect(codesOf(results)).toEqual(["LEDGER_EXPIRED", "LEDGER_UNTIL_TOO_FAR", "LEDGER_UNTIL_NOT_A_MINUTE"]);
		expect(sealer.head()).toMatchObject({ height: 0, logSize: 1 });
	});

	it("[LG6] the same transaction enters once: not twice in a block, nor later, nor after a restart", async () => {
		const sealer = await openToySealer();
		const transaction = put("a", 1);
		expect(codesOf(await submit(sealer, transaction, transaction))).toEqual(["", "LEDGER_REPLAYED"]);
		expect(codesOf(await submit(sealer, transaction))).toEqual(["LEDGER_REPLAYED"]);
		await submit(sealer, createTransaction("delete", { key: "a" }));
		expect(codesOf(await submit(sealer, transaction))).toEqual(["LEDGER_REPLAYED"]);
		expect(sealer.get("consent", "a")).toBeUndefined();
	});

	it("[LG7] a transaction for another chain is refused, and so is an envelope", async () => {
		const sealer = await openToySealer();
		expect(codesOf(await submit(sealer, put("a", 1, { chain: "other" })))).toEqual(["LEDGER_CHAIN_DIFFERS"]);
		const envelope = createEnvelope([put("a", 1)], { chain: "other", member: hospital, key: hospitalKey });
		await expect(sealer.submit(envelope)).rejects.toEqual(rejection("LEDGER_CHAIN_DIFFERS"));
	});

	it("[LG8] nobody but an active member forwards", async () => {
		const sealer = await openToySealer();
		const mallory = createEnvelope([put("a", 1)], { chain, member: hospital, key: toyKey("mallory") });
		await expect(sealer.submit(mallory)).rejects.toEqual(rejection("LEDGER_MEMBER_KEY_DIFFERS"));
		const unknown = createEnvelope([put("a", 1)], { chain, member: "unknown" as typeof hospital, key: hospitalKey });
		await expect(sealer.submit(unknown)).rejects.toEqual(rejection("LEDGER_NOT_A_MEMBER"));
		const suspended = await openToySealer(undefined, { readMember: () => ({ key: hospitalKey.publicKey, status: "suspended" }) });
		await expect(suspended.submit(wrap(put("a", 1)))).rejects.toEqual(rejection("LEDGER_MEMBER_NOT_ACTIVE"));
	});

	it("[LG8] an envelope answers for what is inside: exchanged transactions, too many or none are refused", async () => {
		const sealer = await openToySealer();
		const envelope = wrap(put("a", 1));
		const [malformed, count] = [rejection("LEDGER_ENVELOPE_MALFORMED"), rejection("LEDGER_ENVELOPE_COUNT_INVALID")];
		await expect(sealer.submit({ ...envelope, transactions: [put("b", 1)] })).rejects.toEqual(rejection("LEDGER_ENVELOPE_SIGNATURE_INVALID"));
		await expect(sealer.submit({ ...envelope, transactions: [] })).rejects.toEqual(count);
		const many = new Array(257).fill(envelope.transactions[0]);
		await expect(sealer.submit({ ...envelope, transactions: many })).rejects.toEqual(count);
		await expect(sealer.submit({ ...envelope, note: 1 } as typeof envelope)).rejects.toEqual(malformed);
		await expect(sealer.submit(null as unknown as typeof envelope)).rejects.toEqual(malformed);
	});

	it("[LG9] a member beyond its quota is refused before anything runs, and may go on in the next minute", async () => {
		const clock = stoppedClock();
		const sealer = await openToySealer(undefined, { transactionsPerMinute: 3, now: clock.now });
		await submit(sealer, put("a", 1), put("b", 1));
		await expect(submit(sealer, put("c", 1), put("d", 1))).rejects.toEqual(rejection("LEDGER_QUOTA_EXCEEDED"));
		expect(sealer.get("consent", "c")).toBeUndefined();
		expect(codesOf(await submit(sealer, put("e", 1)))).toEqual([""]);
		clock.at += minuteMs;
		expect(codesOf(await submit(sealer, put("f", 1)))).toEqual([""]);
	});

	it.each([0, 2])("[LG59] a forged envelope is refused whole, whatever its size, and charges nobody (%i threads)", async (verifyThreads) => {
		const sealer = await openToySealer(undefined, { verifyThreads, transactionsPerMinute: 5 });
		for (const count of [1, 4, 5]) {
			const { signature } = wrap(put("x", 1));
			const forged = { ...wrap(...Array.from({ length: count }, (_, i) => put(`f${i}`, i))), signature };
			await expect(sealer.submit(forged)).rejects.toEqual(rejection("LEDGER_ENVELOPE_SIGNATURE_INVALID"));
		}
		expect(codesOf(await submit(sealer, ...Array.from({ length: 5 }, (_, i) => put(`k${i}`, i))))).toEqual(["", "", "", "", ""]);
		expect(sealer.head()).toMatchObject({ height: 1, logSize: 7 });
		await expect(submit(sealer, put("c", 1))).rejects.toEqual(rejection("LEDGER_QUOTA_EXCEEDED"));
	});

	it("[LG9] asking again for what is in the log already costs no quota", async () => {
		const sealer = await openToySealer(undefined, { transactionsPerMinute: 1 });
		const transaction = put("a", 1);
		await submit(sealer, transaction);
		expect(codesOf(await submit(sealer, transaction))).toEqual(["LEDGER_REPLAYED"]);
	});

	it("[LG10] block time never goes back, even when the clock does", async () => {
		const clock = stoppedClock(startMs + 5_000);
		const sealer = await openToySealer(undefined, { now: clock.now });
		await submit(sealer, put("a", 1));
		clock.at = startMs - 60_000;
		await submit(sealer, put("b", 1));
		expect(sealer.head()).toMatchObject({ height: 2, time: startMs + 5_000 });
	});

	it("[LG11] a refusal leaves no trace in state or log", async () => {
		const sealer = await openToySealer();
		const before = sealer.head();
		const results = await submit(
			sealer,
			createTransaction("refuse", { key: "a" }),
			createTransaction("unknown", {}),
			createTransaction("constructor", {}),
			createTransaction("put", { key: "a" }),
			createTransaction("put", { key: "a", value: 1, extra: 1 }),
		);
		expect(codesOf(results)).toEqual(["CONSENT_TOY", "LEDGER_ACTION_UNKNOWN", "LEDGER_ACTION_UNKNOWN", "LEDGER_BODY_INVALID", "LEDGER_BODY_INVALID"]);
		expect(sealer.head()).toEqual(before);
		expect(sealer.get("consent", "a")).toBeUndefined();
	});

	it("[LG12] input cannot make a contract store what state may not hold, nor halt the ledger by trying", async () => {
		const sealer = await openToySealer();
		const results = await submit(
			sealer,
			put("", 1),
			put("key with spaces", 1),
			put("ü", 1),
			put("k".repeat(201), 1),
			createTransaction("nest", { depth: 40 }),
			put("fine", 1),
		);
		const refused = "LEDGER_STATE_NOT_PERMITTED";
		expect(codesOf(results)).toEqual([refused, refused, refused, refused, refused, ""]);
	});

	it("[LG13] a contract that breaks halts the ledger: its block is not sealed and nothing more is accepted", async () => {
		const sealer = await openToySealer();
		await submit(sealer, put("a", 1));
		const before = sealer.head();
		await expect(submit(sealer, put("a", 2), createTransaction("break", { key: "a" }))).rejects.toEqual(
			expect.objectContaining({ code: "LEDGER_HALTED", kind: "stop" }),
		);
		await expect(submit(sealer, put("a", 3))).rejects.toEqual(rejection("LEDGER_HALTED"));
		expect(sealer.head()).toEqual(before);
		expect(verifyStateProof(sealer.proveState("consent", "a"), trust).value).toMatchObject({ value: 1 });
	});

	it("[LG13] a contract that writes on what it read breaks", async () => {
		const sealer = await openToySealer();
		await submit(sealer, put("a", 1));
		await expect(submit(sealer, createTransaction("meddle", { key: "a" }))).rejects.toEqual(rejection("LEDGER_HALTED"));
	});

	it("[LG14] later transactions of a block see what earlier ones wrote, and one root covers the block", async () => {
		const sealer = await openToySealer();
		await submit(sealer, put("a", 1), createTransaction("delete", { key: "a" }), put("a", 2), put("b", 1), createTransaction("delete", { key: "b" }));
		expect(sealer.head()).toMatchObject({ height: 1, logSize: 7 });
		expect(verifyStateProof(sealer.proveState("consent", "a"), trust).value).toMatchObject({ value: 2 });
		expect(verifyStateProof(sealer.proveState("consent", "b"), trust).value).toBeUndefined();
	});

	it("[LG15] checkpoints grow consistently, and an old state proof does not pass for the present", async () => {
		const sealer = await openToySealer();
		await submit(sealer, put("a", 1));
		const [old, oldProof] = [verifyCheckpoint(sealer.checkpoint(), trust), sealer.proveState("consent", "a")];
		for (let i = 0; i < 5; i++) await submit(sealer, put("a", i));
		const now = verifyCheckpoint(sealer.checkpoint(), trust);
		verifyConsistency({
			from: old.size,
			to: now.size,
			fromRoot: old.root,
			toRoot: now.root,
			proof: sealer.proveConsistency(old.size).map((hash) => decodeHex(hash)),
		});
		const fresh = sealer.proveState("consent", "a");
		const stale = { ...fresh, blockLeaf: oldProof.blockLeaf, value: oldProof.value, sparse: oldProof.sparse };
		expect(() => verifyStateProof(stale, trust)).toThrow(rejection("LEDGER_PROOF_INVALID") as Error);
	});

	it("[LG16] the newest checkpoint is cosigned again and tells its time", async () => {
		const clock = stoppedClock();
		const sealer = await openToySealer(undefined, { now: clock.now, heartbeatMs: 5 });
		const first = sealer.checkpoint();
		clock.at += 30_000;
		expect(sealer.stalenessMs(clock.at as Instant)).toBe(30_000);
		await expect.poll(() => sealer.stalenessMs(clock.at as Instant)).toBe(0);
		expect(verifyCheckpoint(sealer.checkpoint(), trust).cosignedAtMs).toBe(startMs + 30_000);
		expect(parseCheckpoint(first.slice(0, first.indexOf("\n\n") + 1)).size).toBe(1);
	});

	it("[LG17] listeners hear of each durable block in order, and one that fails stops neither block nor the others", async () => {
		const sealer = await openToySealer();
		const heights: number[] = [];
		const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
		onTestFinished(() => warn.mockRestore());
		sealer.onBlock(() => {
			throw new Error("a listener's bug");
		});
		const stop = sealer.onBlock(({ head, results }) => heights.push(head.height * 100 + results.length));
		await submit(sealer, put("a", 1));
		await submit(sealer, put("a", 2), put("b", 2));
		stop();
		await submit(sealer, put("a", 3));
		expect(heights).toEqual([101, 202]);
		expect(warn).toHaveBeenCalledTimes(3);
	});

	it("[LG4] one block takes what came together, and no more than its bound", async () => {
		const sealer = await openToySealer(undefined, { maxBlockTransactions: 4 });
		const results = await submit(sealer, ...Array.from({ length: 10 }, (_, i) => put(`k${i}`, i)));
		expect(results.map((result) => result.accepted && result.height)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3]);
		expect(results.map((result) => result.accepted && result.leafIndex)).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11, 12]);
	});

	it("[LG18] closing seals what waits; afterwards nothing is accepted", async () => {
		const sealer = await openToySealer(undefined, { blockWindowMs: 60_000 });
		const pending = submit(sealer, put("a", 1));
		await new Promise((resolve) => setImmediate(resolve));
		await sealer.close();
		expect(codesOf(await pending)).toEqual([""]);
		await expect(submit(sealer, put("b", 1))).rejects.toEqual(rejection("LEDGER_CLOSED"));
		await sealer.close();
	});

	it("[LG2] worker threads judge signatures as the sealing thread does", async () => {
		const sealer = await openToySealer(undefined, { verifyThreads: 2 });
		const forged = { ...put("x", 2), signer: toyKey("victim").publicKey };
		const results = await submit(sealer, ...Array.from({ length: 100 }, (_, i) => put(`k${i}`, i)), forged);
		expect(codesOf(results)).toEqual([...new Array<string>(100).fill(""), "LEDGER_SIGNATURE_INVALID"]);
	});

	it("[LG14] the same transactions at the same times give the same state and log roots", async () => {
		const transactions = Array.from({ length: 30 }, (_, i) => put(`k${i % 7}`, i));
		const heads = await Promise.all(
			[1, 2].map(async () => {
				const sealer = await openToySealer(undefined, { maxBlockTransactions: 10 });
				await submit(sealer, ...transactions);
				return canonicalText(sealer.head());
			}),
		);
		expect(heads[0]).toBe(heads[1]);
	});
});
