import { inspect } from "node:util";
import { expect, it } from "vitest";
import { concatBytes, type Digest, decodeHex, encodeHex, encodeUint64, encodeUtf8, hmacSha256, type Instant, sha256 } from "#base";
import { entryLeafData, hashEntry, mintReceipt, ReceiptKey, receiptLifetimeMs, verifyReceipt } from "./receipt.ts";
import { logAccess, newPseudonym, randomBytes } from "./vault.fixtures.ts";
import type { Receipt } from "./vault.ts";

const now = 1_000_000 as Instant;
const bytes = new Uint8Array(32).fill(5);
const receiptKey = new ReceiptKey(bytes);
const entryHash = "ab".repeat(32) as Digest;
const mint = (): Receipt => mintReceipt({ receiptKey, entryHash, log: "log/1", leafIndex: 2 ** 33, now, randomBytes });

it("[VA6] the MAC is over prefix, entry hash, leaf index, nonce, expiry and log id", () => {
	const receipt = mint();
	const message = concatBytes(
		encodeUtf8("aceso/receipt/1\0"),
		decodeHex(entryHash),
		encodeUint64(2 ** 33),
		decodeHex(receipt.nonce),
		encodeUint64(now + 5_000),
		encodeUtf8("log/1"),
	);
	expect(receipt.mac).toBe(encodeHex(hmacSha256(bytes, message)));
});

it("[VA6] receipts of logs with names of any length are made and judged in turn, each by its own message", () => {
	const logs = ["l", "log/1", "é".repeat(100), "x".repeat(256), "log/2", "é".repeat(256), ""];
	const receipts = logs.map((log, i) => mintReceipt({ receiptKey, entryHash, log, leafIndex: i, now, randomBytes }));
	for (const receipt of [...receipts, ...receipts.toReversed()]) verifyReceipt({ receiptKey, receipt, now });
	for (const [i, receipt] of receipts.entries()) {
		const message = concatBytes(
			encodeUtf8("aceso/receipt/1\0"),
			...[decodeHex(entryHash), encodeUint64(i), decodeHex(receipt.nonce), encodeUint64(now + 5_000), encodeUtf8(logs[i] as string)],
		);
		expect(receipt.mac).toBe(encodeHex(hmacSha256(bytes, message)));
	}
});

it("[VA7] a leaf's data is H(salt ‖ canonical entry) and its hash puts 0x00 before it", () => {
	const { entry, salt } = logAccess(receiptKey, now, { pseudonym: newPseudonym() });
	const data = entryLeafData(entry, salt);
	expect(hashEntry(entry, salt)).toBe(encodeHex(sha256(Uint8Array.of(0), data)));
	expect(hashEntry({ ...entry, count: 2 }, salt)).not.toBe(hashEntry(entry, salt));
	expect(hashEntry(entry, "00".repeat(32))).not.toBe(hashEntry(entry, salt));
});

it("[VA6] a receipt altered in any field is refused", () => {
	const receipt = mint();
	verifyReceipt({ receiptKey, receipt, now });
	const changes: readonly Partial<Receipt>[] = [
		{ log: "log/2" },
		{ leafIndex: 1 },
		{ entryHash: "cd".repeat(32) as Digest },
		{ nonce: "00".repeat(16) },
		{ expiresAtMs: receipt.expiresAtMs - 1 },
		{ mac: "00".repeat(32) },
	];
	for (const change of changes) {
		expect(() => verifyReceipt({ receiptKey, receipt: { ...receipt, ...change }, now })).toThrow(
			expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", details: { reason: "mac-invalid" } }),
		);
	}
});

it("[VA6] a receipt of another form is refused before any arithmetic", () => {
	const receipt = mint();
	const changes = [{ leafIndex: -1 }, { leafIndex: 0.5 }, { expiresAtMs: Number.NaN }, { mac: "AB".repeat(32) }, { nonce: "" }, { log: "\ud800" }];
	for (const change of changes) {
		expect(() => verifyReceipt({ receiptKey, receipt: { ...receipt, ...change }, now })).toThrow(
			expect.objectContaining({ details: { reason: "malformed" } }),
		);
	}
});

it("[VA8] a receipt dies at the instant it names, and none lives longer than 5 s from now", () => {
	const receipt = mint();
	const at = (ms: number) => () => verifyReceipt({ receiptKey, receipt, now: (now + ms) as Instant });
	expect(at(receiptLifetimeMs - 1)).not.toThrow();
	expect(at(receiptLifetimeMs)).toThrow(expect.objectContaining({ details: { reason: "expired" } }));
	expect(at(-1)).toThrow(expect.objectContaining({ details: { reason: "expiry-too-far" } }));
});

it("[VA9] a receipt key shows its bytes to nobody", () => {
	const shown = [
		JSON.stringify(receiptKey),
		inspect(receiptKey, { showHidden: true, depth: 9 }),
		Reflect.ownKeys(receiptKey).join(),
		String(receiptKey),
	];
	for (const text of shown) expect(text).not.toMatch(/05/);
	const copy = structuredClone(receiptKey) as ReceiptKey;
	expect(() => verifyReceipt({ receiptKey: copy, receipt: mint(), now })).toThrow(expect.objectContaining({ details: { reason: "mac-invalid" } }));
});
