import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AccessEntry, DataClass } from "#contracts";
import type { ClassTable, LabelTable } from "#fhir";
import { type HistoryExport, listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { restoreRecords } from "../restore.ts";
import { planted, plantedClasses, plantedLabels } from "../testing/plantedTables.ts";
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

/** A code that yesterday's table did not know for sensitive must not leave by yesterday's labels once today's table is here. */
const members = smallMembers.slice(0, 1);
const classes: readonly DataClass[] = ["conditions", "medications", "other"];
interface Knowledge {
	readonly lazy: <Value>(make: () => Value) => () => Value;
	readonly getClassTable: () => ClassTable;
	readonly getLabelTable: () => LabelTable;
}
const knowledge = "../../fhir/describe/knowledge.ts";

let small: SmallNetwork;
let patient: SmallPatient;
let doctor: Staff;

beforeEach(async () => {
	small = await openSmallNetwork({ members });
	doctor = await small.hire("practitioner");
	patient = await admit("Tabor");
	await small.grant(patient, toPractitioners("north", classes));
});
afterEach(async () => {
	await small.close();
	vi.doUnmock(knowledge);
	vi.resetModules();
});

const names = { condition: randomUUID(), medication: randomUUID(), survey: randomUUID() };

function admit(family: string): Promise<SmallPatient> {
	const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
	return small.admit({
		family,
		given: "Tilda",
		birthDate: "1970-01-01",
		more: (subject) => [
			{ resourceType: "Condition", id: names.condition, code: coded("http://snomed.info/sct", planted.labelled), subject },
			{
				resourceType: "MedicationRequest",
				id: names.medication,
				status: "active",
				intent: "order",
				medicationCodeableConcept: coded("http://www.nlm.nih.gov/research/umls/rxnorm", "435"),
				subject,
				reasonReference: [{ reference: `urn:uuid:${names.condition}` }],
			},
			{ resourceType: "Observation", id: names.survey, status: "final", code: coded("http://loinc.org", planted.moved), subject, valueInteger: 3 },
		],
	});
}

/** Closes the network and opens its folder with the code of a version to come: every module is loaded anew, with the planted tables. */
async function openWithNewerTables(): Promise<void> {
	await small.close();
	vi.resetModules();
	vi.doMock(knowledge, async (original) => {
		const actual = await original<Knowledge>();
		return {
			...actual,
			getLabelTable: actual.lazy(() => plantedLabels(actual.getLabelTable())),
			getClassTable: actual.lazy(() => plantedClasses(actual.getClassTable())),
			getTableVersion: () => "planted",
		};
	});
	const newer = (await import("../testing/smallNetwork.ts")) as { openSmallNetwork: typeof openSmallNetwork };
	small = await newer.openSmallNetwork({ folder: small.folder, members });
}

const gate = () => small.institution().gate;
async function idsOf(read: Partial<Parameters<SmallNetwork["read"]>[2]> = {}, key = doctor.key): Promise<readonly unknown[]> {
	const { resources } = await small.read(key, byLocal(patient.localId), { classes, ...read });
	return resources.map(({ resource }) => resource["id"]);
}
const subjectOf = async () => (await small.institution().keyring.subjectOf(patient.pseudonym))!;

async function entries(): Promise<readonly AccessEntry[]> {
	const body = { kind: "history", patient: byPseudonym(patient.pseudonym) };
	const history = (await gate().showHistory(small.sign(patient.key, body))) as HistoryExport;
	return listEntries(history).map(({ entry }) => entry);
}

describe("a newer table", () => {
	it("[GA70] answers nobody by old labels, and does not tell who is there meanwhile", async () => {
		expect(await idsOf()).toEqual(expect.arrayContaining(Object.values(names)));
		await openWithNewerTables();
		const { log } = small.institution();
		const written: number[] = [];
		for (const localId of [patient.localId, "nobody-of-this-id"]) {
			const before = log.size();
			expect(await codeOf(small.read(doctor.key, byLocal(localId), { classes }))).toBe("GATE_RELABELLING");
			written.push(log.size() - before);
		}
		expect(written[0]).toBe(written[1]);
		const own = small.read(patient.key, byPseudonym(patient.pseudonym), { purpose: "PATRQT", classes });
		expect(await codeOf(own)).toBe("GATE_RELABELLING");
		const code = { system: "http://snomed.info/sct", code: planted.labelled };
		const asked = {
			releaseCohort: { kind: "cohort", purpose: "HRESCH", study: "s", classes: ["conditions"], level: "deidentified" },
			countPatients: { kind: "count", purpose: "HRESCH", class: "conditions", code, epsilonMilli: 100 },
		} as const;
		for (const [method, body] of Object.entries(asked)) {
			const before = log.size();
			expect(await codeOf(gate()[method as keyof typeof asked](small.sign(doctor.key, body))), method).toBe("GATE_RELABELLING");
			expect(log.size(), method).toBe(before + 1);
		}
		const body = { kind: "read", patient: byLocal(patient.localId), purpose: "TREAT", classes, level: "compute", model: "m" };
		expect(
			await codeOf(
				gate().computeInsight(
					small.sign(doctor.key, body),
					() => undefined,
					async () => Promise.reject(new Error("ran")),
				),
			),
		).toBe("GATE_RELABELLING");
		expect(await codeOf(small.importPerson({ family: "New", given: "N", birthDate: "1980-01-01" }))).toBe("GATE_RELABELLING");
		const app = createInstitutionApp(small.network, small.institution());
		expect((await app.inject("/ready")).statusCode).toBe(503);
		await app.close();
	});

	it("[GA70] [GA72] [GA73] [GA75] releases by the new labels and classes when it is done, also what refers to what changed", async () => {
		await openWithNewerTables();
		await gate().relabel();
		expect(gate().isRelabelling()).toBe(false);
		expect(await idsOf()).not.toEqual(expect.arrayContaining([names.condition]));
		expect(await idsOf()).not.toEqual(expect.arrayContaining([names.medication]));
		expect(await idsOf(), "its older version lies in `other`").not.toEqual(expect.arrayContaining([names.survey]));
		const labels = ["mental-health"] as const;
		await small.grant(patient, toPractitioners("north", [...classes, "vitals"], { labels }));
		const all = await idsOf({ classes: [...classes, "vitals"] });
		expect(all).toEqual(expect.arrayContaining(Object.values(names)));
		expect(new Set(all).size).toBe(all.length);
		expect(await idsOf({ classes: ["vitals"] })).toContain(names.survey);
		const told = (await entries()).filter(({ action }) => action === "relabel");
		expect(told).toMatchObject([{ requesterKind: "system", purpose: "SYSTEM", decision: "permit" }]);
		expect(told[0]?.compartments).toEqual(expect.arrayContaining(["conditions", "medications", "other"]));
	});

	it("[GA72] only what changed is filed again, and nothing at the next start", async () => {
		const { store } = small.institution();
		const leaves = async (of: typeof store) => {
			let count = 0;
			for await (const _ of of.leaves()) count++;
			return count;
		};
		const before = await leaves(store);
		await openWithNewerTables();
		await gate().relabel();
		// Two conditions of the code (one is the small bundle's own), the medicine that refers to one of them, the survey.
		expect(await leaves(small.institution().store)).toBe(before + 4);
		await openWithNewerTables();
		const { log } = small.institution();
		const size = log.size();
		expect(gate().isRelabelling()).toBe(false);
		await gate().relabel();
		expect(log.size()).toBe(size);
	});

	it("[GA71] an emergency gets its patient labelled first; who may not read gets nobody labelled", async () => {
		await admit("Other");
		await openWithNewerTables();
		const emergency = { purpose: "ETREAT", emergencyReason: "unconscious, no papers" } as const;
		const stranger = { ...doctor, key: small.network.institution("north").memberKey };
		const { log } = small.institution();
		const before = log.size();
		await small.read(stranger.key, byLocal(patient.localId), { ...emergency, classes });
		expect(log.size() - before, "the look at the reference and the refusal").toBe(2);
		expect(await idsOf(emergency)).toContain(names.condition);
		expect(await idsOf({ ...emergency, classes: ["vitals"] })).toContain(names.survey);
		expect((await entries()).filter(({ action }) => action === "relabel")).toHaveLength(1);
		expect(gate().isRelabelling(), "the others still wait").toBe(true);
	});

	it("[GA73] what turns out to be of an erased class does not come back by it", async () => {
		await gate().erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: ["vitals"] }));
		await openWithNewerTables();
		await gate().relabel();
		const own = await small.read(patient.key, byPseudonym(patient.pseudonym), { purpose: "PATRQT", classes: ["vitals", "other", "conditions"] });
		const ids = own.resources.map(({ resource }) => resource["id"]);
		expect(ids).toContain(names.condition);
		expect(ids).not.toContain(names.survey);
	});

	it("[GA74] a mark copied from another patient, or written by hand, does not stand for labels", async () => {
		const other = await admit("Copied");
		const otherSubject = await small.institution().keyring.subjectOf(other.pseudonym);
		const subject = await subjectOf();
		await openWithNewerTables();
		await gate().relabel();
		await small.close();
		const file = new DatabaseSync(join(small.folder, "members", "north", "vault.db"));
		file.prepare("UPDATE labelled SET token = (SELECT token FROM labelled WHERE subject = ?) WHERE subject = ?").run(otherSubject!, subject);
		file.close();
		await openWithNewerTables();
		expect(gate().isRelabelling()).toBe(true);
	});

	it("[GA74] a restored backup of before is labelled again before it answers", async () => {
		const backup = join(small.folder, "old.backup");
		await small.institution().backup(backup);
		await openWithNewerTables();
		await gate().relabel();
		await small.close();
		await restoreRecords({ folder: small.folder, member: "north", backup });
		await openWithNewerTables();
		expect(await codeOf(idsOf())).toBe("GATE_RELABELLING");
		await gate().relabel();
		expect(await idsOf()).not.toEqual(expect.arrayContaining([names.condition]));
	});

	it("[GA70] an erasure goes on meanwhile, and whoever is gone needs no labels", async () => {
		await openWithNewerTables();
		await gate().erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" }));
		expect(gate().isRelabelling()).toBe(false);
	});
});
