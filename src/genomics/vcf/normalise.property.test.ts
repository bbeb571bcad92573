import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NormalAllele, normaliseAllele } from "./normalise.ts";

const bases = fc.constantFrom("A", "C");
const sequence = (minLength: number, maxLength: number) => fc.array(bases, { minLength, maxLength }).map((each) => each.join(""));

/** The genome with the allele applied: two forms are the same allele exactly when this is the same. */
function apply(genome: string, { position, ref, alt }: NormalAllele): string {
	return genome.slice(0, position - 1) + alt + genome.slice(position - 1 + ref.length);
}

/** Of all forms of the change that have one base or more, the leftmost of the shortest; found by trying every one. */
function bySearch(genome: string, changed: string): NormalAllele | undefined {
	const grown = changed.length - genome.length;
	for (let length = 1; length <= genome.length; length++)
		for (let position = 1; position + length - 1 <= genome.length; position++) {
			const altLength = length + grown;
			const form = { position, ref: genome.slice(position - 1, position - 1 + length), alt: changed.slice(position - 1, position - 1 + altLength) };
			if (altLength >= 1 && form.ref !== form.alt && apply(genome, form) === changed) return form;
		}
	return undefined;
}

const change = fc
	.record({ genome: sequence(4, 14), at: fc.nat(), length: fc.integer({ min: 1, max: 4 }), alt: sequence(1, 5) })
	.map(({ genome, at, length, alt }) => {
		const position = 2 + (at % (genome.length - 1));
		const ref = genome.slice(position - 1, position - 1 + length);
		return { genome, allele: { position, ref, alt } };
	})
	.filter(({ allele }) => allele.ref !== allele.alt);

describe("the normal form", () => {
	it("[GN7] is the leftmost of the shortest forms, where the genome is known", () => {
		fc.assert(
			fc.property(change, ({ genome, allele }) => {
				const normal = normaliseAllele(allele, (position) => genome[position - 1]);
				if (normal === undefined) return;
				expect(apply(genome, normal)).toBe(apply(genome, allele));
				expect(normal).toEqual(bySearch(genome, apply(genome, allele)));
			}),
			{ numRuns: 2000 },
		);
	});

	it("[GN7] is the same where less of the genome is known, or there is none: never another", () => {
		let [proven, open] = [0, 0];
		fc.assert(
			fc.property(change, fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }), ({ genome, allele }, known) => {
				const whole = normaliseAllele(allele, (position) => genome[position - 1]);
				const partly = normaliseAllele(allele, (position) => (known[position - 1] ? genome[position - 1] : undefined));
				if (partly === undefined) open++;
				else {
					proven++;
					expect(partly).toEqual(whole);
				}
			}),
			{ numRuns: 2000 },
		);
		expect(Math.min(proven, open)).toBeGreaterThan(100);
	});

	it.each([
		[
			{ position: 100, ref: "GAA", alt: "GA" },
			{ position: 100, ref: "GA", alt: "G" },
		],
		[
			{ position: 100, ref: "TGC", alt: "TAC" },
			{ position: 101, ref: "G", alt: "A" },
		],
		[
			{ position: 100, ref: "CAT", alt: "CATAT" },
			{ position: 100, ref: "C", alt: "CAT" },
		],
		[{ position: 100, ref: "AA", alt: "A" }, undefined],
		[{ position: 100, ref: "A", alt: "A" }, undefined],
	])("[GN7] of %j without any context is %j", (allele, normal) => {
		expect(normaliseAllele(allele, () => undefined)).toEqual(normal);
	});
});
