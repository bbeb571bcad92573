import { describe, expect, it } from "vitest";
import { canonicalBytes, decodeUtf8, encodeUtf8, minuteMs, sha256Hex } from "#base";
import { patientKey, put, startMs, toyKey } from "./testing/toyLedger.ts";
import { assertTimely } from "./timeliness.ts";
import { latestUntil, parseTransaction, readTransaction, transactionId, untilHorizonMs, verifyTransactionSignature } from "./transaction.ts";

const transaction = put("a", 1);
const bytes = canonicalBytes(transaction);

function codeOf(run: () => unknown): string {
	try {
		run();
		return "";
	} catch (error) {
		return (error as { code: string }).code;
	}
}

describe("transactions", () => {
	it("[LG1] come back from their canonical bytes with the id that was signed", () => {
		const read = parseTransaction(bytes);
		expect(read.transaction).toEqual(transaction);
		expect(read.id).toBe(transactionId(transaction));
		expect(read.bytes).toEqual(bytes);
		verifyTransactionSignature(read);
		expect(Object.isFrozen(read.transaction.body)).toBe(true);
	});

	it.each([
		["an early until", { until: 0 }],
		["a late until", { until: 9_007_199_254_740_991 }],
		[
			"a body that looks like the members around it",
			{ body: { signature: "0".repeat(128), signer: '","signer":"', until: 1, "}": '}"until":0' } as never },
		],
		["a body that is not ASCII", { body: { name: "Zoë \u{1f600} \u2028", "\u20ac": "\u0000" } as never }],
		["an empty body", { body: {} as never }],
	])("[LG1] the id read from bytes is that of the transaction without its signature: %s", (_, change) => {
		const changed = { ...transaction, ...change };
		expect(parseTransaction(canonicalBytes(changed)).id).toBe(transactionId(changed));
		const { signature, ...unsigned } = changed;
		expect(transactionId(changed)).toBe(sha256Hex(canonicalBytes(unsigned)));
		expect(signature).toHaveLength(128);
	});

	it("[LG1] another spelling of the same transaction is refused, and what is not a transaction's JSON at all by its own code", () => {
		const text = decodeUtf8(bytes);
		const value = (other: string) => text.replace('"value":1', `"value":${other}`);
		const spellings: readonly [string | Uint8Array, string][] = [
			[` ${text}`, "NOT_CANONICAL"],
			[`${text}\n`, "NOT_CANONICAL"],
			[text.replace(":", ": "), "NOT_CANONICAL"],
			[text.replace('"a"', '"\\u0061"'), "NOT_CANONICAL"],
			[JSON.stringify(transaction), "NOT_CANONICAL"],
			[value("1.0"), "NOT_CANONICAL"],
			[value("1e0"), "NOT_CANONICAL"],
			[value('1,"value":1'), "NOT_CANONICAL"],
			[`\ufeff${text}`, "NOT_JSON"],
			[value("01"), "NOT_JSON"],
			[value("NaN"), "NOT_JSON"],
			[text.slice(0, -1), "NOT_JSON"],
			["", "NOT_JSON"],
			[value("1.5"), "VALUE_NOT_PERMITTED"],
			[value("-0"), "VALUE_NOT_PERMITTED"],
			[value("9007199254740993"), "VALUE_NOT_PERMITTED"],
			[value("1e999"), "VALUE_NOT_PERMITTED"],
			[value('"\\ud800"'), "VALUE_NOT_PERMITTED"],
			[value('{"__proto__":1}'), "VALUE_NOT_PERMITTED"],
			[value(`${"[".repeat(15)}${"]".repeat(15)}`), "TOO_DEEP"],
			[value(`"${"x".repeat(33_000)}"`), "TOO_LARGE"],
			[Uint8Array.from([...bytes.subarray(0, -2), 0xff, 0x7d]), "NOT_UTF8"],
			["[]", "FIELDS_DIFFER"],
			["1", "FIELDS_DIFFER"],
		];
		for (const [spelling, code] of spellings) {
			expect(codeOf(() => parseTransaction(typeof spelling === "string" ? encodeUtf8(spelling) : spelling))).toBe(`LEDGER_TRANSACTION_${code}`);
		}
	});

	it("[LG1] a field too many, too few or of another kind is refused, each by its own code", () => {
		const { salt, ...without } = transaction;
		const smallOrder = [`01${"00".repeat(31)}`, "00".repeat(32), `ec${"ff".repeat(30)}7f`];
		const broken: readonly [unknown, string][] = [
			[null, "TRANSACTION_FIELDS_DIFFER"],
			[[], "TRANSACTION_FIELDS_DIFFER"],
			["text", "TRANSACTION_FIELDS_DIFFER"],
			[without, "TRANSACTION_FIELDS_DIFFER"],
			[{ ...transaction, extra: 1 }, "TRANSACTION_FIELDS_DIFFER"],
			[{ ...without, pepper: salt }, "TRANSACTION_FIELDS_DIFFER"],
			[{ ...transaction, chain: "Toy Chain" }, "CHAIN_MALFORMED"],
			[{ ...transaction, chain: ["toy"] }, "CHAIN_MALFORMED"],
			[{ ...transaction, contract: "toString" }, "CONTRACT_MALFORMED"],
			[{ ...transaction, contract: ["consent"] }, "CONTRACT_MALFORMED"],
			[{ ...transaction, action: "__proto__" }, "ACTION_MALFORMED"],
			[{ ...transaction, action: 1 }, "ACTION_MALFORMED"],
			[{ ...transaction, body: [] }, "BODY_MALFORMED"],
			[{ ...transaction, body: null }, "BODY_MALFORMED"],
			[{ ...transaction, body: { value: 0.5 } }, "TRANSACTION_VALUE_NOT_PERMITTED"],
			[{ ...transaction, body: { value: 1n } }, "TRANSACTION_VALUE_NOT_PERMITTED"],
			[{ ...transaction, body: new Date(0) }, "TRANSACTION_VALUE_NOT_PERMITTED"],
			[{ ...transaction, signer: transaction.signer.toUpperCase() }, "SIGNER_MALFORMED"],
			...smallOrder.map((signer): [unknown, string] => [{ ...transaction, signer }, "SIGNER_MALFORMED"]),
			[{ ...transaction, signer: `ee${"ff".repeat(30)}7f` }, "SIGNER_MALFORMED"],
			[{ ...transaction, until: "soon" }, "UNTIL_MALFORMED"],
			[{ ...transaction, until: -minuteMs }, "UNTIL_MALFORMED"],
			[{ ...transaction, salt: salt.slice(2) }, "SALT_MALFORMED"],
			[{ ...transaction, salt: salt.toUpperCase() }, "SALT_MALFORMED"],
			[{ ...transaction, signature: transaction.signature.slice(2) }, "SIGNATURE_MALFORMED"],
			[{ ...transaction, signature: null }, "SIGNATURE_MALFORMED"],
		];
		for (const [value, code] of broken) expect(codeOf(() => readTransaction(value))).toBe(`LEDGER_${code}`);
	});

	it("[LG2] a signature by another key, or over another transaction, is refused", () => {
		const invalid = expect.objectContaining({ code: "LEDGER_SIGNATURE_INVALID" });
		const claims = [
			{ ...transaction, signer: toyKey("mallory").publicKey },
			{ ...transaction, body: { key: "a", value: 2 } },
			{ ...transaction, chain: "other-chain" },
			{ ...transaction, until: transaction.until + minuteMs },
			{ ...transaction, signature: patientKey.sign(encodeUtf8(transactionId(transaction))) },
		];
		for (const claim of claims) expect(() => verifyTransactionSignature(readTransaction(claim))).toThrow(invalid);
	});

	it("[LG3] until is a whole minute, after block time, at most 15 minutes ahead", () => {
		const timely = (until: number, at: number = startMs) => codeOf(() => assertTimely({ until }, at));
		expect(timely(startMs + minuteMs)).toBe("");
		expect(timely(startMs + untilHorizonMs)).toBe("");
		expect(timely(startMs + untilHorizonMs + minuteMs)).toBe("LEDGER_UNTIL_TOO_FAR");
		expect(timely(startMs + minuteMs + 1)).toBe("LEDGER_UNTIL_NOT_A_MINUTE");
		expect(timely(startMs)).toBe("LEDGER_EXPIRED");
		expect(timely(startMs + minuteMs, startMs + minuteMs - 1)).toBe("");
		expect(timely(startMs + minuteMs, startMs + minuteMs)).toBe("LEDGER_EXPIRED");
		expect(timely(latestUntil(startMs + 1), startMs - minuteMs + 1)).toBe("");
	});
});
