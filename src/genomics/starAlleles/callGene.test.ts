import { describe, expect, it } from "vitest";
import { loadCaller } from "../testing/knowledgeFiles.ts";
import { callPgx, type PgxOptions } from "./callPgx.ts";
import type { GeneResult } from "./geneResult.ts";
import { parseOutsideCalls } from "./outsideCalls.ts";

const header = "##fileformat=VCFv4.4\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n";

/** A gene with every position reference, but for genotypes by rsid or position; null leaves the line out. */
async function call(gene: string, genotypes: Readonly<Record<string, string | null>>, options: PgxOptions = {}): Promise<GeneResult> {
	const definition = loadCaller().knowledge.genes.get(gene)?.definition;
	const copies = genotypes["copies"] ?? "0/0";
	const lines = (definition?.positions ?? []).flatMap(({ position, rsid, ref, alts }) => {
		const genotype = genotypes[rsid ?? ""] ?? genotypes[position];
		if (genotypes[rsid ?? ""] === null || genotypes[position] === null) return [];
		const [value = "", set] = (genotype ?? copies).split(":");
		const fields = [definition?.chromosome, position, ".", ref, alts.join(","), ".", "PASS", ".", set === undefined ? "GT" : "GT:PS"];
		return [`${[...fields, set === undefined ? value : `${value}:${set}`].join("\t")}\n`];
	});
	const report = await callPgx(loadCaller(), { bytes: [Buffer.from(header + lines.join(""))] }, options);
	return report.genes.find((each) => each.gene === gene) as GeneResult;
}

const namesOf = ({ diplotypes }: GeneResult) => diplotypes.map(({ name }) => name);

describe("diplotypes", () => {
	const tpmt = { rs1800460: "0/1", rs1142345: "0/1" };

	it("[GN15] of unknown phase are all that fit; the phase leaves one", async () => {
		expect(namesOf(await call("TPMT", tpmt, { allMatches: true }))).toEqual(["*1/*3A", "*3B/*3C"]);
		expect(namesOf(await call("TPMT", { rs1800460: "0|1", rs1142345: "0|1" }, { allMatches: true }))).toEqual(["*1/*3A"]);
		expect(namesOf(await call("TPMT", { rs1800460: "0|1", rs1142345: "1|0" }))).toEqual(["*3B/*3C"]);
	});

	it("[GN15] keep the phase within a set and none between sets", async () => {
		const inSets = (first: string, second: string) => call("TPMT", { rs1800460: first, rs1142345: second }, { allMatches: true });
		expect(namesOf(await inSets("0|1:7", "1|0:7"))).toEqual(["*3B/*3C"]);
		expect(namesOf(await inSets("0|1:7", "1|0:8"))).toEqual(["*1/*3A", "*3B/*3C"]);
		// A slash makes the set meaningless.
		expect(namesOf(await inSets("0/1:7", "1|0:7"))).toEqual(["*1/*3A", "*3B/*3C"]);
	});

	it("[GN15] are given together when they explain equally many sites", async () => {
		const { diplotypes, phenotypes } = await call("CYP2C19", { rs3758581: null, rs17885179: null, rs17882687: "1/1", rs113934938: "0/1" });
		expect(diplotypes.map(({ score }) => score)).toEqual(diplotypes.map(() => diplotypes[0]?.score));
		expect(phenotypes).toHaveLength(diplotypes.length);
	});

	it("[GN15] are found at once with 60 heterozygous sites of unknown phase", async () => {
		const positions = loadCaller().knowledge.genes.get("CYP2C9")?.definition?.positions ?? [];
		const all = Object.fromEntries(positions.slice(0, 60).map(({ position }) => [position, "0/1"]));
		expect((await call("CYP2C9", all)).noCall).toBe("noMatch");
		expect((await call("CYP2C9", all, { combinations: true })).noCall).toBe("tooManyUnphased");
	});

	it("[GN15] do not depend on the order of the copies, nor on that of the file's alternatives", async () => {
		const turned = await call("CYP2C19", { rs12769205: "1/0", rs4244285: "0/1", rs3758581: "1/1" });
		expect(namesOf(turned)).toEqual(["*1/*2"]);
	});
});

describe("missing sites", () => {
	it("[GN16] name the alleles that cannot be told apart: never *1 in silence", async () => {
		const result = await call("CYP3A5", { rs776746: null });
		expect(namesOf(result)).toEqual(["*1/*1"]);
		expect(result.missing).toMatchObject([{ position: { rsid: "rs776746" }, reason: "absent", alleles: ["*3"] }]);
		expect(result.indistinguishable).toEqual({ "*1": ["*3"] });
		expect(result.unseenAlleles).toEqual(["*3"]);
		expect(result.notes).toContain("amp1PositionMissing");
	});

	it("[GN16] for every gene and every position: whatever a missing position hides is said", async () => {
		for (const { gene, definition } of loadCaller().knowledge.genes.values()) {
			if (definition === undefined || definition.positions.length > 100) continue;
			for (const [index, { position }] of definition.positions.entries()) {
				const result = await call(gene, { [position]: null });
				const onlyThere = definition.alleles
					.filter(({ reference, sites }) => !reference && sites.size === 1 && sites.has(index))
					.map(({ name }) => name);
				if (result.noCall !== undefined) continue;
				expect(result.missing.map((each) => each.position.position)).toEqual([position]);
				const hidden = Object.values(result.indistinguishable).flat();
				expect({ gene, position, unsaid: onlyThere.filter((name) => !hidden.includes(name)) }).toEqual({ gene, position, unsaid: [] });
			}
		}
	});

	it("[GN16] of NAT2 that are required mean no call", async () => {
		expect(await call("NAT2", { rs1801279: null })).toMatchObject({ noCall: "requiredPositionMissing", diplotypes: [], phenotypes: [] });
	});

	it("[GN16] a half-called genotype is no call", async () => {
		expect(await call("CYP2C19", { rs4244285: "./1" })).toMatchObject({ noCall: "halfCalled", diplotypes: [] });
		expect(await call("DPYD", { rs3918290: ".|1" })).toMatchObject({ noCall: undefined, diplotypes: [{ name: "Reference/c.1905+1G>A (*2A)" }] });
	});

	it.each([".|1", "0|.", "./0"])("[GN16] DPYD: the copy that %s says nothing of is read as reference, and that is told", async (genotype) => {
		const { notes, halfCalled } = await call("DPYD", { rs3918290: genotype });
		expect([notes.includes("halfCalledReadAsReference"), halfCalled.map(({ rsid }) => rsid)]).toEqual([true, ["rs3918290"]]);
		expect((await call("DPYD", { rs3918290: "0|1" })).notes).not.toContain("halfCalledReadAsReference");
	});

	it("[GN16] one copy where two are expected is missing, not homozygous", async () => {
		const result = await call("CYP2C19", { rs4244285: "1" });
		expect(result.missing).toMatchObject([{ reason: "ploidy" }]);
		expect(namesOf(result)).toEqual(["*38/*38"]);
	});
});

describe("what no pair of alleles explains", () => {
	it("[GN17] is named in combinations and single changes only when asked", async () => {
		const odd = { rs12248560: "0|1", rs4244285: "0|1", rs12769205: "0|1" };
		expect((await call("CYP2C19", odd)).noCall).toBe("noMatch");
		const asked = await call("CYP2C19", odd, { combinations: true });
		expect(namesOf(asked).every((name) => /\[.* \+ .*\]|g\./.test(name))).toBe(true);
		expect(asked.phenotypes.every(({ phenotype }) => phenotype === undefined)).toBe(true);
	});

	it("[GN20] is no call where a change is unknown; in TPMT it is read as reference and noted", async () => {
		const extra = async (gene: string, position: number, ref: string, alt: string, chromosome: string) => {
			const definition = loadCaller().knowledge.genes.get(gene)?.definition;
			const lines = (definition?.positions ?? []).map((each) =>
				each.position === position
					? `${chromosome}\t${position}\t.\t${ref}\t${alt}\t.\tPASS\t.\tGT\t0/1\n`
					: `${chromosome}\t${each.position}\t.\t${each.ref}\t${each.alts.join(",")}\t.\tPASS\t.\tGT\t0/0\n`,
			);
			const report = await callPgx(loadCaller(), { bytes: [Buffer.from(header + lines.join(""))] });
			return report.genes.find((each) => each.gene === gene) as GeneResult;
		};
		const noCall = await extra("CYP2C19", 94_781_859, "G", "T", "chr10");
		expect(noCall).toMatchObject({ noCall: "noMatch", undocumented: [{ rsid: "rs4244285" }] });
		const read = await extra("TPMT", 18_143_724, "C", "A", "chr6");
		expect(read).toMatchObject({ noCall: undefined, diplotypes: [{ name: "*1/*1" }], undocumented: [{ position: 18_143_724 }] });
		expect(read.notes).toContain("undocumentedReadAsReference");
	});
});

describe("genes with rules of their own", () => {
	it("[GN18] DPYD of unknown phase lists what was found, and the two worst decide", async () => {
		const result = await call("DPYD", { rs67376798: "0/1", rs1801265: "0/1", rs3918290: "0/1" });
		expect(result.haplotypes).toEqual(["c.85T>C (*9A)", "c.1905+1G>A (*2A)", "c.2846A>T"]);
		expect(result.phenotypes).toMatchObject([{ alleles: [{ name: "c.1905+1G>A (*2A)" }, { name: "c.2846A>T" }], activityScore: "0.5" }]);
	});

	it("[GN18] DPYD with the phase known is judged copy by copy", async () => {
		const result = await call("DPYD", { rs67376798: "0|1", rs3918290: "0|1" });
		expect(namesOf(result)).toEqual(["Reference/[c.1905+1G>A (*2A) + c.2846A>T]"]);
		expect(result.phenotypes).toMatchObject([{ alleles: [{ name: "Reference" }, { name: "c.1905+1G>A (*2A)" }], activityScore: "1.0" }]);
	});

	it("[GN18] the exonic variant of HapB3 without the intronic one is not HapB3, and says so", async () => {
		const tested = await call("DPYD", { rs56038477: "0/1" });
		expect(tested).toMatchObject({ diplotypes: [{ name: "Reference/Reference" }], notes: ["dpydHapB3ExonicWithoutIntronic"] });
		const untested = await call("DPYD", { rs56038477: "0/1", rs75017182: null });
		expect(namesOf(untested)).toEqual(["Reference/c.1129-5923C>G, c.1236G>A (HapB3)"]);
		expect(untested.notes).toContain("dpydHapB3ExonicOnly");
	});

	it("[GN19] G6PD of one copy is one allele, of two a pair", async () => {
		const male = await call("G6PD", { copies: "0", rs1050828: "1", rs1050829: "1" });
		expect(namesOf(male)).toEqual(["A- 202A_376G"]);
		expect(male.phenotypes).toMatchObject([{ phenotype: "Deficient" }]);
		const female = await call("G6PD", { rs1050828: "0/1", rs1050829: "0/1" });
		expect(namesOf(female)).toContain("A- 202A_376G/B (reference)");
	});

	it("[GN21] CYP2D6 and MT-RNR1 are never called from a file", async () => {
		const report = await callPgx(loadCaller(), { bytes: [Buffer.from(`${header}chr22\t42126611\t.\tC\tG\t.\tPASS\t.\tGT\t1/1\n`)] });
		for (const gene of ["CYP2D6", "MT-RNR1", "HLA-A", "HLA-B"])
			expect(report.genes.find((each) => each.gene === gene)).toMatchObject({ source: "none", noCall: "outsideCallNeeded", diplotypes: [] });
	});
});

describe("calls from elsewhere", () => {
	const outside = (text: string) => call("CYP2C19", { rs4244285: "0/1", rs12769205: "0/1", rs3758581: "1/1" }, { outside: parseOutsideCalls(text) });

	it("[GN21] stand before the file's own, which is said", async () => {
		const result = await outside("CYP2C19\t*17/*1");
		expect(result).toMatchObject({ source: "outside", diplotypes: [{ name: "*1/*17" }], phenotypes: [{ phenotype: "Rapid Metabolizer" }] });
		expect(result.notes).toContain("outsideCallPreferred");
	});

	it("[GN21] with a phenotype that is not the table's keep it, and say so", async () => {
		const result = await outside("CYP2C19\t*1/*2\tPoor Metabolizer");
		expect(result).toMatchObject({ phenotypes: [{ phenotype: "Poor Metabolizer" }] });
		expect(result.notes).toContain("outsidePhenotypeDiffers");
	});

	it("[GN21] of a copy number beyond the table's are read as its largest class", async () => {
		const report = await callPgx(loadCaller(), { bytes: [Buffer.from(header)] }, { outside: parseOutsideCalls("CYP2D6\t*1x5/*4.001") });
		const result = report.genes.find(({ gene }) => gene === "CYP2D6");
		expect(result).toMatchObject({
			diplotypes: [{ name: "*1x5/*4" }],
			phenotypes: [{ alleles: [{ name: "*1x≥3" }, { name: "*4" }] }],
			notes: ["copyNumberClass"],
		});
	});

	it.each(["*1/*2", "CYP2D6", "CYP2D6\t*1", "CYP2D6\t*1/*2/*3", "CYP2D6\t\t\t", "cyp2d6\t*1/*1", "CYP2D6\t*1/*1\ta\tb\tc"])(
		"[GN21] that cannot be read are refused with the line: %j",
		(line) => {
			const read = () => parseOutsideCalls(`# calls\n${line}`);
			expect(read).toThrowError(expect.objectContaining({ code: "PGX_OUTSIDE_CALL_INVALID", details: expect.objectContaining({ line: 2 }) }));
		},
	);

	it("[GN22] an allele that the table does not know has no phenotype", async () => {
		const result = await outside("CYP2C19\t*1/*999");
		expect(result.phenotypes).toEqual([
			{
				alleles: [
					{ name: "*1", function: "Normal function", activity: undefined },
					{ name: "*999", function: undefined, activity: undefined },
				],
				...{ phenotype: undefined, activityScore: undefined, lookup: undefined },
			},
		]);
	});

	it("[GN22] save where the other allele decides whatever it is: malignant hyperthermia is not hidden by an allele nobody has judged", async () => {
		const table = loadCaller().knowledge.genes.get("RYR1");
		const judged = (name: string) => table?.phenotypes?.functions.get(name);
		const positions = table?.definition?.positions ?? [];
		const alleles = table?.definition?.alleles.filter(({ reference, sites }) => !reference && sites.size === 1) ?? [];
		const malignant = alleles.find(({ name }) => judged(name)?.function?.includes("Malignant"));
		const unjudged = alleles.find(
			({ name, sites }) => judged(name) === undefined && positions[[...sites.keys()][0] as number]?.alts[0] === [...sites.values()][0],
		);
		const at = (allele: typeof malignant) => positions[[...(allele?.sites.keys() ?? [])][0] as number]?.position as number;
		const result = await call("RYR1", { [at(malignant)]: "0|1", [at(unjudged)]: "1|0" });
		expect(result.phenotypes).toMatchObject([{ phenotype: "Malignant Hyperthermia Susceptibility" }]);
		expect(await call("RYR1", { [at(unjudged)]: "0|1" })).toMatchObject({ phenotypes: [{ phenotype: undefined }] });
	});

	it("[GN22] every phenotype that is given is the table's row for its alleles", async () => {
		for (const { gene, definition, phenotypes } of loadCaller().knowledge.genes.values()) {
			if (definition === undefined) continue;
			const result = await call(gene, {});
			for (const each of result.phenotypes) {
				const keys = each.alleles.map(({ name }) => phenotypes?.functions.get(name)?.key);
				const row = [...(phenotypes?.rows.values() ?? [])].find((one) => one.keys.join() === keys.toSorted().join());
				expect({ gene, phenotype: each.phenotype }).toEqual({ gene, phenotype: row?.phenotype });
			}
		}
	});
});
