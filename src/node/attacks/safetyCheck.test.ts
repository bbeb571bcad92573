import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccessEntry, Provision } from "#contracts";
import type { ReleasedResource } from "#gate";
import { preventModelId } from "#insight";
import { type HistoryExport, listEntries } from "#wallet";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** A warning may leave of what a doctor may not see; the fact, its name and its kind may not. */
let small: SmallNetwork;
let patient: SmallPatient;
let silent: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Safe", given: "Sara", birthDate: "1963-03-03" });
	silent = await small.admit({ family: "Silent", given: "Sven", birthDate: "1963-03-03" });
	doctor = await small.hire("practitioner");
	await small.publishModel();
	// Everything but laboratory is refused, and the check is what the refusal excepts.
	const { level: _, ...all } = toPractitioners("north", ["medications", "allergies", "genomics"]);
	const checked: Provision = { type: "permit", purposes: ["PATSFTY"], models: [preventModelId], level: "compute" };
	const { purposes: __, ...anyPurpose } = all;
	await small.grant(patient, { ...anyPurpose, type: "deny", exceptions: [checked] });
	await small.grant(silent, toPractitioners("north", ["laboratory"]));
});
afterAll(() => small.close());

const order = { system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "723" };
const check = (run: (resources: readonly ReleasedResource[]) => unknown, of = patient, more: object = {}) =>
	small
		.institution()
		.gate.checkSafety(
			small.sign(doctor.key, { kind: "safety-check", patient: byLocal(of.localId), model: preventModelId, order, ...more }),
			async (resources) => (await run(resources)) as never,
		);

describe("a safety check", () => {
	it("[GA66] shows a named model what the doctor may not see, lets a warning out, and is told to the patient", async () => {
		const classes = ["medications", "allergies"] as const;
		const own = await small.read(doctor.key, byLocal(patient.localId), { classes });
		expect(own.resources).toEqual([]);
		let seen: readonly string[] = [];
		const answer = await check((resources) => {
			seen = resources.map(({ resource }) => resource.resourceType);
			return "stop";
		});
		expect(seen).toEqual(expect.arrayContaining(["MedicationRequest", "AllergyIntolerance"]));
		expect(answer).toMatchObject({
			warning: "stop",
			classes: [
				{ class: "medications", status: "checked" },
				{ class: "allergies", status: "checked" },
				{ class: "genomics", status: "checked" },
			],
		});
		// With its quotes: the hash of the entry holds any three digits now and then.
		expect(JSON.stringify(answer)).not.toMatch(/Marker|Medication|Allergy|"435"/);
		const history = (await small
			.institution()
			.gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }))) as HistoryExport;
		const told = listEntries(history)
			.map(({ entry }): AccessEntry => entry)
			.find(({ action }) => action === "compute");
		expect(told).toMatchObject({ purpose: "PATSFTY", model: preventModelId, decision: "permit", level: "compute" });
	});

	it("[GA66] a model that answers with what it saw is refused, and nothing of it leaves", async () => {
		for (const leak of ["Penicillin-Marker", { warning: "stop" }, undefined, ["stop"]]) {
			const error = await check(() => leak).catch((thrown: unknown) => thrown);
			expect(error).toBeInstanceOf(TypeError);
			expect(String((error as Error).stack)).not.toContain("Marker");
		}
	});

	it("[GA66] without the patient's leave, for another model or another's patient the check sees nothing, and says so", async () => {
		const see = async (of: SmallPatient | { readonly localId: string }) => {
			let count = -1;
			const answer = await check((resources) => {
				count = resources.length;
				return "none";
			}, of as SmallPatient);
			return { count, status: answer.classes.map(({ status }) => status) };
		};
		const nothing = { count: 0, status: ["not-available", "not-available", "not-available"] };
		expect(await see(silent)).toEqual(nothing);
		expect(await see({ localId: "nobody-of-this-id" })).toEqual(nothing);
		expect(await codeOf(check(() => "none", patient, { model: "another-model" }))).toBe("GATE_REQUEST_INVALID");
	});

	it("[GA66] no other door answers for its purpose: a read is not available, an insight refused", async () => {
		const classes = ["medications", "allergies"] as const;
		for (const level of ["identified", "pseudonymised"] as const) {
			const { resources } = await small.read(doctor.key, byLocal(patient.localId), { classes, purpose: "PATSFTY", level, model: preventModelId });
			expect(resources).toEqual([]);
		}
		const body = { kind: "read", patient: byLocal(patient.localId), purpose: "PATSFTY", classes, level: "compute", model: preventModelId };
		const insight = small.institution().gate.computeInsight(
			small.sign(doctor.key, body),
			() => undefined,
			async () => Promise.reject(new Error("ran")),
		);
		expect(await codeOf(insight)).toBe("GATE_REQUEST_INVALID");
	});
});
