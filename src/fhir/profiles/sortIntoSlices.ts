import { type Discriminating, matchSlice } from "./discriminate.ts";
import type { Place } from "./places.ts";
import type { ProfileNode } from "./profileTree.ts";
import type { Discriminator } from "./readProfile.ts";

export interface Sorted {
	readonly place: Place;
	/** Name of the first slice that the value is of. */
	readonly slice: string | undefined;
	/** Names of slices that it may be of, where it is of none for certain. */
	readonly maybe: readonly string[];
}

const byUrl: readonly Discriminator[] = [{ type: "value", path: "url" }];
const byType: readonly Discriminator[] = [{ type: "type", path: "$this" }];

/** Where a profile does not say how: extensions are told apart by their url, choices by their type (FHIR R4 §5.1.0.14). */
function discriminatorsOf({ slicing }: ProfileNode, name: string): readonly Discriminator[] {
	if (slicing !== undefined && slicing.discriminators.length > 0) return slicing.discriminators;
	if (name === "extension" || name === "modifierExtension") return byUrl;
	return name.endsWith("[x]") ? byType : [];
}

/** Of which slice of an element one of its values is. */
export function sortIntoSlices(node: ProfileNode, name: string, place: Place, env: Discriminating): Sorted {
	const discriminators = discriminatorsOf(node, name);
	const maybe: string[] = [];
	for (const [slice, child] of node.slices) {
		const match = matchSlice(child, discriminators, place, env);
		if (match === "in") return { place, slice, maybe: [] };
		if (match === "unknown") maybe.push(slice);
	}
	return { place, slice: undefined, maybe };
}

/**
 * Values that may not stand where they do: a closed slicing has no others; one that is open at its end has them last; an ordered one has its slices
 * in the order of the profile.
 */
export function misplaced(
	{ slicing, slices }: ProfileNode,
	sorted: readonly Sorted[],
): readonly { readonly path: string; readonly expected: string }[] {
	const isOther = ({ slice, maybe }: Sorted) => slice === undefined && maybe.length === 0;
	const names = [...slices.keys()];
	const order = sorted.filter(({ slice }) => slice !== undefined);
	const lastOfSlice = sorted.findLastIndex(({ slice }) => slice !== undefined);
	const faulty = (which: readonly Sorted[], expected: string) => which.map(({ place }) => ({ path: place.path, expected }));
	return [
		...faulty(slicing?.rules === "closed" ? sorted.filter(isOther) : [], "a value of a slice of the profile"),
		...faulty(slicing?.rules === "openAtEnd" ? sorted.slice(0, Math.max(lastOfSlice, 0)).filter(isOther) : [], "values of slices before all others"),
		...faulty(
			slicing?.isOrdered === true
				? order.filter(({ slice }, at) => at > 0 && names.indexOf(slice as string) < names.indexOf(order[at - 1]?.slice as string))
				: [],
			"slices in the order of the profile",
		),
	];
}
