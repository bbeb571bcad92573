import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { prepareBundle } from "#fhir";
import { readGenotypes } from "#genomics";
import { pgx } from "../commands/pgx.ts";
import { explainError } from "../explainError.ts";
import { createRecordingIo } from "../testing/recordingIo.ts";

const folder = mkdtempSync(join(tmpdir(), "pgx-genome-fhir-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tpatient\n";
const line = (position: number, ref: string, alt: string, genotype: string) => `chr10\t${position}\t.\t${ref}\t${alt}\t.\tPASS\t.\tGT\t${genotype}\n`;
const variants = header + line(94_775_367, "A", "G", "0/1") + line(94_781_859, "G", "A", "0/1") + line(94_842_866, "A", "G", "1/1");
const patient = { resourceType: "Patient", id: randomUUID(), name: [{ family: "Doe" }], gender: "female" };

function write(name: string, content: string): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

async function run(...args: string[]) {
	const io = createRecordingIo();
	const exit = await pgx.run(args, io).catch((error: unknown) => explainError(error, io));
	return { exit, text: io.text(), notes: io.notes.join("\n") };
}

describe("aceso pgx --fhir", () => {
	it("[GN24] is a Bundle that an import takes, of class genomics alone, and no label lies on a Genotype", async () => {
		const { exit, text, notes } = await run(write("a.vcf", variants), "--fhir", "--patient", write("patient.json", JSON.stringify(patient)));
		expect({ exit, notes }).toMatchObject({ exit: 0, notes: expect.stringMatching(/^\d+ resources, valid FHIR R4 by Aceso's validator$/) });
		const prepared = await prepareBundle(async function* () {
			yield new TextEncoder().encode(text);
		});
		const genotypes = [];
		for await (const { resource, description, patient: owner } of prepared.resources()) {
			expect(owner).toBe(`Patient/${patient.id}`);
			if (resource.resourceType === "Patient") continue;
			expect(description.classes).toEqual(["genomics"]);
			if (!JSON.stringify(resource["code"]).includes("84413-4")) continue;
			expect(description.labels).toEqual([]);
			genotypes.push(resource);
		}
		const calls = readGenotypes(genotypes).calls.filter(({ gene }) => gene === "CYP2C19");
		expect(calls.map(({ alleles }) => alleles.join("/"))).toEqual(["*1/*2"]);
	});

	it.each([
		["something else", { resourceType: "Observation", id: randomUUID() }],
		["a Patient without a UUID", { ...patient, id: "1" }],
		["an invalid Patient", { ...patient, gender: "purple" }],
		["null", null],
	])("refuses %s in place of a Patient", async (_what, content) => {
		const { exit, text } = await run(write("b.vcf", variants), "--fhir", "--patient", write("other.json", JSON.stringify(content)));
		expect({ exit, text }).toEqual({ exit: 65, text: "" });
	});
});
