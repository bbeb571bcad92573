import { describe, expect, it } from "vitest";
import { canonicalBytes, decodeUtf8, encodeUtf8, minuteMs } from "#base";
import { patientKey, put, startMs, toyKey } from "./testing/toyLedger.ts";
import { assertTimely } from "./timeliness.ts";
import { latestUntil, parseTransaction, readTransaction, transactionId, untilHorizonMs, verifyTransactionSignature } from "./transaction.ts";

const transaction = put("a", 1);
const bytes = canonicalBytes(transaction);
const malformed = expect.objectContaining({ code: "LEDGER_TRANSACTION_MALFORMED" });

describe("transactions", () => {
	it("[LG1] come back from their canonical bytes with the id that was signed", () => {
		const read = parseTransaction(bytes);
		expect(read.transaction).toEqual(transaction);
		expect(read.id).toBe(transactionId(transaction));
		expect(read.bytes).toEqual(bytes);
		verifyTransactionSignature(read);
		expect(Object.isFrozen(read.transaction.body)).toBe(true);
	});

	it("[LG1] another spelling of the same transaction is refused", () => {
		const text = decodeUtf8(bytes);
		const spellings = [` ${text}`, text.replace(":", ": "), text.replace('"a"', '"\\u0061"'), `\ufeff${text}`, JSON.stringify(transaction)];
		for (const spelling of spellings) expect(() => parseTransaction(encodeUtf8(spelling))).toThrow(malformed);
		expect(() => parseTransaction(encodeUtf8(text.replace('"value":1', '"value":1.0')))).toThrow(malformed);
		expect(() => parseTransaction(encodeUtf8(text.replace('"value":1', '"value":1,"value":1')))).toThrow(malformed);
	});

	it("[LG1] a field too many, too few or of another kind is refused", () => {
		const { salt, ...without } = transaction;
		const broken: unknown[] = [
			null,
			[],
			"text",
			without,
			{ ...transaction, extra: 1 },
			{ ...transaction, chain: "Toy Chain" },
			{ ...transaction, contract: "toString" },
			{ ...transaction, action: "__proto__" },
			{ ...transaction, body: [] },
			{ ...transaction, body: { value: 0.5 } },
			{ ...transaction, signer: transaction.signer.toUpperCase() },
			{ ...transaction, signer: `01${"00".repeat(31)}` },
			{ ...transaction, until: "soon" },
			{ ...transaction, until: -minuteMs },
			{ ...transaction, salt: salt.slice(2) },
			{ ...transaction, signature: transaction.signature.slice(2) },
		];
		for (const value of broken) expect(() => readTransaction(value)).toThrow(malformed);
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
		const timely = (until: number, at: number = startMs) => {
			try {
				assertTimely({ until }, at);
				return "";
			} catch (error) {
				return (error as { code: string }).code;
			}
		};
		expect(timely(startMs + minuteMs)).toBe("");
		expect(timely(startMs + untilHorizonMs)).toBe("");
		expect(timely(startMs + untilHorizonMs + minuteMs)).toBe("LEDGER_UNTIL_INVALID");
		expect(timely(startMs + minuteMs + 1)).toBe("LEDGER_UNTIL_INVALID");
		expect(timely(startMs)).toBe("LEDGER_EXPIRED");
		expect(timely(startMs + minuteMs, startMs + minuteMs - 1)).toBe("");
		expect(timely(startMs + minuteMs, startMs + minuteMs)).toBe("LEDGER_EXPIRED");
		expect(timely(latestUntil(startMs + 1), startMs - minuteMs + 1)).toBe("");
	});
});
