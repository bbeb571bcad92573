import { describe, expect, it } from "vitest";
import type { MemberId } from "#base";
import { commitTerms, type Provision } from "#contracts";
import { buildGrant, createWallet } from "#wallet";
import type { AccessRow, ConsentView } from "./deskTypes.ts";
import { allowDraft, refuseDraft, researchKinds, researchRows, standingOf } from "./research.ts";

const rule = (provision: Provision, more: Partial<ConsentView> = {}) =>
	({ consentId: JSON.stringify(provision), status: "active", terms: { provision }, ...more }) as unknown as ConsentView;

describe("what research may", () => {
	it("[PO91] every choice makes terms that the contract takes, for researchers, reading, and no name", () => {
		const key = createWallet(new Uint8Array(32).fill(7)).pseudonymKey("harbor" as MemberId, 0);
		const context = { chain: "aceso-test-1", nowMs: Date.UTC(2026, 2, 1), randomBytes: (length: number) => new Uint8Array(length).fill(1) };
		for (const draft of [...researchKinds.map((kind) => allowDraft(kind, "t", "2026-12-01")), refuseDraft("t", "2026-12-01")]) {
			const { opened } = buildGrant(key, { pseudonym: key.publicKey, custodian: "harbor" as MemberId, ...draft }, context);
			expect(commitTerms(opened)).toMatch(/^[0-9a-f]{64}$/);
			expect(draft.provision.labels).toBeUndefined();
			if (draft.provision.type === "permit") expect(["aggregate", "deidentified"]).toContain(draft.provision.level);
		}
	});

	it("[PO91] what was chosen is shown as allowed, and nothing that goes further", () => {
		const allowed = (kind: (typeof researchKinds)[number]) =>
			researchKinds.filter((other) => standingOf([rule(allowDraft(kind, "t", "2026-12-01").provision)], other).allowedBy.length > 0);
		expect(allowed("count")).toEqual(["count"]);
		// A rule for research covers trials (CN35), and one for data without a name covers counting.
		expect(allowed("nameless")).toEqual(["count", "nameless", "trial"]);
		expect(allowed("trial")).toEqual(["trial"]);
	});

	it("[PO92] a refusal is shown at every kind that it covers, beside whatever allows; what ended or cannot be read allows nothing", () => {
		const no = rule(refuseDraft("t", "2026-12-01").provision);
		const yes = rule(allowDraft("count", "t", "2026-12-01").provision);
		for (const kind of researchKinds) expect(standingOf([yes, no], kind).refusedBy).toEqual([no]);
		for (const status of ["revoked", "withdrawn", "expired"] as const) expect(standingOf([{ ...yes, status }], "count").allowedBy).toEqual([]);
		const { terms: _, ...altered } = yes;
		expect(standingOf([altered], "count").allowedBy).toEqual([]);
		expect(standingOf([rule({ type: "permit", purposes: ["TREAT"], level: "identified" })], "count").allowedBy).toEqual([]);
		// One that names no purpose lets research in as well, and is not left out.
		expect(standingOf([rule({ type: "permit" })], "trial").allowedBy).toHaveLength(1);
	});

	it("[PO93] what research asked is told apart from care, and from the person's own looks", () => {
		const row = (purpose: string, kind = "person") => ({ purpose, kind }) as AccessRow;
		expect(researchRows([row("HRESCH"), row("TREAT"), row("CLINTRCH", "member"), row("HRESCH", "patient")])).toHaveLength(2);
	});
});
