import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { encodeHex, type Pseudonym, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { createBench, newPseudonym, newSubject, randomBytes } from "../vault.fixtures.ts";

const coded = (code: string) => expect.objectContaining({ code });

/** A keyring whose keys the test knows, as they were when they were drawn. */
async function begin() {
	const drawn: Uint8Array[] = [];
	const bench = await createBench({
		randomBytes: (size) => {
			const bytes = randomBytes(size);
			if (size === 32) drawn.push(Uint8Array.from(bytes));
			return bytes;
		},
	});
	const [, lookupKey] = drawn.splice(0) as [Uint8Array, Uint8Array];
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	return { ...bench, lookupKey, dateShiftKey: drawn.at(-1) as Uint8Array, subject, pseudonym };
}

const mac = (key: Uint8Array, text: string) => createHmac("sha256", key).update(text, "utf8").digest();

it("[VA19] a token is the HMAC of its purpose and parts as a JSON array, under the look-up key", async () => {
	const { keyring, lookupKey } = await begin();
	for (const parts of [["name"], ["name", ""], ["name", "ä\u{1f600}", 'b"c'], ["", "x"]] as [string, ...string[]][]) {
		const expected = mac(lookupKey, `aceso/lookup/1\0${JSON.stringify(parts)}`).toString("hex");
		for (let times = 0; times < 2; times++) expect(await keyring.lookupToken(...parts)).toBe(expected);
	}
});

it("[VA93] of 16,384 tokens kept none is another's, nor when they fall out", async () => {
	const { keyring, lookupKey } = await begin();
	const token = (at: number) => keyring.lookupToken("n", `${at}`);
	const expected = (at: number) => mac(lookupKey, `aceso/lookup/1\0["n","${at}"]`).toString("hex");
	for (let at = 0; at < 16_386; at++) await token(at);
	for (const at of [0, 1, 2, 16_383, 16_384, 16_385, 0]) expect(await token(at)).toBe(expected(at));
});

it("[VA19] a shift is the HMAC's first six bytes modulo 730, from -365 to -1 and from 1 to 365", async () => {
	const { keyring, access, dateShiftKey, subject, pseudonym } = await begin();
	const edges = new Map([
		[0, -365],
		[1, -364],
		[364, -1],
		[365, 1],
		[366, 2],
		[729, 365],
	]);
	for (let at = 0; edges.size > 0; at++) {
		const value = mac(dateShiftKey, `aceso/date-shift/1\0study ${at}`).readUIntBE(0, 6) % 730;
		const expected = edges.get(value);
		if (expected === undefined) continue;
		expect(await keyring.dateShiftDays(access({ pseudonym }), subject, `study ${at}`)).toBe(expected);
		edges.delete(value);
	}
});

it("[VA17] a pseudonym is 64 lower-case hex digits, for a new subject and for a binding", async () => {
	const { keyring, subject, pseudonym } = await begin();
	const text = encodeHex(randomBytes(32));
	for (const other of ["", text.slice(1), `${text}0`, `${text.slice(2)}AB`, `${text.slice(1)}g`, 5, undefined, null] as Pseudonym[]) {
		await expect(keyring.createSubject(newSubject(), other)).rejects.toThrow(coded("VAULT_ROW_INVALID"));
		await expect(keyring.bind(subject, other)).rejects.toThrow(coded("VAULT_ROW_INVALID"));
	}
	expect([await keyring.pseudonymOf(subject), await keyring.verifyKeys()]).toEqual([pseudonym, { live: 1, destroyed: 0 }]);
	// Nor one that somebody made in the same breath is about to have.
	const made = keyring.createSubject(newSubject(), text as Pseudonym);
	await expect(keyring.createSubject(newSubject(), text as Pseudonym)).rejects.toThrow(coded("VAULT_PSEUDONYM_TAKEN"));
	await expect(keyring.bind(subject, text as Pseudonym)).rejects.toThrow(coded("VAULT_PSEUDONYM_TAKEN"));
	await made;
	await expect(keyring.bind(subject, text as Pseudonym)).rejects.toThrow(coded("VAULT_PSEUDONYM_TAKEN"));
	// To what it is bound already is no change.
	await keyring.bind(subject, pseudonym);
});

it("[VA14] what is no wrapped key opens nothing: its subject, id and bytes have their form, and its compartments are known ones", async () => {
	const { keyring, access, subject, pseudonym } = await begin();
	const { wrapped } = await keyring.sealFor(subject, ["laboratory"]);
	const history = (await keyring.sealAudit(subject)).wrapped;
	const others: readonly (readonly [object, string])[] = [
		[{ subject: "x" as SubjectId }, "VAULT_ROW_INVALID"],
		[{ subject: `${subject}00` as SubjectId }, "VAULT_ROW_INVALID"],
		[{ id: "x" }, "VAULT_ROW_INVALID"],
		[{ id: wrapped.id.slice(2) }, "VAULT_ROW_INVALID"],
		[{ wrapped: "text" as never }, "VAULT_ROW_INVALID"],
		[{ wrapped: [...wrapped.wrapped] as never }, "VAULT_ROW_INVALID"],
		[{ wrapped: wrapped.wrapped.subarray(1) }, "VAULT_INTEGRITY"],
		[{ compartments: ["laboratory", "laboratory"] }, "VAULT_COMPARTMENTS_INVALID"],
		[{ compartments: ["date-shift" as Compartment] }, "VAULT_COMPARTMENTS_INVALID"],
	];
	for (const [change, code] of others) {
		await expect(keyring.unwrap(access({ pseudonym }), [{ ...wrapped, ...change }]), JSON.stringify(change)).rejects.toThrow(coded(code));
		const asHistory = { ...history, compartments: [], ...change };
		if (!("compartments" in change))
			await expect(keyring.unwrapAudit(access({ pseudonym, compartments: [] }), [asHistory])).rejects.toThrow(coded(code));
	}
	for (const salt of ["", "00".repeat(31), "zz".repeat(32), undefined as never]) {
		await expect(keyring.unwrap({ ...access({ pseudonym }), salt }, [wrapped])).rejects.toThrow(
			expect.objectContaining({ details: { reason: "malformed" } }),
		);
	}
	expect(await keyring.unwrap(access({ pseudonym }), [wrapped])).toHaveLength(1);
});
