import { describe, expect, it } from "vitest";
import { type ConsentId, canonicalBytes, concatBytes, decodeHex, encodeUtf8, type MemberId, sha256Hex } from "#base";
import { ContractRefusal } from "../contract.ts";
import { hospital, institute, openedTerms, type pseudonym, stateWith } from "../testing/decisions.ts";
import { chain, idOf, keyOf, noon } from "../testing/memoryLedger.ts";
import { checkTerms } from "./checkTerms.ts";
import { commitTerms } from "./commitTerms.ts";
import type { ConsentTerms, LedgerConsent, OpenedTerms, Provision } from "./terms.ts";

const provision: Provision = { type: "permit", purposes: ["TREAT"], exceptions: [{ type: "deny", labels: ["hiv"] }] };
const opened = openedTerms(idOf("consent 0") as ConsentId, { provision });

function codeOf(terms: unknown, salt = opened.salt): string {
	try {
		return commitTerms({ terms, salt } as OpenedTerms).length === 64 ? "committed" : "short";
	} catch (error) {
		return error instanceof ContractRefusal ? error.code : (error as { code: string }).code;
	}
}

describe("commitments to terms", () => {
	it('[CN20] H("aceso/terms/1" ‖ 0x00 ‖ salt ‖ canonical terms), the salt 32 bytes', () => {
		const bytes = concatBytes(encodeUtf8("aceso/terms/1\0"), decodeHex(opened.salt, 32), canonicalBytes(opened.terms));
		expect(commitTerms(opened)).toBe(sha256Hex(bytes));
		expect(commitTerms({ ...opened, salt: "00".repeat(32) })).not.toBe(commitTerms(opened));
		for (const salt of ["", "00", "00".repeat(31), "00".repeat(33), "zz".repeat(32), "AA".repeat(32)])
			expect(codeOf(opened.terms, salt), salt).not.toBe("committed");
	});

	it("[CN20] every field of the terms counts", () => {
		const others: Partial<ConsentTerms>[] = [
			{ chain: "elsewhere" },
			{ pseudonym: keyOf("other").publicKey as ConsentTerms["pseudonym"] },
			{ consentId: idOf("other") as ConsentId },
			{ version: 2 },
			{ custodian: institute },
			{ title: "another" },
			{ custodial: true },
			{ compensation: { cents: 1, currency: "EUR", per: "use" } },
			{ provision: { ...provision, exceptions: [] } },
		];
		const commitments = others.map((terms) => commitTerms({ ...opened, terms: { ...opened.terms, ...terms } }));
		expect(new Set([commitTerms(opened), ...commitments]).size).toBe(others.length + 1);
	});

	const unusable: [string, unknown][] = [
		["an unknown field", { ...opened.terms, nickname: "x" }],
		["an unknown format", { ...opened.terms, format: "aceso/terms/2" }],
		["an unknown field of a provision", withProvision({ type: "permit", unless: "x" })],
		["an unknown field of an exception", withProvision({ type: "permit", exceptions: [{ type: "deny", unless: "x" }] })],
		["an unknown purpose", withProvision({ type: "permit", purposes: ["HMARKT"] })],
		["an unknown class", withProvision({ type: "deny", classes: ["dreams"] })],
		["an unknown grantee", withProvision({ type: "permit", grantees: [{ kind: "everyone" }] })],
		["a level of a refusal", withProvision({ type: "deny", level: "aggregate" })],
		...(["grantees", "purposes", "classes", "conditions", "diseases", "actions", "records", "authors", "encounters"] as const).map(
			(field): [string, unknown] => [`no ${field} where some restrict`, withProvision({ type: "deny", [field]: [] })],
		),
		["no labels in a refusal", withProvision({ type: "deny", labels: [] })],
		["no models in a refusal", withProvision({ type: "deny", models: [] })],
		["a period that ends as it starts", withProvision({ type: "deny", startMs: noon, endMs: noon })],
		["data of a time that ends before it starts", withProvision({ type: "deny", dataFromMs: noon, dataToMs: noon - 1 })],
		["an empty period in an exception", withProvision({ type: "permit", exceptions: [{ type: "deny", startMs: noon, endMs: noon }] })],
		["a prototype", withProvision(JSON.parse('{"type":"permit","__proto__":{"level":"identified"}}'))],
		["half a millisecond", withProvision({ type: "permit", startMs: noon + 0.5 })],
		["nothing", null],
	];
	it.each(unusable)("[CN21] %s makes terms unusable", (_, terms) => {
		expect(codeOf(terms)).not.toBe("committed");
	});

	it("[CN21] empty lists that mean what their absence means are terms", () => {
		expect(codeOf(withProvision({ type: "permit", labels: [], models: [], exceptions: [] }))).toBe("committed");
	});

	function withProvision(given: object): unknown {
		return { ...opened.terms, provision: given };
	}
});

describe("checkTerms", () => {
	const consent = stateWith([{ provision }]).consents[0] as LedgerConsent;
	const check = (ledger: Partial<LedgerConsent>, given: OpenedTerms | undefined = opened, named = chain, custodian: MemberId = hospital) =>
		checkTerms({ ...consent, ...ledger }, given, named, custodian);

	it("[CN22] all agree: ok; any that does not: altered; not there: missing", () => {
		expect(check({})).toBe("ok");
		expect(checkTerms(consent, undefined, chain, hospital)).toBe("TERMS_MISSING");
		const other = keyOf("other").publicKey as typeof pseudonym;
		for (const ledger of [{ consentId: idOf("other") as ConsentId }, { version: 2 }, { pseudonym: other }, { custodial: true }])
			expect(check(ledger)).toBe("TERMS_ALTERED");
		expect(check({ termsCommitment: commitTerms({ ...opened, salt: "11".repeat(32) }) })).toBe("TERMS_ALTERED");
		expect(check({}, opened, "elsewhere")).toBe("TERMS_ALTERED");
		expect(check({}, opened, chain, institute)).toBe("TERMS_ALTERED");
	});

	it("[CN22] status and last day are the ledger's alone: the terms do not say them", () => {
		expect(check({ status: "withdrawn", validUntil: "2027-01-01" as LedgerConsent["validUntil"] })).toBe("ok");
	});
});
