import { codeAt, modelAlleles, referenceOf } from "./alleleModel.ts";
import type { GeneSample } from "./geneSample.ts";
import { matchesCode } from "./iupac.ts";
import type { Position } from "./knowledge.ts";
import type { MissingReason } from "./observation.ts";

export interface MissingPosition {
	readonly position: Position;
	readonly reason: MissingReason;
	/** Alleles that this position tells from others. */
	readonly alleles: readonly string[];
}

export interface MissingImpact {
	readonly missing: readonly MissingPosition[];
	/** For a called allele: the alleles that would look the same without the missing positions. */
	readonly indistinguishable: Readonly<Record<string, readonly string[]>>;
}

/** What the positions that were not seen could change. */
export function missingImpact(sample: GeneSample, called: readonly string[]): MissingImpact {
	const { definition } = sample;
	const missing = sample.missing.map(({ position, reason }) => {
		const index = definition.positions.indexOf(position);
		return { position, reason, alleles: definition.alleles.filter(({ reference, sites }) => !reference && sites.has(index)).map(({ name }) => name) };
	});
	if (missing.length === 0) return { missing, indistinguishable: {} };
	const reference = referenceOf(sample);
	const models = new Map(definition.alleles.map((allele) => [allele.name, { allele, core: allele.sites, score: 0 }]));
	const lost = new Set(sample.missing.map(({ position }) => definition.positions.indexOf(position)));
	const looksLike = (name: string, other: string): boolean => {
		const [one, two] = [models.get(name), models.get(other)];
		if (one === undefined || two === undefined || name === other) return false;
		const touched = new Set([...one.core.keys(), ...two.core.keys(), ...reference.sites.keys()]);
		return [...touched].every((index) => {
			if (lost.has(index)) return true;
			const { ref } = definition.positions[index] as Position;
			const [codeOne, codeTwo] = [codeAt(one, reference, ref, index), codeAt(two, reference, ref, index)];
			return codeOne === codeTwo || matchesCode(codeTwo, codeOne) || matchesCode(codeOne, codeTwo);
		});
	};
	const entries = [...new Set(called)].map((name): [string, readonly string[]] => [
		name,
		[...models.keys()].filter((other) => looksLike(name, other)),
	]);
	return { missing, indistinguishable: Object.fromEntries(entries.filter(([, others]) => others.length > 0)) };
}

/** Alleles of which no named position was seen: they can be neither called nor ruled out. */
export function unseenAlleles(sample: GeneSample): readonly string[] {
	const seen = new Set(modelAlleles(sample).map(({ allele }) => allele.name));
	return sample.definition.alleles.map(({ name }) => name).filter((name) => !seen.has(name));
}
