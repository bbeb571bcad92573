import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFolder } from "./knowledgeFiles.ts";

interface Locus {
	readonly chromosome: string;
	readonly position: number;
	readonly rsid: string | null;
	readonly ref: string;
	readonly alts: readonly string[];
	readonly cpicToVcfAlleleMap: Readonly<Record<string, string>>;
}

interface Row {
	readonly locus: Locus;
	readonly alts: readonly string[];
	readonly genotype: string;
	readonly phaseSet?: number;
	readonly ref?: string;
}

export type BuilderOp = readonly [string, ...(string | number | boolean)[]];

const definitions = new Map<string, readonly Locus[]>();
let exemptions: Readonly<Record<string, { readonly extraPositions: readonly Locus[] } | undefined>> | undefined;

function lociOf(gene: string): readonly Locus[] {
	const folder = join(sourceFolder, "pharmcat/definition");
	exemptions ??= JSON.parse(readFileSync(join(folder, "exemptions.json"), "utf8"));
	const known = definitions.get(gene);
	if (known !== undefined) return known;
	const { variants } = JSON.parse(readFileSync(join(folder, `${gene}_translation.json`), "utf8")) as { variants: readonly Locus[] };
	const all = [...variants, ...(exemptions?.[gene]?.extraPositions ?? [])];
	definitions.set(gene, all);
	return all;
}

/** An operation that cannot be expressed: the test lists it by name. */
export class UnknownOperation extends Error {}

/** Builds the VCF that PharmCAT's test builder would: every position of a gene that is spoken of is reference, but for what the operations say. */
export function buildVcf(ops: readonly BuilderOp[]): string {
	const phased = ops.some(([op]) => op === "phased");
	const male = ops.some(([op]) => op === "male");
	const separator = phased ? "|" : "/";
	const rows = new Map<string, Row[]>();
	const keyOf = (locus: Locus) => `${locus.chromosome}:${locus.position}`;
	for (const gene of new Set(ops.flatMap(([op, gene]) => (geneOps.has(op) ? [String(gene)] : []))))
		for (const locus of lociOf(gene)) {
			const haploid = male && locus.chromosome === "chrX";
			rows.set(keyOf(locus), [{ locus, alts: locus.alts, genotype: haploid ? "0" : `0${separator}0` }]);
		}
	for (const [op, ...args] of ops) {
		if (["phased", "male", "female", "allowUnknownAllele", "reference", "allowUnknown", "sexChromosomes"].includes(op)) continue;
		const [gene, place, ...rest] = args as [string, string, ...(string | number | boolean)[]];
		if (op === "missing" || op === "missingExtraPosition") {
			for (const each of args.slice(1)) rows.delete(keyOf(find(gene, String(each))));
		} else if (op === "variation" || op === "duplicatePosition" || op === "extraPosition") {
			const own = typeof rest.at(-1) === "boolean" ? (rest.at(-1) ? "|" : "/") : separator;
			const locus = find(gene, place);
			const row = withAlleles(locus, rest.filter((each) => typeof each === "string") as string[], own);
			rows.set(keyOf(locus), op === "duplicatePosition" ? [...(rows.get(keyOf(locus)) ?? []), row] : [row]);
		} else if (op === "variationInPhaseSet") {
			const locus = find(gene, place);
			const [phaseSet, ...alleles] = rest as [number, ...string[]];
			rows.set(keyOf(locus), [{ ...withAlleles(locus, alleles, "|"), phaseSet }]);
		} else if (op === "variationAsIs" || op === "duplicatePositionAsIs") {
			const byPlace = typeof rest[0] === "number";
			const locus = find(gene, byPlace ? String(rest[0]) : place);
			const [genotype, ref, ...alts] = (byPlace ? rest.slice(1) : rest) as string[];
			const row = { locus, alts, genotype: genotype as string, ref: ref as string };
			rows.set(keyOf(locus), op === "duplicatePositionAsIs" ? [...(rows.get(keyOf(locus)) ?? []), row] : [row]);
		} else if (op === "genotype") {
			const locus = find(gene, place);
			rows.set(keyOf(locus), [{ locus, alts: locus.alts, genotype: String(rest[0]) }]);
		} else throw new UnknownOperation(op);
	}
	return printVcf([...rows.values()].flat());
}

const geneOps = new Set([
	...["reference", "variation", "missing", "variationAsIs", "variationInPhaseSet", "duplicatePosition", "duplicatePositionAsIs"],
	"genotype",
	...["extraPosition", "missingExtraPosition"],
]);

function find(gene: string, place: string): Locus {
	const locus = lociOf(gene).find(({ rsid, position, chromosome }) => [rsid, String(position), `${chromosome}:${position}`].includes(place));
	if (locus === undefined) throw new UnknownOperation(`${gene} ${place}`);
	return locus;
}

function withAlleles(locus: Locus, names: readonly string[], separator: string): Row {
	const alts = [...locus.alts];
	const indices = names.map((name) => {
		if (name === ".") return ".";
		const allele = locus.cpicToVcfAlleleMap[name] ?? name;
		if (allele === locus.ref) return "0";
		if (!alts.includes(allele)) alts.push(allele);
		return String(alts.indexOf(allele) + 1);
	});
	return { locus, alts, genotype: indices.join(separator) };
}

export function printVcf(rows: readonly Row[]): string {
	const order = (name: string) => (name === "chrX" ? 23 : Number(name.slice(3)));
	const sorted = rows.toSorted((a, b) => order(a.locus.chromosome) - order(b.locus.chromosome) || a.locus.position - b.locus.position);
	const lines = sorted.map(({ locus, alts, genotype, phaseSet, ref }) =>
		[
			...[locus.chromosome, locus.position, locus.rsid ?? ".", ref ?? locus.ref, alts.join(",") || ".", ".", "PASS", "."],
			...(phaseSet === undefined ? ["GT", genotype] : ["GT:PS", `${genotype}:${phaseSet}`]),
		].join("\t"),
	);
	return ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tPharmCAT", ...lines, ""].join("\n");
}
