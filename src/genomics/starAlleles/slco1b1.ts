import type { Definition } from "./knowledge.ts";
import type { SiteReading } from "./readSites.ts";
import type { Site } from "./siteIndex.ts";

/** Allele whose function each base of rs4149056 stands for. */
const alleleByBase: Readonly<Record<string, string>> = { T: "*1", C: "*5" };

/**
 * Where no pair of SLCO1B1 alleles explains a sample, rs4149056 (c.521T>C) alone gives the meaning: TT as `*1/*1`, TC as `*1/*5`, CC as `*5/*5`.
 *
 * Sources: CPIC guideline for statins, doi:10.1002/cpt.2557, which rests on this variant; the same fallback in PharmCAT 3.1.1.
 *
 * @returns undefined where the position was not seen on both copies.
 */
export function slco1b1Fallback({ positions }: Definition, sites: readonly Site[], { observed }: SiteReading): readonly string[] | undefined {
	const site = sites[positions.findIndex(({ rsid }) => rsid === "rs4149056")];
	const observation = site === undefined ? undefined : observed.get(site);
	const alleles = observation?.alleles.map((base) => (base === null ? undefined : alleleByBase[base]));
	if (alleles === undefined || alleles.length !== 2 || alleles.includes(undefined)) return undefined;
	return (alleles as string[]).toSorted();
}
