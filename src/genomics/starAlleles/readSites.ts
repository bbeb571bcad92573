import { GenomicsError } from "../errors.ts";
import { type Genotype, readField, readGenotype } from "../vcf/genotype.ts";
import { isPlainAllele, normaliseAllele } from "../vcf/normalise.ts";
import type { VcfRecord } from "../vcf/record.ts";
import { isBlock, recordEnd, wholeNumber } from "../vcf/recordEnd.ts";
import { meet, stretchOf } from "./affects.ts";
import { type MissingReason, mergeObservations, type Observation, undocumented } from "./observation.ts";
import { formKey, type Site, type SiteIndex } from "./siteIndex.ts";

export interface SiteReading {
	readonly observed: ReadonlyMap<Site, Observation>;
	/** Sites of which the file says nothing that can be used, but for those it does not mention. */
	readonly unusable: ReadonlyMap<Site, MissingReason>;
	/** True when the file states a reference genotype at any site: then it would state others too, and what is absent is missing. */
	readonly statesReference: boolean;
	/** Times that REF was the base of GRCh38. */
	readonly agreeing: number;
	/** Times that it was another. */
	readonly differing: number;
	readonly records: number;
}

/** A reference block below this GQ says nothing: fewer than one in a hundred is wrong at 20. */
const minimumBlockQuality = 20;
/** Reference alleles that have to agree before a file's silence says anything. */
export const agreeingLeast = 3;
const indelReach = 100;

/** Collects, record by record, what a file says of the sites. */
export class SiteReader {
	readonly #index: SiteIndex;
	readonly #observed = new Map<Site, Observation>();
	readonly #unusable = new Map<Site, MissingReason>();
	/** Bases of a site's REF that reference genotypes covered, where one record did not cover it whole. */
	readonly #covered = new Map<Site, { readonly offsets: Set<number>; readonly observation: Observation }>();
	#statesReference = false;
	#records = 0;
	#agreeing = 0;
	#differing = 0;
	#swapped = 0;

	constructor(index: SiteIndex) {
		this.#index = index;
	}

	take(record: VcfRecord): void {
		this.#records++;
		const end = recordEnd(record);
		const sites = this.#index.overlapping(record.chromosome, record.position, end);
		const genotype = readGenotype(record);
		if (genotype !== undefined) this.#takeUnnormalised(record, genotype);
		for (const site of sites) if (this.#agrees(record, site)) this.#takeSite(record, genotype, site, end);
	}

	/** @throws GenomicsError `GENOME_BUILD_WRONG` when the reference alleles are not those of GRCh38. */
	finish({ headerNamesOtherBuild }: { readonly headerNamesOtherBuild: boolean }): SiteReading {
		const compared = this.#agreeing + this.#differing;
		if (headerNamesOtherBuild && this.#agreeing < agreeingLeast) {
			const found = "contig lines of an older build and hardly any reference allele to compare";
			throw new GenomicsError("GENOME_BUILD_WRONG", `expected GRCh38, found ${found}`, { expected: "GRCh38", found });
		}
		if (this.#differing >= 3 && this.#differing * 5 > compared) {
			const found = `${this.#differing} of ${compared} reference alleles differ from GRCh38, ${this.#swapped} of them being its alternative alleles`;
			throw new GenomicsError("GENOME_BUILD_WRONG", `expected reference alleles of GRCh38 at the known positions; ${found}`, {
				expected: "GRCh38",
				found,
			});
		}
		for (const site of this.#observed.keys()) this.#unusable.delete(site);
		return {
			observed: this.#observed,
			unusable: this.#unusable,
			statesReference: this.#statesReference,
			agreeing: this.#agreeing,
			differing: this.#differing,
			records: this.#records,
		};
	}

	/** Compares REF with the bases of the site that it overlaps. */
	#agrees({ ref, position }: VcfRecord, site: Site): boolean {
		const [from, to] = [Math.max(position, site.position), Math.min(position + ref.length - 1, site.end)];
		if (to < from) return true;
		const found = ref.slice(from - position, to + 1 - position);
		if (found.includes("N")) return true;
		const same = found === site.ref.slice(from - site.position, to + 1 - site.position);
		if (same) this.#agreeing++;
		else {
			this.#differing++;
			if (position === site.position && site.alts.includes(ref)) this.#swapped++;
			this.#miss(site, "referenceMismatch");
		}
		return same;
	}

	#takeSite(record: VcfRecord, genotype: Genotype | undefined, site: Site, end: number): void {
		const reason = whyUnusable(record, genotype);
		if (genotype === undefined || reason !== undefined) {
			this.#miss(site, reason ?? "noCall");
			return;
		}
		const alleles = genotype.alleles.map((allele) => (allele === null ? null : this.#alleleAt(record, allele, site)));
		if (alleles.includes(undefined)) {
			this.#miss(site, "symbolic");
			return;
		}
		const observation: Observation = {
			alleles: alleles as (string | null)[],
			...{ phased: genotype.phased, phaseSet: genotype.phaseSet ?? "", line: record.line },
			filtered: record.filter !== "PASS" && record.filter !== ".",
		};
		if (alleles.every((allele) => allele === site.ref)) this.#cover(site, observation, record.position, end);
		else this.#observe(site, observation);
	}

	/** The called allele in the site's spelling; undefined where it cannot be told. */
	#alleleAt(record: VcfRecord, allele: number, site: Site): string | undefined {
		const alt = record.alts[allele - 1];
		if (alt === undefined) return site.ref;
		if (!isPlainAllele(alt) || !isPlainAllele(record.ref)) return undefined;
		const normal = normaliseAllele({ position: record.position, ref: record.ref, alt }, (position) =>
			this.#index.baseAt(record.chromosome, position),
		);
		if (normal === undefined) return isSameIndelLength(site, record.ref, alt) ? undefined : undocumented(formKey({ ...record, alt }));
		const known = site.altByNormalForm.get(formKey(normal));
		if (known !== undefined) return known;
		return meet(stretchOf(normal), site.interest) ? undocumented(formKey(normal)) : site.ref;
	}

	/** An indel that cannot be normalised may be a site's allele written further right: the sites it could be are not known. */
	#takeUnnormalised(record: VcfRecord, genotype: Genotype): void {
		for (const allele of new Set(genotype.alleles)) {
			const alt = allele === null ? undefined : record.alts[allele - 1];
			if (alt === undefined || !isPlainAllele(alt) || alt.length === record.ref.length) continue;
			const { position, ref, chromosome } = record;
			if (normaliseAllele({ position, ref, alt }, (at) => this.#index.baseAt(chromosome, at)) !== undefined) continue;
			for (const site of this.#index.overlapping(chromosome, position - indelReach, position + ref.length))
				if (isSameIndelLength(site, ref, alt)) {
					this.#observed.delete(site);
					this.#unusable.set(site, "unnormalised");
				}
		}
	}

	#cover(site: Site, observation: Observation, start: number, end: number): void {
		this.#statesReference = true;
		if (start <= site.position && end >= site.end) {
			this.#observe(site, observation);
			return;
		}
		const part = this.#covered.get(site) ?? { offsets: new Set<number>(), observation };
		this.#covered.set(site, part);
		for (let at = Math.max(start, site.position); at <= Math.min(end, site.end); at++) part.offsets.add(at);
		if (part.offsets.size === site.ref.length) this.#observe(site, part.observation);
	}

	#observe(site: Site, observation: Observation): void {
		const reason = this.#unusable.get(site);
		if (reason === "unnormalised" || reason === "conflict" || reason === "symbolic") return;
		const before = this.#observed.get(site);
		const merged = before === undefined ? observation : mergeObservations(before, observation, site.ref);
		if (merged !== undefined) this.#observed.set(site, merged);
		else {
			this.#observed.delete(site);
			this.#unusable.set(site, "conflict");
		}
	}

	/** A dot or a low block beside a line that calls the site is no loss; a symbolic allele takes the site away. */
	#miss(site: Site, reason: MissingReason): void {
		if (reason === "symbolic") this.#observed.delete(site);
		if (reason === "symbolic" || !this.#unusable.has(site)) this.#unusable.set(site, reason);
	}
}

function whyUnusable(record: VcfRecord, genotype: Genotype | undefined): MissingReason | undefined {
	if (genotype === undefined || genotype.alleles.every((allele) => allele === null)) return "noCall";
	if (genotype.alleles.length > 2) return "ploidy";
	if (!isBlock(record)) return undefined;
	return (wholeNumber(record, readField(record, "GQ")) ?? minimumBlockQuality) < minimumBlockQuality ? "lowQuality" : undefined;
}

function isSameIndelLength({ ref, alts }: Site, recordRef: string, recordAlt: string): boolean {
	const change = recordAlt.length - recordRef.length;
	return change !== 0 && alts.some((alt) => alt.length - ref.length === change);
}
