import { isPlainObject } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import { issuesMax, type ValidationIssue } from "../validate/inspectResource.ts";
import { type Discriminating, holds, referenceType } from "./discriminate.ts";
import type { Invariants } from "./evaluateInvariant.ts";
import { type Place, placesAt, rootPlace } from "./places.ts";
import type { ProfileNode } from "./profileTree.ts";
import type { AllowedType, Invariant } from "./readProfile.ts";
import { misplaced, sortIntoSlices } from "./sortIntoSlices.ts";
import type { Membership, ValueSets } from "./valueSets.ts";

/** Why something of a profile was not judged. */
export type UncheckedReason =
	/** The value set of a required binding is not loaded. */
	| "value-set"
	/** It is, and what it is made of is not (a code system, a filter). */
	| "code-system"
	/** A profile that a value has to meet, or that this one is built on, is not loaded. */
	| "profile"
	/** An invariant that needs more than the resource, or that the engine cannot evaluate. */
	| "invariant"
	/** By what a value is of a slice is not loaded, or not told. */
	| "slice"
	/** What a reference points at would have to meet a profile. */
	| "target"
	/** The resource has more than is judged at once. */
	| "limit";

export interface Unchecked {
	readonly path: string;
	readonly reason: UncheckedReason;
	/** Canonical URL, key of an invariant or name of a slice, as the institution's files have it: never of the resource. */
	readonly subject: string;
}

/** A profile with all that it is built on. */
export interface LoadedProfile {
	readonly url: string;
	readonly type: string;
	readonly tree: ProfileNode;
	/** Canonical URLs of profiles that it is built on and that are not loaded. */
	readonly missingBases: readonly string[];
}

export interface ProfileSources {
	find(canonical: string): LoadedProfile | undefined;
	readonly valueSets: ValueSets;
	readonly invariants: Invariants;
}

/** What a profile says of a resource. */
export interface ProfileVerdict {
	/** At most 20; none of them says a value. */
	readonly issues: readonly ValidationIssue[];
	/** Invariants that the profile has as warnings. */
	readonly warnings: readonly ValidationIssue[];
	/** What was not judged, each once. */
	readonly unchecked: readonly Unchecked[];
}

/** Elements and expressions that are looked at for one resource. */
export const stepsMax = 50_000;

/** Values of a resource whose invariants are evaluated: an expression may compare each with each, and nothing stops it half-way. */
export const invariantValuesMax = 5_000;

/** Not more than this is told of what was not judged. */
const uncheckedMax = 100;

interface Walk {
	readonly sources: ProfileSources;
	readonly root: Place;
	readonly issues: ValidationIssue[];
	readonly warnings: ValidationIssue[];
	readonly unchecked: Map<string, Unchecked>;
	/** Shared with the walks that a discriminator begins. */
	readonly steps: { left: number };
	readonly isOver: () => boolean;
	readonly areInvariantsJudged: boolean;
}

/**
 * Judges a resource under a profile: cardinality, types, fixed values and patterns, slices, invariants, required bindings, and the profiles of
 * extensions and datatypes that it names. The resource itself is judged by `validateResource`. What cannot be judged is told, never passed over.
 *
 * @param isOver - Asked between elements; where it says so the rest is not judged.
 */
export function checkProfile(profile: LoadedProfile, resource: FhirResource, sources: ProfileSources, isOver = () => false): ProfileVerdict {
	const root = rootPlace(resource);
	const walk: Walk = {
		...{ sources, root, isOver, issues: [], warnings: [], unchecked: new Map(), steps: { left: stepsMax } },
		areInvariantsJudged: countValues(resource, invariantValuesMax) < invariantValuesMax,
	};
	if (resource.resourceType !== profile.type) report(walk, root.path, "structure", `a ${profile.type}`, "another type");
	else checkAgainst(walk, profile, root);
	return { issues: walk.issues, warnings: walk.warnings, unchecked: [...walk.unchecked.values()] };
}

function checkAgainst(walk: Walk, profile: LoadedProfile, place: Place): void {
	for (const base of profile.missingBases) leave(walk, place.path, "profile", base);
	checkValue(walk, profile.tree, place);
	checkBelow(walk, profile.tree, place);
}

/** False where the limits are reached: what follows is not judged, and it is said so. */
function goesOn(walk: Walk): boolean {
	walk.steps.left = walk.isOver() ? 0 : walk.steps.left - 1;
	if (walk.steps.left <= 0) leave(walk, walk.root.path, "limit", "size");
	return walk.steps.left > 0 && walk.issues.length < issuesMax;
}

/** Values inside a value, counted up to `most`. */
function countValues(value: unknown, most: number): number {
	if (typeof value !== "object" || value === null) return 1;
	let count = 1;
	for (const each of Object.values(value)) {
		if (count >= most) return most;
		count += countValues(each, most - count);
	}
	return count;
}

/** The elements below a value, each by what the profile says of it. */
function checkBelow(walk: Walk, node: ProfileNode, place: Place): void {
	for (const [name, child] of node.children) {
		if (!goesOn(walk)) return;
		const places = placesAt(place, name);
		checkCount(walk, child, places.length, `${place.path}.${name}`);
		checkEach(walk, child, places);
		if (child.slices.size > 0) checkSlices(walk, child, name, places, `${place.path}.${name}`);
	}
}

function checkEach(walk: Walk, node: ProfileNode, places: readonly Place[]): void {
	for (const each of places) {
		if (!goesOn(walk)) return;
		checkValue(walk, node, each);
		checkBelow(walk, node, each);
	}
}

function checkCount(walk: Walk, { min, max }: ProfileNode, count: number, path: string, of = ""): void {
	if (count < min) report(walk, path, "required", `at least ${min}${of}`, String(count));
	if (count > max) report(walk, path, "structure", `at most ${max}${of}`, String(count));
}

/** What holds of one value by itself. */
function checkValue(walk: Walk, node: ProfileNode, place: Place): void {
	const { fixed, pattern, requiredValueSet } = node;
	checkType(walk, node, place);
	if (fixed !== undefined && !(holds(place.value, fixed) && holds(fixed, place.value))) {
		report(walk, place.path, "value", "the value that the profile fixes", "another");
	}
	if (pattern !== undefined && !holds(place.value, pattern)) report(walk, place.path, "value", "the pattern of the profile", "another");
	if (requiredValueSet !== undefined) checkBinding(walk, requiredValueSet, place);
	for (const invariant of node.invariants.values()) if (goesOn(walk)) checkInvariant(walk, invariant, place);
}

function checkInvariant(walk: Walk, { key, severity, expression }: Invariant, place: Place): void {
	if (!walk.areInvariantsJudged) {
		leave(walk, walk.root.path, "limit", "invariants");
		return;
	}
	const verdict = walk.sources.invariants.evaluate(expression, place, walk.root);
	if (verdict === "unknown") leave(walk, place.path, "invariant", key);
	if (verdict !== "broken") return;
	const found: ValidationIssue = { path: place.path, code: "invariant", expected: `what invariant ${key} of the profile asks`, found: "another" };
	if (severity === "error") report(walk, found.path, found.code, found.expected, found.found);
	else if (walk.warnings.length < issuesMax) walk.warnings.push(found);
}

function checkType(walk: Walk, { types }: ProfileNode, place: Place): void {
	if (types === undefined || place.type === undefined || place.path === walk.root.path) return;
	const isChoice = types.length > 1 || isOfChoice(place);
	const allowed = types.filter(({ code }) => code.toLowerCase() === place.type?.toLowerCase());
	if (isChoice && allowed.length === 0) {
		report(walk, place.path, "structure", `a value of type ${types.map(({ code }) => code).join(" or ")}`, "another type");
	}
	checkProfilesOf(
		walk,
		allowed.flatMap(({ profiles }) => profiles),
		place,
	);
	if (place.type === "Reference") checkTarget(walk, allowed, place);
}

function isOfChoice({ path, type }: Place): boolean {
	const name = path.slice(path.lastIndexOf(".") + 1).replace(/\[\d+\]$/, "");
	return type !== undefined && !type.includes(".") && name.length > type.length && name.toLowerCase().endsWith(type.toLowerCase());
}

/** Of the profiles of a type a value has to meet one. */
function checkProfilesOf(walk: Walk, canonicals: readonly string[], place: Place): void {
	const own = canonicals.filter((each) => !isPlainType(each) || walk.sources.find(each) !== undefined);
	const trials = own.map((canonical) => {
		const profile = walk.sources.find(canonical);
		if (profile === undefined) return { canonical, found: undefined };
		const found: Walk = { ...walk, issues: [], warnings: [], unchecked: new Map() };
		checkAgainst(found, profile, place);
		return { canonical, found };
	});
	const met = trials.find(({ found }) => found?.issues.length === 0)?.found;
	if (met !== undefined) {
		walk.warnings.push(...met.warnings.slice(0, issuesMax - walk.warnings.length));
		for (const each of met.unchecked.values()) leave(walk, each.path, each.reason, each.subject);
	} else if (trials.some(({ found }) => found === undefined)) {
		for (const { canonical, found } of trials) if (found === undefined) leave(walk, place.path, "profile", canonical);
	} else for (const each of trials[0]?.found?.issues ?? []) report(walk, each.path, each.code, each.expected, each.found);
}

/** The type that a reference says it points at, if it does; whether its target meets a profile would need the target. */
function checkTarget(walk: Walk, allowed: readonly AllowedType[], place: Place): void {
	const canonicals = allowed.flatMap(({ targets }) => targets);
	const type = referenceType(place.value);
	const fitting = canonicals.filter((each) => type === undefined || [type, "Resource", undefined].includes(typeOfCanonical(walk.sources, each)));
	if (canonicals.length > 0 && fitting.length === 0)
		report(walk, place.path, "structure", "a reference to a type that the profile names", "another type");
	const profiles = fitting.filter((each) => !isPlainType(each));
	// A plain type is met by the reference's own word, where it says one.
	for (const canonical of profiles.length > 0 || type !== undefined ? profiles : fitting) leave(walk, place.path, "target", canonical);
}

const typeUrl = "http://hl7.org/fhir/StructureDefinition/";

/** `…/StructureDefinition/Patient` is the type itself and no profile of it. */
function isPlainType(canonical: string): boolean {
	return canonical.startsWith(typeUrl) && /^[A-Z]/.test(canonical.slice(typeUrl.length));
}

function typeOfCanonical(sources: ProfileSources, canonical: string): string | undefined {
	return sources.find(canonical)?.type ?? (isPlainType(canonical) ? canonical.slice(typeUrl.length) : undefined);
}

function checkBinding(walk: Walk, valueSet: string, place: Place): void {
	if (place.value === undefined) return;
	const result = membershipOf(walk.sources.valueSets, valueSet, place);
	if (result === "out") report(walk, place.path, "code-invalid", "a code of the required value set", "another code or none");
	if (result === "unknown") leave(walk, place.path, walk.sources.valueSets.has(valueSet) ? "code-system" : "value-set", valueSet);
}

/** Of a CodeableConcept one coding has to be of the value set: FHIR R4 §4.1.5. */
function membershipOf({ membership }: ValueSets, valueSet: string, { value, type }: Place): Membership {
	if (typeof value === "string") return membership(valueSet, { system: undefined, code: value });
	if (!isPlainObject(value)) return "out";
	const codings =
		type === "CodeableConcept" || value["coding"] !== undefined
			? Array.isArray(value["coding"])
				? value["coding"].filter(isPlainObject)
				: []
			: [value];
	const results = codings.map(({ system, code }) =>
		typeof code === "string" && typeof system === "string" ? membership(valueSet, { system, code }) : "out",
	);
	return results.includes("in") ? "in" : results.includes("unknown") ? "unknown" : "out";
}

function checkSlices(walk: Walk, node: ProfileNode, name: string, places: readonly Place[], path: string): void {
	const env = discriminating(walk);
	const sorted = places.flatMap((place) => (goesOn(walk) ? [sortIntoSlices(node, name, place, env)] : []));
	for (const [slice, child] of node.slices) {
		if (!goesOn(walk)) return;
		const own = sorted.filter((each) => each.slice === slice).map(({ place }) => place);
		const maybe = sorted.filter((each) => each.slice === undefined && each.maybe.includes(slice));
		for (const { place } of maybe) leave(walk, place.path, "slice", slice);
		const atMost = own.length + maybe.length;
		checkCount(walk, { ...child, max: Number.POSITIVE_INFINITY }, atMost, path, ` of slice ${slice}`);
		checkCount(walk, { ...child, min: 0 }, own.length, path, ` of slice ${slice}`);
		checkEach(walk, child, own);
		if (child.slices.size > 0) checkSlices(walk, { ...child, slicing: child.slicing ?? node.slicing }, name, own, path);
	}
	for (const { path: at, expected } of misplaced(node, sorted)) report(walk, at, "structure", expected, "another");
}

function discriminating(walk: Walk): Discriminating {
	return {
		membership: (canonical, place) => membershipOf(walk.sources.valueSets, canonical, place),
		typeOf: (canonical) => typeOfCanonical(walk.sources, canonical),
		conforms(canonical, place) {
			const profile = walk.sources.find(canonical);
			if (profile === undefined) return undefined;
			const found: Walk = { ...walk, issues: [], warnings: [], unchecked: new Map() };
			checkAgainst(found, profile, place);
			return found.issues.length > 0 ? false : found.unchecked.size > 0 ? undefined : true;
		},
	};
}

function report(walk: Walk, path: string, code: ValidationIssue["code"], expected: string, found: string): void {
	if (walk.issues.length < issuesMax) walk.issues.push({ path, code, expected, found });
}

function leave(walk: Walk, path: string, reason: UncheckedReason, subject: string): void {
	// Which of many like values it was tells nobody anything.
	const plain = path.replace(/\[\d+\]/g, "");
	if (walk.unchecked.size < uncheckedMax) walk.unchecked.set(`${reason} ${plain} ${subject}`, { path: plain, reason, subject });
	else walk.unchecked.set("limit", { path: walk.root.path, reason: "limit", subject: "size" });
}
