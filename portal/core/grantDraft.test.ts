import { describe, expect, it } from "vitest";
import type { CivilDay, MemberId } from "#base";
import { commitTerms, dataClasses, type Provision } from "#contracts";
import { buildGrant, createWallet } from "#wallet";
import { changedDraft, dayAfter, draftOfForm, emptyForm, faultOfForm, presetClasses, presets, withoutKind } from "./grantDraft.ts";

const now = Date.UTC(2026, 2, 1, 23, 59);
const member = "harbor" as MemberId;
const form = emptyForm(now);

describe("a rule from a form", () => {
	it("[PO30] every preset makes terms that the contract takes, never at a higher level or for more than it says", () => {
		const key = createWallet(new Uint8Array(32).fill(7)).pseudonymKey(member, 0);
		for (const preset of presets) {
			const chosen = { ...form, preset, classes: presetClasses[preset], person: "cc".repeat(32) };
			expect(faultOfForm(chosen, now)).toBeUndefined();
			const draft = draftOfForm(chosen, { member, title: "t" });
			const context = { chain: "aceso-test-1", nowMs: now, randomBytes: (length: number) => new Uint8Array(length).fill(1) };
			const { opened } = buildGrant(key, { pseudonym: key.publicKey, custodian: member, ...draft }, context);
			expect(commitTerms(opened)).toMatch(/^[0-9a-f]{64}$/);
			expect(draft.provision.actions).toEqual(["read"]);
			expect(draft.provision.classes).not.toContain("other");
			expect(draft.provision.labels).toBeUndefined();
			expect(draft.provision.level).toBe(preset === "count" ? "aggregate" : "identified");
		}
	});

	it("[PO31] nothing is signed without a kind of data, a person where one is meant, and a day from today on", () => {
		expect(faultOfForm({ ...form, classes: [] }, now)).toBe("noClass");
		for (const person of ["", "cc", "cc".repeat(33), "gg".repeat(32)]) expect(faultOfForm({ ...form, preset: "one", person }, now)).toBe("pick");
		expect(faultOfForm({ ...form, until: dayAfter(now, -1) }, now)).toBe("badDay");
		expect(faultOfForm({ ...form, until: dayAfter(now, 0) }, now)).toBeUndefined();
		for (const until of ["", "2026-02-31x", "tomorrow"]) expect(faultOfForm({ ...form, until }, now)).toBe("badDay");
	});

	it("[PO244] a code that somebody who works here handed over names that person, however it was typed", () => {
		const typed = { ...form, preset: "one", person: ` ${"CC DD ".repeat(16)}` } as const;
		expect(faultOfForm(typed, now)).toBeUndefined();
		expect(draftOfForm(typed, { member, title: "t" }).provision.grantees).toEqual([{ kind: "actor", key: "ccdd".repeat(16) }]);
	});

	it("[PO249] a rule without one kind is the same rule for all others, and the last kind is not taken that way", () => {
		const provision: Provision = {
			type: "permit",
			grantees: [{ kind: "study", study: "s" }],
			purposes: ["TREAT"],
			labels: ["hiv"],
			level: "identified",
		};
		const rule = { title: "t", validUntil: "2026-09-01" as CivilDay };
		const narrowed = withoutKind({ ...rule, provision: { ...provision, classes: ["laboratory", "vitals"] } }, "vitals", dataClasses);
		expect(narrowed).toEqual({ ...rule, provision: { ...provision, classes: ["laboratory"] } });
		// A rule for everything names from then on what it opens, and never what is sorted nowhere.
		const classes = withoutKind({ ...rule, provision }, "genomics", dataClasses)?.provision.classes ?? [];
		expect(classes).toHaveLength(dataClasses.length - 2);
		for (const closed of ["genomics", "other"] as const) expect(classes).not.toContain(closed);
		expect(withoutKind({ ...rule, provision: { ...provision, classes: ["vitals"] } }, "vitals", dataClasses)).toBeUndefined();
	});

	it("[PO32] a change keeps whom a rule is for and what it is about, and takes private topics away when they are unticked", () => {
		const before: Provision = {
			...{ type: "permit", grantees: [{ kind: "study", study: "s" }], purposes: ["CLINTRCH"], classes: ["genomics"], labels: ["hiv"] },
			...{ diseases: ["MONDO:1"], level: "deidentified", endMs: 5, exceptions: [{ type: "deny", labels: ["violence"] }] },
		};
		const { provision } = changedDraft(before, { ...form, classes: ["laboratory"], labels: [] }, "t");
		const { labels: _, endMs: __, ...kept } = before;
		expect(provision).toEqual({ ...kept, classes: ["laboratory"] });
	});
});
