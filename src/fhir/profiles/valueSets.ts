import { isPlainObject, type JsonRecord } from "../json/values.ts";
import { getRequiredValueSets } from "./requiredValueSets.ts";

/** Whether a code is one of a value set: `unknown` where what would tell is not loaded. */
export type Membership = "in" | "out" | "unknown";

export interface CodeInSystem {
	/** Undefined for an element of type `code`, whose system only its value set knows. */
	readonly system: string | undefined;
	readonly code: string;
}

/** The value sets and code systems that an institution has loaded, and those that R4 itself requires. */
export interface ValueSets {
	has(canonical: string): boolean;
	membership(canonical: string, code: CodeInSystem): Membership;
}

/** Value sets refer to value sets: no deeper than this. */
const depthMax = 16;

/**
 * Gathers ValueSets and CodeSystems; anything else is left. An expansion is taken as it stands if it is whole; otherwise a definition is worked out:
 * enumerated codes, whole code systems, filters `is-a` and `descendent-of`, other value sets, and what is excluded.
 */
export function createValueSets(definitions: readonly unknown[]): ValueSets {
	const sets = new Map<string, JsonRecord>();
	const systems = new Map<string, CodeSystem>();
	for (const each of definitions) {
		if (!isPlainObject(each) || typeof each["url"] !== "string") continue;
		if (each["resourceType"] === "ValueSet") {
			sets.set(each["url"], each);
			if (typeof each["version"] === "string") sets.set(`${each["url"]}|${each["version"]}`, each);
		}
		if (each["resourceType"] === "CodeSystem") systems.set(each["url"], readCodeSystem(each));
	}
	const shipped = (canonical: string) => getRequiredValueSets().get(canonical.replace(/\|4\.0\.1$/, ""));
	const membership = (canonical: string, code: CodeInSystem, depth = 0): Membership => {
		const found = sets.get(canonical);
		if (found !== undefined) return depth > depthMax ? "unknown" : inValueSet(found, code, (url) => membership(url, code, depth + 1), systems);
		const own = shipped(canonical);
		return own === undefined ? "unknown" : own.some(([system, codes]) => isSystem(system, code) && codes.has(code.code)) ? "in" : "out";
	};
	return {
		has: (canonical) => sets.has(canonical) || shipped(canonical) !== undefined,
		membership: (canonical, code) => membership(canonical, code),
	};
}

interface CodeSystem {
	/** Each code with the codes that it stands below. */
	readonly above: ReadonlyMap<string, readonly string[]>;
	readonly isComplete: boolean;
	/** Whether codes have a place by properties too (`subsumedBy`), which are not followed. */
	readonly hasOtherParents: boolean;
}

function readCodeSystem(definition: JsonRecord): CodeSystem {
	const above = new Map<string, readonly string[]>();
	let hasOtherParents = false;
	const add = (concepts: unknown, upper: readonly string[]) => {
		for (const { code, property, concept } of listOf(concepts)) {
			if (typeof code !== "string" || upper.length > depthMax) continue;
			above.set(code, upper);
			hasOtherParents ||= listOf(property).some((each) => each["code"] === "subsumedBy" || each["code"] === "parent");
			add(concept, [...upper, code]);
		}
	};
	add(definition["concept"], []);
	return { above, isComplete: definition["content"] === "complete", hasOtherParents };
}

type OfValueSet = (canonical: string) => Membership;

function inValueSet(set: JsonRecord, code: CodeInSystem, ofValueSet: OfValueSet, systems: ReadonlyMap<string, CodeSystem>): Membership {
	const expansion = isPlainObject(set["expansion"]) ? set["expansion"] : undefined;
	const compose = isPlainObject(set["compose"]) ? set["compose"] : undefined;
	if (expansion !== undefined && isWhole(expansion)) return inExpansion(expansion["contains"], code) ? "in" : "out";
	if (compose === undefined) return expansion !== undefined && inExpansion(expansion["contains"], code) ? "in" : "unknown";
	const of = (part: unknown) => anyOf(listOf(part).map((include) => inInclude(include, code, ofValueSet, systems)));
	const [included, excluded] = [of(compose["include"]), of(compose["exclude"])];
	if (included === "out" || excluded === "in") return "out";
	return excluded === "unknown" ? "unknown" : included;
}

/** A server may have cut an expansion short: then it proves what is in and nothing else. */
function isWhole(expansion: JsonRecord): boolean {
	const { total, offset, extension } = expansion;
	const isMarked = listOf(extension).some(({ url }) => typeof url === "string" && /valueset-(toocostly|unclosed)$/.test(url));
	return !isMarked && (offset === undefined || offset === 0) && (typeof total !== "number" || countOf(expansion["contains"]) >= total);
}

function countOf(contains: unknown): number {
	return listOf(contains).reduce((sum, each) => sum + 1 + countOf(each["contains"]), 0);
}

function inExpansion(contains: unknown, code: CodeInSystem): boolean {
	return listOf(contains).some(
		(each) => (each["abstract"] !== true && isSystem(each["system"], code) && each["code"] === code.code) || inExpansion(each["contains"], code),
	);
}

function isSystem(system: unknown, code: CodeInSystem): boolean {
	return code.system === undefined || system === code.system;
}

/** A code is of an include where it is of its codes and of each value set that it names: FHIR R4 §4.9.5. */
function inInclude(include: JsonRecord, code: CodeInSystem, ofValueSet: OfValueSet, systems: ReadonlyMap<string, CodeSystem>): Membership {
	const { system, valueSet } = include;
	const parts: Membership[] = (Array.isArray(valueSet) ? valueSet : []).filter((url) => typeof url === "string").map(ofValueSet);
	if (typeof system === "string") parts.push(isSystem(system, code) ? inSystem(include, code.code, systems.get(system)) : "out");
	return parts.length === 0 || parts.includes("out") ? "out" : parts.includes("unknown") ? "unknown" : "in";
}

function inSystem({ concept, filter }: JsonRecord, code: string, system: CodeSystem | undefined): Membership {
	if (Array.isArray(concept)) return listOf(concept).some((each) => each["code"] === code) ? "in" : "out";
	const upper = system?.above.get(code);
	if (system === undefined || (upper === undefined && !system.isComplete)) return "unknown";
	if (upper === undefined) return "out";
	const results = listOf(filter).map((each) => byFilter(each, code, upper, system.hasOtherParents));
	return results.includes("out") ? "out" : results.includes("unknown") ? "unknown" : "in";
}

function byFilter({ property, op, value }: JsonRecord, code: string, upper: readonly string[], hasOtherParents: boolean): Membership {
	if (typeof value !== "string" || (property !== "concept" && property !== "code")) return "unknown";
	if ((op === "is-a" && code === value) || ((op === "is-a" || op === "descendent-of") && upper.includes(value))) return "in";
	return (op === "is-a" || op === "descendent-of") && !hasOtherParents ? "out" : "unknown";
}

function anyOf(results: readonly Membership[]): Membership {
	return results.includes("in") ? "in" : results.includes("unknown") ? "unknown" : "out";
}

function listOf(value: unknown): readonly JsonRecord[] {
	return Array.isArray(value) ? value.filter(isPlainObject) : [];
}
