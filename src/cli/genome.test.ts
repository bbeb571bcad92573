import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consent } from "./commands/consent.ts";
import { fsck } from "./commands/fsck.ts";
import { importCommand } from "./commands/import.ts";
import { pgx } from "./commands/pgx.ts";
import { read } from "./commands/read.ts";
import { serveDemo } from "./testing/servedDemo.ts";

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tNamed-By-Laboratory\n";
const line = (position: number, ref: string, alt: string, genotype: string) => `chr10\t${position}\t.\t${ref}\t${alt}\t.\tPASS\t.\tGT\t${genotype}\n`;
/** CYP2C19 *2 on one copy. */
const genome = header + line(94_775_367, "A", "G", "0/1") + line(94_781_859, "G", "A", "0/1") + line(94_842_866, "A", "G", "1/1");

let demo: Awaited<ReturnType<typeof serveDemo>>;
const inHome = (name: string) => join(demo.home, name);

beforeAll(async () => {
	demo = await serveDemo();
	writeFileSync(inHome("walter.vcf.gz"), gzipSync(genome));
	const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
	const grant = ["grant", "--person", "walter-lehmann", "--member", "lindenhof", "--to", "lindenhof", "--classes", "genomics", "--purpose", "TREAT"];
	expect(await demo.run(consent, [...grant, "--until", until, "--yes"])).toMatchObject({ exit: 0 });
}, 60_000);
afterAll(() => demo?.close());

const ask = (staff: string, ...more: readonly string[]) =>
	demo.run(pgx, ["--staff", staff, "--person", "walter-lehmann", "--member", "lindenhof", ...more]);

describe("a genome at a node", () => {
	it("is sealed from a file, told what it was seen to be, and reported on from its chunks", async () => {
		const filed = await demo.run(importCommand, [inHome("walter.vcf.gz"), "--person", "walter-lehmann", "--member", "lindenhof"]);
		expect(filed).toMatchObject({ exit: 0, err: "" });
		expect(filed.out).toMatch(/DiagnosticReport\/[0-9a-f]{32}: 3 records .*gzip, packed with bgzip.*indexed; GRCh38 by 3 reference alleles/);
		const report = await ask("dr-adler", "--drug", "clopidogrel");
		expect(report).toMatchObject({ exit: 0 });
		expect(report.out).toMatch(/From the sealed genome of DiagnosticReport\/[0-9a-f]{32}: 1 of its 1 chunks were opened/);
		expect(report.out).toMatch(/CYP2C19 {2}\*1\/\*2\n {9}Intermediate Metabolizer/);
		expect(report.out).toContain("clopidogrel");
		expect(report.out).toMatch(/Entry \d+ of access log lindenhof-1/);
		expect(report.out).not.toContain("Named-By-Laboratory");
		const json = JSON.parse((await ask("dr-adler", "--json")).out) as { genomes: number; result: { genes: { gene: string }[] } };
		expect(json.genomes).toBe(1);
		expect(json.result.genes.length).toBeGreaterThan(20);
	});

	it("may be reported on by the model that the patient named, to who may not read it", async () => {
		const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
		const who = ["--person", "james-okafor", "--member", "lindenhof"];
		writeFileSync(inHome("james.vcf"), genome);
		const filed = await demo.run(importCommand, [inHome("james.vcf"), ...who]);
		expect(filed, filed.err).toMatchObject({ exit: 0 });
		const compute = ["--staff", "dr-adler", ...who, "--level", "compute"];
		expect((await demo.run(pgx, compute)).exit).toBe(77);
		const grant = [
			"grant",
			...who,
			"--to",
			"lindenhof",
			"--classes",
			"genomics",
			"--purpose",
			"TREAT",
			"--level",
			"compute",
			"--models",
			"pgx-genome",
		];
		expect(await demo.run(consent, [...grant, "--until", until, "--yes"])).toMatchObject({ exit: 0 });
		expect((await demo.run(pgx, compute)).out).toMatch(/CYP2C19 {2}\*1\/\*2/);
		expect((await demo.run(pgx, compute.slice(0, -2))).exit).toBe(77);
	});

	it("is not available to who may not read it, and says no more than that", async () => {
		const refused = await ask("dr-marsh");
		expect(refused.exit).toBe(77);
		expect(refused.err).toContain("not available to you");
		expect(refused.out).toBe("");
	});

	it("shows its Provenance among the records", async () => {
		const args = ["--staff", "dr-adler", "--person", "walter-lehmann", "--member", "lindenhof", "--classes", "genomics"];
		const shown = await demo.run(read, [...args, "--json"]);
		const { resources } = JSON.parse(shown.out) as { resources: { resource: { resourceType: string } }[] };
		expect(resources.map(({ resource }) => resource.resourceType)).toContain("Provenance");
	});

	it.each([
		["a line that cannot be read", genome.replace("94781859", "here"), "line 4", 65],
		["lines out of order", genome + line(5, "A", "G", "0/1"), "line 6", 65],
		["a genotype out of range", genome + line(94_842_867, "A", "G", "0/7"), "line 6", 65],
	])("is refused for %s, with its number", async (_what, content, told, exit) => {
		writeFileSync(inHome("bad.vcf"), content);
		const refused = await demo.run(importCommand, [inHome("bad.vcf"), "--person", "walter-lehmann", "--member", "lindenhof"]);
		expect(refused.exit).toBe(exit);
		expect(refused.err).toContain(told);
		expect(refused.err).toContain("nothing of this file is imported");
	});

	it("needs somebody whose it is, and a file that is there", async () => {
		expect((await demo.run(importCommand, [inHome("walter.vcf.gz"), "--member", "lindenhof"])).exit).toBe(64);
		expect((await demo.run(importCommand, [inHome("walter.vcf.gz"), "--patient", "x"])).exit).toBe(64);
		expect((await demo.run(importCommand, [inHome("none.vcf"), "--person", "walter-lehmann", "--member", "lindenhof"])).exit).toBe(66);
		expect((await demo.run(importCommand, [inHome("walter.vcf.gz"), "--patient", "nobody", "--member", "lindenhof"])).exit).toBe(65);
	});

	it("works on a stopped folder too, whose audit counts genomes and indexes and finds nothing", async () => {
		await demo.stop();
		expect((await ask("dr-adler")).out).toMatch(/CYP2C19 {2}\*1\/\*2/);
		const audit = await demo.run(fsck, ["--json"]);
		expect(audit, audit.err).toMatchObject({ exit: 0 });
		const { members } = JSON.parse(audit.out) as { members: { member: string; objects: number }[] };
		expect(members.find(({ member }) => member === "lindenhof")?.objects, "two genomes, each with its index").toBe(4);
	});
});
