import { describe, expect, it } from "vitest";
import type { Instant, MemberId, Pseudonym, SubjectId } from "#base";
import type { AccessEntryDraft } from "#contracts";
import type { Candidate } from "./candidates.ts";
import { type CohortQuestion, openCohort } from "./openCohort.ts";
import type { GateParts } from "./parts.ts";

const candidates = Array.from({ length: 600 }, (_, i): Candidate => {
	const id = i.toString(16).padStart(64, "0");
	const patient = { subject: id.slice(32) as SubjectId, pseudonym: id as Pseudonym, absent: false, erased: new Set<never>() };
	return {
		patient,
		decision: { decision: "permit", reasons: ["PERMITTED_BY_CONSENT"], consents: [], classes: [] } as unknown as Candidate["decision"],
	};
});

const question: CohortQuestion = {
	signer: { key: "11".repeat(32), via: "clinic-a" } as never,
	at: 0 as Instant,
	told: { action: "aggregate", purpose: "HRESCH", level: "aggregate" },
	classesOf: () => ["vitals", "conditions"],
};

interface Told {
	readonly leaves: (readonly AccessEntryDraft[])[];
	readonly events: string[];
}

/** Log, keyring and store that say what they were asked; the leaf of the number given is not written. */
function partsThatTell({ leaves, events }: Told, failing = -1): GateParts {
	return {
		member: "clinic-a" as MemberId,
		memberKey: { publicKey: "22".repeat(32) },
		ledger: { head: () => ({ height: 3 }), stalenessMs: () => 0 },
		store: {
			listRecords: async (subject: string, compartments: readonly string[]) => {
				events.push(`list ${Number.parseInt(subject, 16)} ${compartments.join("+")}`);
				return [];
			},
			getDataKeys: async () => [],
		},
		log: {
			appendCohort: async (items: readonly { readonly draft: AccessEntryDraft }[]) => {
				const leaf = leaves.push(items.map(({ draft }) => draft)) - 1;
				// A disk takes its time.
				await new Promise((resolve) => setImmediate(resolve));
				if (leaf === failing) throw new Error("disk full");
				for (const { draft } of items) events.push(`durable ${Number.parseInt(draft.pseudonym, 16)}`);
				return items.map(({ draft }) => ({ entry: draft }));
			},
		},
		keyring: {
			unwrap: async ({ entry }: { readonly entry: AccessEntryDraft }) => {
				events.push(`unwrap ${Number.parseInt(entry.pseudonym, 16)}`);
				return [];
			},
		},
	} as unknown as GateParts;
}

describe("a question over many patients", () => {
	it("[GA121] is written down in leaves of at most 256, and answered in the order of its candidates", async () => {
		const told: Told = { leaves: [], events: [] };
		const results = await openCohort(partsThatTell(told), candidates, question, ({ patient }) => patient.pseudonym);
		expect(told.leaves.map((leaf) => leaf.length)).toEqual([256, 256, 88]);
		expect(told.leaves.flat().map(({ pseudonym }) => pseudonym)).toEqual(candidates.map(({ patient }) => patient.pseudonym));
		expect(results).toEqual(candidates.map(({ patient }) => patient.pseudonym));
		expect(told.leaves[0]![0]).toMatchObject({
			...question.told,
			compartments: ["conditions", "vitals"],
			decision: "permit",
			count: 0,
			requesterKind: "person",
		});
	});

	it("[GA120] opens nobody before the leaf with that patient's entry is durable", async () => {
		const told: Told = { leaves: [], events: [] };
		await openCohort(partsThatTell(told), candidates, question, () => true);
		for (const { patient } of candidates) {
			const number = Number.parseInt(patient.pseudonym, 16);
			const [durable, unwrapped] = [told.events.indexOf(`durable ${number}`), told.events.indexOf(`unwrap ${number}`)];
			expect(durable).toBeGreaterThan(-1);
			expect(unwrapped).toBeGreaterThan(durable);
		}
	});

	it("[GA121] opens nobody of a leaf that was not written, and asks for no further one", async () => {
		const told: Told = { leaves: [], events: [] };
		await expect(openCohort(partsThatTell(told, 0), candidates, question, () => true)).rejects.toThrow("disk full");
		expect(told.leaves).toHaveLength(2);
		const opened = told.events.filter((event) => event.startsWith("unwrap")).map((event) => Number(event.split(" ")[1]));
		expect(opened.every((number) => number >= 256 && number < 512)).toBe(true);
	});

	it("[GA121] of nobody is no question", async () => {
		const told: Told = { leaves: [], events: [] };
		expect(await openCohort(partsThatTell(told), [], question, () => true)).toEqual([]);
		expect(told).toEqual({ leaves: [], events: [] });
	});
});
