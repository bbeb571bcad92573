import type { FhirResource } from "../resource.ts";
import { checkProfile, type LoadedProfile, type ProfileVerdict } from "./checkProfile.ts";
import { createInvariants, type FhirPathEngine } from "./evaluateInvariant.ts";
import { createProfileNode, overlayRules } from "./profileTree.ts";
import { type ElementRule, type Profile, readProfile } from "./readProfile.ts";
import { createValueSets } from "./valueSets.ts";

/** Profiles with the value sets and code systems that lie beside them. */
export interface ProfileLibrary {
	/** By canonical URL, with a version (`url|1.0.0`) or without. */
	find(canonical: string): LoadedProfile | undefined;
	/** Canonical URLs of the profiles of one resource type, sorted. */
	ofType(type: string): readonly string[];
	/** @param isOver - Asked between elements; where it says so the rest is not judged. */
	check(profile: LoadedProfile, resource: FhirResource, isOver?: () => boolean): ProfileVerdict;
}

const coreUrl = "http://hl7.org/fhir/StructureDefinition/";

/** Invariants of every element, extension and resource of R4: judged by `validateResource` (0003) or about what is not on file, and not a profile's. */
const ofEverything: ReadonlySet<string> = new Set(["ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6"]);

/** Makes a library of StructureDefinitions, ValueSets and CodeSystems, in any order; what else there is is left. */
export function createProfileLibrary(definitions: readonly unknown[], getEngine: () => FhirPathEngine): ProfileLibrary {
	const profiles = definitions.flatMap((each) => readProfile(each) ?? []);
	const byUrl = new Map(profiles.flatMap((each) => [[each.url, each] as const, [`${each.url}|${each.version ?? ""}`, each] as const]));
	const [valueSets, invariants] = [createValueSets(definitions), createInvariants(getEngine)];
	const trees = new Map<Profile, LoadedProfile>();
	const find = (canonical: string): LoadedProfile | undefined => {
		const profile = byUrl.get(canonical);
		if (profile === undefined) return undefined;
		const loaded = trees.get(profile) ?? loadTree(profile, byUrl);
		trees.set(profile, loaded);
		return loaded;
	};
	return {
		find,
		ofType: (type) => [...new Set(profiles.filter((each) => each.kind === "resource" && each.type === type).map(({ url }) => url))].sort(),
		check: (profile, resource, isOver) => checkProfile(profile, resource, { find, valueSets, invariants }, isOver),
	};
}

/**
 * What a profile says beyond its base, laid over what the base says, down to the type itself. Where a base is not loaded the profile's snapshot stands
 * for all of them; without one the base is missing, and it is said so.
 */
function loadTree(profile: Profile, byUrl: ReadonlyMap<string, Profile>): LoadedProfile {
	const layers: (readonly ElementRule[])[] = [];
	const missingBases: string[] = [];
	const seen = new Set<Profile>();
	for (let next: Profile | undefined = profile; next !== undefined && !seen.has(next); ) {
		seen.add(next);
		const base = byUrl.get(next.base);
		const isComplete: boolean = base !== undefined || next.base === `${coreUrl}${next.type}`;
		const rules: readonly ElementRule[] | undefined = isComplete ? (next.differential ?? next.snapshot) : (next.snapshot ?? next.differential);
		layers.unshift(rules ?? []);
		if (rules === next.snapshot) break;
		if (!isComplete) missingBases.push(next.base);
		next = base;
	}
	const tree = createProfileNode();
	for (const rules of layers) overlayRules(tree, rules.map(ownInvariants));
	return { url: profile.url, type: profile.type, tree, missingBases };
}

function ownInvariants(rule: ElementRule): ElementRule {
	return { ...rule, invariants: rule.invariants.filter(({ key }) => !ofEverything.has(key)) };
}
