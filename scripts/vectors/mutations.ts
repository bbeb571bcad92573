import type { JsonValue } from "#base";
import { applyPatch, type PatchStep, valueAt } from "./jsonPatch.ts";

export interface Mutation {
	readonly name: string;
	readonly steps: readonly PatchStep[];
}

/** Pointers to every value of a document, containers included, the root left out. */
export function listPointers(value: JsonValue, at = ""): readonly string[] {
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, item]) => [`${at}/${key}`, ...listPointers(item as JsonValue, `${at}/${key}`)]);
}

/**
 * One change at every place of a document: each value nudged, exchanged for another type and removed; each object with a field more;
 * each list with an item twice, without its last and with neighbours exchanged.
 */
export function mutate(document: JsonValue): readonly Mutation[] {
	const pointers = listPointers(document);
	return pointers.flatMap((path) => {
		const value = valueAt(document, path);
		const replaced = [...nudges(value), ...otherTypes(value)].map(
			([name, other]): Mutation => ({ name: `${path} ${name}`, steps: replace(path, other) }),
		);
		return [...replaced, { name: `${path} removed`, steps: [{ op: "remove", path }] }, ...shapes(path, value)];
	});
}

/** Values of the same shape shown in each other's place: each gets the next two's, the last the first's. */
export function exchange(document: JsonValue, pattern: RegExp): readonly Mutation[] {
	const places = listPointers(document).filter((path) => pattern.test(path));
	return places.flatMap((to, i) =>
		[1, 2].flatMap((step): readonly Mutation[] => {
			const from = places[(i + step) % places.length]!;
			const value = valueAt(document, from);
			return same(value, valueAt(document, to)) ? [] : [{ name: `${to} from ${from}`, steps: replace(to, value) }];
		}),
	);
}

export function mutated(document: JsonValue, { steps }: Mutation): JsonValue {
	return applyPatch(document, steps);
}

function replace(path: string, value: JsonValue): readonly PatchStep[] {
	return [{ op: "replace", path, value }];
}

function nudges(value: JsonValue): readonly (readonly [string, JsonValue])[] {
	if (typeof value === "number")
		return [
			["+1", value + 1],
			["-1", value - 1],
		];
	if (typeof value === "boolean") return [["negated", !value]];
	if (typeof value !== "string") return [];
	if (value === "") return [["filled", "0"]];
	const other = (at: number): readonly [string, JsonValue] => [
		`at character ${at}`,
		value.slice(0, at) + (value[at] === "a" ? "b" : "a") + value.slice(at + 1),
	];
	const places = new Set([0, Math.floor(value.length / 3), Math.floor((value.length * 2) / 3), value.length - 1]);
	return [...[...places].map(other), ["longer", `${value}0`]];
}

function otherTypes(value: JsonValue): readonly (readonly [string, JsonValue])[] {
	const others: readonly (readonly [string, JsonValue])[] = [
		["null", null],
		["text", ""],
		["zero", 0],
		["list", []],
		["object", {}],
	];
	return others.filter(([, other]) => !same(other, value));
}

function shapes(path: string, value: JsonValue): readonly Mutation[] {
	if (typeof value !== "object" || value === null) return [];
	if (!Array.isArray(value)) return [{ name: `${path} with a field more`, steps: [{ op: "add", path: `${path}/more`, value: 1 }] }];
	const last = value.length - 1;
	if (last < 0) return [{ name: `${path} with an item`, steps: [{ op: "add", path: `${path}/0`, value: "" }] }];
	const doubled: Mutation = { name: `${path} last twice`, steps: [{ op: "copy", from: `${path}/${last}`, path: `${path}/-` }] };
	const turned = same(value[0] as JsonValue, value[last] as JsonValue)
		? []
		: [{ name: `${path} first last`, steps: [{ op: "move", from: `${path}/0`, path: `${path}/-` }] } satisfies Mutation];
	return [doubled, ...turned];
}

function same(a: JsonValue, b: JsonValue): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
