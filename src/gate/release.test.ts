import { describe, expect, it } from "vitest";
import { type ClassVerdict, type DataClass, type Decision, type Level, levels, type RecordFilter } from "#contracts";
import { type LoggedAccess, VaultError } from "#vault";
import type { OpenedRow } from "./openRows.ts";
import { refusedWith } from "./refusedWith.ts";
import { admittedLevel, grantedClasses, isCovered, leavesAlone, summariseRelease, unlessErased } from "./release.ts";

it("[GA6] what is refused for a reason of the house names no consent, no end and no class that was granted", () => {
	const decision = {
		decision: "permit",
		classes: [{ class: "conditions", released: true, level: "identified" }],
		consents: ["0".repeat(32)],
		expiresAtMs: 7,
		obligations: ["notify"],
		reasons: ["PERMITTED_BY_CONSENT"],
	} as unknown as Decision;
	expect(refusedWith(decision, "LEDGER_STALE")).toEqual({
		decision: "deny",
		classes: [{ class: "conditions", released: false }],
		consents: [],
		expiresAtMs: null,
		obligations: [],
		reasons: ["LEDGER_STALE"],
	});
});

const filter = (more: Partial<RecordFilter> = {}): RecordFilter => ({ basis: "c", level: "identified", labels: [], except: [], ...more });
const released = (dataClass: DataClass, ...filters: readonly RecordFilter[]): ClassVerdict => ({ class: dataClass, released: true, filters });
const refused = (dataClass: DataClass): ClassVerdict => ({ class: dataClass, released: false });
const decide = (...classes: readonly ClassVerdict[]): Decision => ({
	...{ decision: "permit", classes, consents: [], expiresAtMs: 7, obligations: ["no-redisclosure"], reasons: ["PERMITTED_BY_CONSENT"] },
});
const logged = { entry: { log: "l", height: 3 }, leafIndex: 9, receipt: { entryHash: "h" } } as unknown as LoggedAccess;
const row = (compartments: string, more: object = {}): OpenedRow =>
	({
		row: { compartments },
		body: { labels: [], conditions: [], authors: [], encounter: null, dataTimeMs: 5, resource: { resourceType: "Condition", id: "c" }, ...more },
	}) as unknown as OpenedRow;

describe("what a decision lets through", () => {
	it("[GA8] the classes that are released, and a row that lies in no other", () => {
		const decision = decide(released("notes", filter()), refused("vitals"), released("plans", filter()));
		expect(grantedClasses(decision)).toEqual(["notes", "plans"]);
		const covered = (compartments: string) => isCovered(row(compartments).row, grantedClasses(decision));
		expect(["notes", "notes+plans", "notes+vitals", "vitals", "genomics+notes"].map(covered)).toEqual([true, true, false, false, false]);
	});

	it("[GA36] a level leaves by a read or by a model alone, as the table says", () => {
		const table = {
			aggregate: [false, false],
			compute: [false, true],
			deidentified: [false, false],
			pseudonymised: [true, true],
			identified: [true, true],
		};
		for (const level of levels) expect([leavesAlone(level, "read"), leavesAlone(level, "compute")], level).toEqual(table[level]);
	});

	it("[GA38] a record of several classes leaves at the lowest of their levels, and not at all where one is refused or holds it back", () => {
		const verdicts = (...classes: readonly ClassVerdict[]) => new Map(classes.map((each) => [each.class, each]));
		const high = released("notes", filter());
		const low = released("plans", filter({ level: "pseudonymised" }));
		expect(admittedLevel(row("notes"), verdicts(high))).toBe("identified");
		expect([admittedLevel(row("notes+plans"), verdicts(high, low)), admittedLevel(row("plans+notes"), verdicts(high, low))]).toEqual([
			"pseudonymised",
			"pseudonymised",
		]);
		expect(admittedLevel(row("notes+plans"), verdicts(high))).toBeUndefined();
		expect(admittedLevel(row("notes+vitals"), verdicts(high, refused("vitals")))).toBeUndefined();
		const held = (more: Partial<RecordFilter>, of = {}) => admittedLevel(row("notes", of), verdicts(released("notes", filter(more))));
		expect(held({}, { labels: ["hiv"] })).toBeUndefined();
		expect(held({ labels: ["hiv"] }, { labels: ["hiv"] })).toBe("identified");
		expect([held({ records: ["Condition/c"] }), held({ records: ["Condition/d"] })]).toEqual(["identified", undefined]);
		expect([held({ conditions: ["x"] }), held({ conditions: ["x"] }, { conditions: ["x"] })]).toEqual([undefined, "identified"]);
		expect([held({ authors: ["x"] }), held({ authors: ["x"] }, { authors: ["x"] })]).toEqual([undefined, "identified"]);
		expect([held({ encounters: ["x"] }), held({ encounters: ["x"] }, { encounter: "x" })]).toEqual([undefined, "identified"]);
		expect([held({ dataFromMs: 5 }), held({ dataFromMs: 6 })]).toEqual(["identified", undefined]);
	});

	it("[GA63] a class says its levels once each, and that it is restricted unless one grant holds nothing back", () => {
		const restrictions: readonly Partial<RecordFilter>[] = [
			...[{ anyLabel: ["hiv"] as const }, { conditions: ["x"] }, { records: ["x"] }, { authors: ["x"] }, { encounters: ["x"] }],
			...[{ dataFromMs: 0 }, { dataToMs: 0 }, { except: [{ records: ["x"] }] }],
		];
		const summary = (...filters: readonly RecordFilter[]) => summariseRelease(["notes"], decide(released("notes", ...filters)), logged).classes[0];
		const told = (isRestricted: boolean, ...of: readonly Level[]) => ({ class: "notes", status: "released", levels: of, restricted: isRestricted });
		expect(summary(filter())).toEqual(told(false, "identified"));
		for (const more of restrictions) {
			expect(summary(filter(more)), JSON.stringify(more)).toEqual(told(true, "identified"));
			expect(summary(filter(more), filter({ level: "pseudonymised" }), filter(more))).toEqual(told(false, "identified", "pseudonymised"));
		}
	});

	it("[GA6] an answer names its place, and of a refusal neither an end nor a duty; what was not decided about is not available", () => {
		const permitted = decide(released("notes", filter()), refused("vitals"));
		const place = {
			notice: "This record may be incomplete by the patient's choice.",
			access: { log: "l", leafIndex: 9, entryHash: "h" },
			decidedAtHeight: 3,
		};
		const none = (dataClass: DataClass) => ({ class: dataClass, status: "not-available", levels: [] });
		expect(summariseRelease(["vitals", "notes", "plans"], permitted, logged)).toEqual({
			...{ ...place, expiresAtMs: 7, obligations: ["no-redisclosure"] },
			classes: [none("vitals"), { class: "notes", status: "released", levels: ["identified"], restricted: false }, none("plans")],
		});
		expect(summariseRelease(["notes"], { ...permitted, decision: "deny", classes: [] }, logged)).toEqual({
			...{ ...place, classes: [none("notes")], expiresAtMs: null, obligations: [] },
		});
	});

	it("[GA6] what was erased between decision and opening is as if it had not been there; any other fault is one", async () => {
		expect(await unlessErased(async () => 7)).toBe(7);
		expect(await unlessErased(() => Promise.reject(new VaultError("VAULT_ERASED", "gone")))).toBeUndefined();
		await expect(unlessErased(() => Promise.reject(new VaultError("VAULT_INTEGRITY", "damage")))).rejects.toThrow("damage");
		await expect(unlessErased(() => Promise.reject(Object.assign(new Error("other"), { code: "VAULT_ERASED" })))).rejects.toThrow("other");
	});
});
