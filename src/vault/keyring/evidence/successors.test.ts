import { expect, it } from "vitest";
import type { Pseudonym } from "#base";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import { createBench, newPseudonym, newSubject } from "../../vault.fixtures.ts";
import { createPaperVerifier, PaperLedger } from "../testing/paperLedger.ts";

const refused = (reason: string) => expect.objectContaining({ code: "VAULT_EVIDENCE_REFUSED", details: { reason } });

/** Somebody enrolled, and a row of pseudonyms that follow one another on the ledger. */
async function enrolled(rotations: number) {
	const bench = await createBench({ ledger: createPaperVerifier("paper ledger") });
	const ledger = new PaperLedger(bench.clock);
	const subject = newSubject();
	await bench.keyring.createSubject(subject, unenrolledPseudonym(subject));
	const row = Array.from({ length: rotations + 1 }, newPseudonym) as [Pseudonym, ...Pseudonym[]];
	ledger.enrol(row[0]);
	await bench.keyring.bind(subject, row[0], ledger.showEnrolments(row[0]));
	for (let at = 0; at < rotations; at++) ledger.rotate(row[at] as Pseudonym, row[at + 1] as Pseudonym);
	const last = row.at(-1) as Pseudonym;
	return { ...bench, ledger, subject, row, last, bind: () => bench.keyring.bind(subject, last, ledger.showEnrolments(...row)) };
}

it("[VA88] 64 rotations are made up for at once, and not one more", async () => {
	const most = await enrolled(64);
	await most.bind();
	expect(await most.keyring.subjectOf(most.last)).toBe(most.subject);
	await expect((await enrolled(65)).bind()).rejects.toThrow(refused("not-the-successor"));
});

it.each<[string, object]>([
	["of another custodian", { custodian: "labor-sued" }],
	["that has not rotated", { status: "active" }],
	["that was destroyed", { status: "destroyed" }],
	["that names nobody", { successor: "" }],
])("[VA88] a step %s leads nowhere", async (_, change) => {
	const { ledger, row, bind, keyring, subject, last } = await enrolled(3);
	const [, second, third] = row as [Pseudonym, Pseudonym, Pseudonym, Pseudonym];
	const step = { status: "rotated", successor: third };
	ledger.enrol(second, { ...step, ...change });
	await expect(bind()).rejects.toThrow(refused("not-the-successor"));
	expect(await keyring.pseudonymOf(subject)).toBe(row[0]);
	ledger.enrol(second, step);
	await bind();
	expect(await keyring.pseudonymOf(subject)).toBe(last);
});
