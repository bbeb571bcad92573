/**
 * Order of allele names: numbers by value, the rest by code unit; a combination after every single allele, a longer one after a shorter.
 *
 * `*2` < `*10`; `Reference` < `c.85T>C`; `*1` < `[*2 + *3]`.
 */
export function compareAlleleNames(a: string, b: string): number {
	const [first, second] = [componentsOf(a), componentsOf(b)];
	const byKind = Number(isCombination(a)) - Number(isCombination(b));
	if (byKind !== 0 || first.length !== second.length) return byKind || first.length - second.length;
	for (const [index, name] of first.entries()) {
		const order = Number(isPartialName(name)) - Number(isPartialName(second[index] as string)) || compareNaturally(name, second[index] as string);
		if (order !== 0) return order;
	}
	return 0;
}

/** Named alleles and single changes on one chromosome, as the field writes them: `[*2 + *3 + g.94781859G>A]`; one alone stands as it is. */
export function combinationName(components: readonly string[]): string {
	return components.length === 1 ? (components[0] as string) : `[${components.join(" + ")}]`;
}

function isCombination(name: string): boolean {
	return name.startsWith("[") && name.endsWith("]") && name.includes(" + ");
}

export function componentsOf(name: string): readonly string[] {
	return isCombination(name) ? name.slice(1, -1).split(" + ") : [name];
}

/** A change that belongs to no named allele carries its genomic name. */
function isPartialName(name: string): boolean {
	return /^g\.\d/.test(name);
}

function compareNaturally(a: string, b: string): number {
	const [first, second] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
	for (let index = 0; index < Math.min(first.length, second.length); index++) {
		const [left, right] = [first[index] as string, second[index] as string];
		const order = /^\d/.test(left) && /^\d/.test(right) ? Number(left) - Number(right) : compareCodeUnits(left, right);
		if (order !== 0) return order;
	}
	return first.length - second.length;
}

function compareCodeUnits(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
