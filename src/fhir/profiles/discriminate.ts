import { isPlainObject } from "../json/values.ts";
import { type Place, placesAt } from "./places.ts";
import type { ProfileNode } from "./profileTree.ts";
import type { Discriminator } from "./readProfile.ts";
import type { Membership } from "./valueSets.ts";

/** What a discriminator may have to ask of others. */
export interface Discriminating {
	membership(canonical: string, place: Place): Membership;
	/** Whether a value meets a profile; undefined where it is not loaded, or cannot be judged to the end. */
	conforms(canonical: string, place: Place): boolean | undefined;
	/** Type of a profile or of a type's own canonical URL. */
	typeOf(canonical: string): string | undefined;
}

/** Whether a value is of a slice; `unknown` where what would tell is not loaded, or the profile does not say. */
export type SliceMatch = Membership;

/** Source: FHIR R4 §5.1.0.14, discriminators. A value is of a slice where it is by each of them. */
export function matchSlice(slice: ProfileNode, discriminators: readonly Discriminator[], place: Place, env: Discriminating): SliceMatch {
	const results = discriminators.map((each) => matchDiscriminator(slice, each, place, env));
	if (results.length === 0) return "unknown";
	return results.includes("out") ? "out" : results.includes("unknown") ? "unknown" : "in";
}

function matchDiscriminator(slice: ProfileNode, { type, path }: Discriminator, place: Place, env: Discriminating): SliceMatch {
	const steps = stepsOf(path);
	if (type === "value" || type === "pattern") return matchValue(slice, steps, place, env);
	if (type === "type") return matchType(slice, steps, place, env);
	if (type === "exists") return matchExists(slice, steps, place);
	return type === "profile" ? matchProfile(slice, steps, place, env) : "unknown";
}

/** `code.extension('urn:a.b').value.ofType(Coding)` in its steps; `$this` is none. */
function stepsOf(path: string): readonly string[] {
	return (path.match(/(?:[^.(]|\((?:'[^']*'|[^'()])*\))+/g) ?? []).filter((step) => step !== "$this");
}

const extensionStep = /^extension\('([^']+)'\)$/;
const typeStep = /^(?:ofType|as)\(\s*(?:FHIR\.)?([A-Za-z0-9]+)\s*\)$/;

/** The values that a path finds; undefined where it leads to another resource. */
function valuesAt(place: Place, steps: readonly string[]): readonly Place[] | undefined {
	let places: readonly Place[] = [place];
	for (const step of steps) {
		const [url, type] = [extensionStep.exec(step)?.[1], typeStep.exec(step)?.[1]];
		if (step.endsWith("()")) return undefined;
		if (type !== undefined) places = places.filter((each) => isType(each.type, type));
		else if (url !== undefined)
			places = places.flatMap((each) => placesAt(each, "extension").filter(({ value }) => isPlainObject(value) && value["url"] === url));
		else places = places.flatMap((each) => [...placesAt(each, step), ...placesAt(each, `${step}[x]`)]);
	}
	return places;
}

function isType(type: string | undefined, expected: string): boolean {
	return type?.toLowerCase() === expected.toLowerCase();
}

/** What a slice says of the values at a discriminator's path, or below it (`below`): all of them have to hold of one value each. */
interface Requirement {
	readonly below: readonly string[];
	readonly holds: (place: Place) => Membership;
}

function matchValue(slice: ProfileNode, steps: readonly string[], place: Place, env: Discriminating): SliceMatch {
	const requirements = requirementsAt(slice, steps, env);
	const values = valuesAt(place, steps);
	if (requirements.length === 0 || values === undefined) return "unknown";
	const results = requirements.map(({ below, holds }) =>
		anyOf(values.flatMap((value) => valuesAt(value, below) ?? []).map((value) => (value.value === undefined ? "out" : holds(value)))),
	);
	return results.includes("out") ? "out" : results.includes("unknown") ? "unknown" : "in";
}

function anyOf(results: readonly Membership[]): Membership {
	return results.includes("in") ? "in" : results.includes("unknown") ? "unknown" : "out";
}

function requirementsAt(node: ProfileNode, steps: readonly string[], env: Discriminating): readonly Requirement[] {
	const [step, ...rest] = steps;
	if (step === undefined) return requirementsOf(node, env);
	const fromValue = [node.fixed, node.pattern].flatMap((part) => partsAt(part, steps)).map((part) => requirement((each) => holds(each.value, part)));
	if (fromValue.length > 0) return fromValue;
	if (step === "url") {
		const urls = (node.types ?? []).flatMap(({ profiles }) => profiles).map((canonical) => canonical.split("|")[0]);
		if (urls.length > 0) return [requirement(({ value }) => urls.includes(value as string))];
	}
	return nodesAt(node, step).flatMap((each) => requirementsAt(each, rest, env));
}

/** The node of a step, and those of its slices that have to be there. */
function nodesAt(node: ProfileNode, step: string): readonly ProfileNode[] {
	if (typeStep.test(step))
		return [node, ...[...node.slices.values()].filter(({ types }) => types?.some(({ code }) => isType(code, typeStep.exec(step)?.[1] as string)))];
	const url = extensionStep.exec(step)?.[1];
	if (url !== undefined) {
		const slices = [...(node.children.get("extension")?.slices.values() ?? [])];
		return slices.filter((each) => each.children.get("url")?.fixed === url || each.types?.some(({ profiles }) => profiles.includes(url)));
	}
	const found = [node.children.get(step), node.children.get(`${step}[x]`)].filter((each) => each !== undefined);
	return found.flatMap((each) => [each, ...[...each.slices.values()].filter(({ min }) => min > 0)]);
}

function requirementsOf(node: ProfileNode, env: Discriminating): readonly Requirement[] {
	const { fixed, pattern, requiredValueSet } = node;
	const own: Requirement[] = [];
	if (fixed !== undefined) own.push(requirement(({ value }) => holds(value, fixed) && holds(fixed, value)));
	if (pattern !== undefined) own.push(requirement(({ value }) => holds(value, pattern)));
	if (own.length > 0) return own;
	if (requiredValueSet !== undefined) return [{ below: [], holds: (place) => env.membership(requiredValueSet, place) }];
	// A file may say it further down than its discriminator points.
	return [...node.children].flatMap(([name, child]) =>
		requirementsOf(child, env).map((each) => ({ ...each, below: [name.replace("[x]", ""), ...each.below] })),
	);
}

function requirement(test: (place: Place) => boolean): Requirement {
	return { below: [], holds: (place) => (test(place) ? "in" : "out") };
}

/** The parts of a fixed value or pattern at the plain names of a path. */
function partsAt(value: unknown, steps: readonly string[]): readonly unknown[] {
	let parts: readonly unknown[] = value === undefined ? [] : [value];
	for (const step of steps) {
		parts = parts
			.flatMap((each) => (Array.isArray(each) ? (each as readonly unknown[]) : [each]))
			.flatMap((each) => (isPlainObject(each) && Object.hasOwn(each, step) ? [each[step]] : []));
	}
	return parts.flatMap((each) => (Array.isArray(each) ? (each as readonly unknown[]) : [each]));
}

function matchType(slice: ProfileNode, steps: readonly string[], place: Place, env: Discriminating): SliceMatch {
	const isReference = steps.at(-1) === "resolve()";
	const plain = isReference ? steps.slice(0, -1) : steps;
	const nodes = plain.reduce<readonly ProfileNode[]>((found, step) => found.flatMap((each) => nodesAt(each, step)), [slice]);
	const types = nodes.flatMap((each) => each.types ?? []);
	const values = valuesAt(place, plain);
	if (types.length === 0 || values === undefined) return "unknown";
	if (!isReference) return anyOf(values.map(({ type }) => (types.some(({ code }) => isType(type, code)) ? "in" : "out")));
	const targets = types.flatMap((each) => each.targets).map((canonical) => env.typeOf(canonical));
	return anyOf(values.map(({ value }) => targetMatch(referenceType(value), targets)));
}

function targetMatch(type: string | undefined, targets: readonly (string | undefined)[]): Membership {
	if (type === undefined) return "unknown";
	return targets.includes(type) || targets.includes("Resource") ? "in" : targets.includes(undefined) || targets.length === 0 ? "unknown" : "out";
}

/** Resource type that a reference says it points at; undefined where it does not say. */
export function referenceType(value: unknown): string | undefined {
	if (!isPlainObject(value)) return undefined;
	const { reference, type } = value;
	const found =
		typeof reference === "string"
			? /(?:^|\/)([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9.-]+(?:\/_history\/[A-Za-z0-9.-]+)?$|\?)/.exec(reference)?.[1]
			: undefined;
	return found ?? (typeof type === "string" ? type : undefined);
}

function matchExists(slice: ProfileNode, steps: readonly string[], place: Place): SliceMatch {
	const nodes = steps.reduce<readonly ProfileNode[]>((found, step) => found.flatMap((each) => nodesAt(each, step)), [slice]);
	const values = valuesAt(place, steps);
	const isRequired = nodes.some(({ min }) => min > 0);
	if (values === undefined || (!isRequired && !nodes.some(({ max }) => max === 0))) return "unknown";
	return values.length > 0 === isRequired ? "in" : "out";
}

function matchProfile(slice: ProfileNode, steps: readonly string[], place: Place, env: Discriminating): SliceMatch {
	const nodes = steps.reduce<readonly ProfileNode[]>((found, step) => found.flatMap((each) => nodesAt(each, step)), [slice]);
	const profiles = nodes.flatMap(({ types }) => (types ?? []).flatMap((each) => each.profiles));
	const values = valuesAt(place, steps);
	if (values === undefined || profiles.length === 0) return "unknown";
	return anyOf(
		values
			.flatMap((value) => profiles.map((canonical) => env.conforms(canonical, value)))
			.map((is) => (is === undefined ? "unknown" : is ? "in" : "out")),
	);
}

/** Whether a value has at least what a pattern has: of an array, each item somewhere. Patterns come from a file of the institution and are flat. */
export function holds(value: unknown, pattern: unknown): boolean {
	if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((item) => value.some((each) => holds(each, item)));
	if (!isPlainObject(pattern)) return value === pattern;
	return isPlainObject(value) && Object.entries(pattern).every(([name, part]) => Object.hasOwn(value, name) && holds(value[name], part));
}
