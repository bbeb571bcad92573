import type { AllowedType, ElementRule, Invariant, Slicing } from "./readProfile.ts";

/** All that holds of one element under a profile and those it is built on, with the elements and slices below it. */
export interface ProfileNode {
	min: number;
	max: number;
	types: readonly AllowedType[] | undefined;
	fixed: unknown;
	pattern: unknown;
	requiredValueSet: string | undefined;
	readonly invariants: Map<string, Invariant>;
	slicing: Slicing | undefined;
	readonly slices: Map<string, ProfileNode>;
	/** By the element's name; that of a choice ends in `[x]`. */
	readonly children: Map<string, ProfileNode>;
}

export function createProfileNode(): ProfileNode {
	return {
		...{ min: 0, max: Number.POSITIVE_INFINITY, types: undefined, fixed: undefined, pattern: undefined, requiredValueSet: undefined },
		...{ invariants: new Map(), slicing: undefined, slices: new Map(), children: new Map() },
	};
}

/**
 * Lays what a profile says over what its base says: FHIR R4 §5.1.0.9. What the profile is silent about stays as it was; slices and their parts are
 * found again by the ids of their elements.
 */
export function overlayRules(root: ProfileNode, rules: readonly ElementRule[]): void {
	for (const rule of rules) overlay(nodeAt(root, rule.segments), rule);
}

function nodeAt(root: ProfileNode, segments: readonly string[]): ProfileNode {
	let node = root;
	for (const segment of segments) {
		const colon = segment.indexOf(":");
		node = childOf(node.children, colon < 0 ? segment : segment.slice(0, colon));
		// `a/b` is slice `b` of slice `a`.
		for (const name of colon < 0 ? [] : segment.slice(colon + 1).split("/")) node = childOf(node.slices, name);
	}
	return node;
}

function childOf(map: Map<string, ProfileNode>, name: string): ProfileNode {
	const found = map.get(name) ?? createProfileNode();
	map.set(name, found);
	return found;
}

function overlay(node: ProfileNode, rule: ElementRule): void {
	node.min = Math.max(node.min, rule.min ?? 0);
	node.max = Math.min(node.max, rule.max ?? Number.POSITIVE_INFINITY);
	node.types = rule.types ?? node.types;
	node.fixed = rule.fixed ?? node.fixed;
	node.pattern = rule.pattern ?? node.pattern;
	node.requiredValueSet = rule.requiredValueSet === undefined ? node.requiredValueSet : (rule.requiredValueSet ?? undefined);
	node.slicing = rule.slicing ?? node.slicing;
	for (const invariant of rule.invariants) node.invariants.set(invariant.key, invariant);
}
