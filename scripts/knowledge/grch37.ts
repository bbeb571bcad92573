/** Chromosome without prefix, GRCh38 position and REF, GRCh37 position and REF. */
export type Grch37Row = readonly [chromosome: string, position: number, ref: string, position37: number, ref37: string];

interface Named {
	readonly chromosome: string;
	readonly position: number;
	readonly ref: string;
	readonly alt: string;
}

/** One variant as both builds write it. */
export interface VariantPair {
	readonly grch37: Named;
	readonly grch38: Named;
}

/** Rows of pypgx's variant-table.csv that have a name in both builds (`1-97450058-C-T`). */
export function readVariantTable(csv: string): readonly VariantPair[] {
	const [head = "", ...lines] = csv.trim().split(/\r?\n/);
	const columns = head.split(",");
	const [at37, at38] = [columns.indexOf("GRCh37Name"), columns.indexOf("GRCh38Name")];
	if (at37 === -1 || at38 === -1) throw new Error("expected columns GRCh37Name and GRCh38Name");
	return lines.flatMap((line) => {
		const cells = line.split(",");
		const [grch37, grch38] = [parseName(cells[at37] ?? ""), parseName(cells[at38] ?? "")];
		return grch37 === undefined || grch38 === undefined ? [] : [{ grch37, grch38 }];
	});
}

function parseName(name: string): Named | undefined {
	const found = /^([0-9XYM]+)-(\d+)-([ACGT]+)-([ACGT]+)$/.exec(name);
	if (found === null) return undefined;
	return { chromosome: found[1] as string, position: Number(found[2]), ref: found[3] as string, alt: found[4] as string };
}

/**
 * Where a position lies in GRCh37, if exactly one place is proven: a variant there has the same alleles in both builds and its REF begins with
 * the position's; or single bases, REF and ALT of the one being ALT and REF of the other, where the builds differ in that base.
 */
export function matchRow(
	variants: readonly VariantPair[],
	{
		chromosome,
		position,
		ref,
		alts,
	}: { readonly chromosome: string; readonly position: number; readonly ref: string; readonly alts: readonly string[] },
): Grch37Row | undefined {
	const places = new Map<string, Grch37Row>();
	for (const { grch37, grch38 } of variants) {
		if (grch38.chromosome !== chromosome || grch37.chromosome !== chromosome || grch38.position !== position) continue;
		const isSame = grch37.ref === grch38.ref && grch37.alt === grch38.alt && grch38.ref.startsWith(ref);
		const isTurned = ref.length === 1 && grch38.ref === ref && alts.includes(grch38.alt) && grch37.ref === grch38.alt && grch37.alt === ref;
		if (!isSame && !isTurned) continue;
		const row: Grch37Row = [chromosome, position, ref, grch37.position, isSame ? ref : grch37.ref];
		places.set(JSON.stringify(row), row);
	}
	return places.size === 1 ? [...places.values()][0] : undefined;
}
