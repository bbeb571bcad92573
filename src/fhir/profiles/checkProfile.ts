import { isPlainObject, type JsonRecord } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import { issuesMax, type ValidationIssue } from "../validate/inspectResource.ts";
import type { Profile, ProfileRule } from "./readProfile.ts";

/**
 * The faults of a resource under a profile, at most 20: cardinality, narrowed types, fixed values and patterns. Slices, invariants and bindings
 * are not judged; {@link Profile.unjudged} names what a profile has of them. The resource itself is judged by `validateResource`.
 */
export function checkProfile({ type, rules }: Profile, resource: FhirResource): readonly ValidationIssue[] {
	if (resource.resourceType !== type) return [{ path: resource.resourceType, code: "structure", expected: `a ${type}`, found: "another type" }];
	const issues: ValidationIssue[] = [];
	for (const rule of rules) {
		for (const holder of holdersOf(resource, rule.path, type)) issues.push(...checkElement(rule, holder));
		if (issues.length >= issuesMax) return issues.slice(0, issuesMax);
	}
	return issues;
}

interface Place {
	readonly node: JsonRecord;
	readonly path: string;
}

/** Everything that could hold the last element of a path: a component that is not there needs no code. */
function holdersOf(resource: JsonRecord, path: readonly string[], type: string): readonly Place[] {
	let places: readonly Place[] = [{ node: resource, path: type }];
	for (const name of path.slice(0, -1)) {
		places = places.flatMap((place) =>
			valuesAt(place, name).flatMap(({ value, path: at }) => (isPlainObject(value) ? [{ node: value, path: at }] : [])),
		);
	}
	return places;
}

interface Found {
	readonly value: unknown;
	readonly path: string;
	/** Type that the element's name says, for one of a choice. */
	readonly type: string | undefined;
}

function valuesAt({ node, path }: Place, name: string): readonly Found[] {
	const prefix = name.endsWith("[x]") ? name.slice(0, -3) : undefined;
	const keys = Object.keys(node).filter((key) => {
		const plain = key.startsWith("_") ? key.slice(1) : key;
		// A primitive and its extensions are one element.
		if (plain !== key && Object.hasOwn(node, plain)) return false;
		return prefix === undefined ? plain === name : plain.startsWith(prefix) && /^[A-Z]/.test(plain.slice(prefix.length));
	});
	return keys.flatMap((key) => {
		const type = prefix === undefined ? undefined : key.replace(/^_/, "").slice(prefix.length);
		const value = node[key];
		if (!Array.isArray(value)) return [{ value, path: `${path}.${key}`, type }];
		return value.map((each, at) => ({ value: each as unknown, path: `${path}.${key}[${at}]`, type }));
	});
}

function checkElement({ path, min, max, types, fixed, pattern }: ProfileRule, holder: Place): readonly ValidationIssue[] {
	const name = path.at(-1) as string;
	const found = valuesAt(holder, name);
	const issues: ValidationIssue[] = [];
	const at = `${holder.path}.${name}`;
	if (found.length < min) issues.push({ path: at, code: "required", expected: `at least ${min}`, found: String(found.length) });
	if (found.length > max) issues.push({ path: at, code: "structure", expected: `at most ${max}`, found: String(found.length) });
	for (const each of found) {
		if (each.type !== undefined && types?.some((type) => type.toLowerCase() === each.type?.toLowerCase()) === false) {
			issues.push({ path: each.path, code: "structure", expected: `a value of type ${types.join(" or ")}`, found: "another type" });
		}
		if (fixed !== undefined && !(holds(each.value, fixed) && holds(fixed, each.value))) {
			issues.push({ path: each.path, code: "value", expected: "the value that the profile fixes", found: "another" });
		}
		if (pattern !== undefined && !holds(each.value, pattern)) {
			issues.push({ path: each.path, code: "value", expected: "the pattern of the profile", found: "another" });
		}
	}
	return issues;
}

/** Whether a value has at least what a pattern has: of an array, each item somewhere. Patterns come from a file of the institution and are flat. */
function holds(value: unknown, pattern: unknown): boolean {
	if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((item) => value.some((each) => holds(each, item)));
	if (!isPlainObject(pattern)) return value === pattern;
	return isPlainObject(value) && Object.entries(pattern).every(([name, part]) => Object.hasOwn(value, name) && holds(value[name], part));
}
