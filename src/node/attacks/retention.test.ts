import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dayMs, type SubjectId } from "#base";
import { listEntries, verifyHistory } from "#wallet";
import { auditFolder } from "../auditFolder.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** Ten years, the legal retention that applies when none is configured. */
const retentionMs = 3_653 * dayMs;

/** The access history of an erased patient is kept as a legal hold, and no longer. */
let small: SmallNetwork;
let erased: SmallPatient;
let staying: SmallPatient;
let doctor: Staff;
let subject: SubjectId;

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
	erased = await small.admit({ family: "Lund", given: "Ida", birthDate: "1944-04-04" });
	staying = await small.admit({ family: "Moen", given: "Kaja", birthDate: "1945-05-05" });
	for (const each of [erased, staying]) await small.grant(each, toPractitioners("north", ["conditions", "laboratory"]));
	for (const each of [erased, staying]) expect((await small.read(doctor.key, byLocal(each.localId))).resources).toHaveLength(2);
	subject = (await small.institution().keyring.subjectOf(erased.pseudonym)) as SubjectId;
	await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byPseudonym(erased.pseudonym), compartments: "all" }));
});
afterAll(() => small.close());

const history = (who: SmallPatient) =>
	small.institution().gate.showHistory(small.sign(who.key, { kind: "history", patient: byPseudonym(who.pseudonym) }));
const expire = () => small.institution().keyring.expireAuditKeys();

describe("retention of the access history", () => {
	it("[GA130] until the last day of the retention the erased patient reads it, and nothing is destroyed", async () => {
		small.advance(retentionMs - dayMs);
		expect(await expire()).toBe(0);
		expect(listEntries(await history(erased)).map(({ entry }) => entry.action)).toEqual(expect.arrayContaining(["read", "erase"]));
	});

	it("[GA130] after it no key opens it, to the erased patient's own key either, and the answer is that of any stranger", async () => {
		small.advance(2 * dayMs);
		expect(await expire()).toBe(1);
		expect(await codeOf(history(erased))).toBe("GATE_NOT_AVAILABLE");
		const { keyring } = small.institution();
		expect(await codeOf(keyring.sealAudit(subject))).toBe("VAULT_ERASED");
		expect(await keyring.subjectOf(erased.pseudonym)).toBeUndefined();
	});

	it("[GA130] the log stands: who stays verifies every entry, nobody's proof has a hole, and an audit finds nothing", async () => {
		await small.institution().gate.anchor(true);
		const { ledger, genesis, now } = small.network;
		const shown = await history(staying);
		const report = verifyHistory(shown, { chain: ledger.chain, ledgerKey: genesis.sealer, pseudonym: staying.pseudonym, now: now() });
		expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
		await small.network.close();
		expect((await auditFolder(small.folder)).findings).toEqual([]);
		small = await openSmallNetwork({ folder: small.folder, members: smallMembers.slice(0, 1), aheadMs: retentionMs + dayMs });
		expect(await codeOf(history(erased))).toBe("GATE_NOT_AVAILABLE");
	});
});
