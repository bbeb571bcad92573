import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkProfile, FhirError, type FhirResource, type Profile, readProfile, type ValidationIssue } from "#fhir";
import { NodeError } from "../../errors.ts";

const config = z.strictObject({
	format: z.literal("aceso/profiles/1"),
	/** Profiles that a resource which claims them in `meta.profile` has to meet when it is written. */
	enforced: z.array(z.string().max(500)).max(1_000),
});

/** The profiles that an institution has loaded. */
export interface Profiles {
	/** By canonical URL, with a version (`url|1.0.0`) or without; undefined for one that is not here. */
	find(canonical: string): Profile | undefined;
	/** Canonical URLs of those of one type, sorted. */
	ofType(type: string): readonly string[];
	/** The faults under a profile and those it is built on. */
	check(profile: Profile, resource: FhirResource): readonly ValidationIssue[];
	/** @throws FhirError `FHIR_INVALID` where a resource claims an enforced profile that it does not meet. */
	assertClaims(resource: FhirResource): void;
}

/**
 * Reads the profiles of a folder: StructureDefinitions as files, and those of packages (`<name>/package/*.json`). What else a package has is left.
 * Without the folder there are none.
 *
 * @throws NodeError `NODE_PROFILES_INVALID` for what cannot be read, and for an enforced profile that is not there.
 */
export function loadProfiles(folder: string): Profiles {
	const found = filesIn(join(folder, "profiles")).flatMap((path) => readProfile(readJson(path)) ?? []);
	const byUrl = new Map<string, Profile>(found.flatMap((each) => [[each.url, each] as const, [`${each.url}|${each.version ?? ""}`, each] as const]));
	const enforced = readEnforced(join(folder, "profiles.json"));
	for (const url of enforced) if (!byUrl.has(url)) throw invalid("enforced");
	const check = (profile: Profile, resource: FhirResource): readonly ValidationIssue[] => {
		const issues: ValidationIssue[] = [];
		const seen = new Set<Profile>();
		for (let next: Profile | undefined = profile; next !== undefined && !seen.has(next); next = byUrl.get(next.base)) {
			seen.add(next);
			issues.push(...checkProfile(next, resource));
		}
		return issues;
	};
	return {
		find: (canonical) => byUrl.get(canonical),
		ofType: (type) => [...new Set(found.filter((each) => each.type === type).map(({ url }) => url))].sort(),
		check,
		assertClaims(resource) {
			const claimed = (resource["meta"] as { readonly profile?: unknown } | undefined)?.profile;
			for (const url of Array.isArray(claimed) ? (claimed as readonly unknown[]) : []) {
				const profile = typeof url === "string" && enforced.has(url.split("|")[0] as string) ? byUrl.get(url) : undefined;
				const issues = profile === undefined ? [] : check(profile, resource);
				const [first] = issues;
				if (first === undefined) continue;
				throw new FhirError("FHIR_INVALID", `expected ${first.expected} by an enforced profile, found ${first.found}`, { path: first.path, issues });
			}
		},
	};
}

function filesIn(folder: string): readonly string[] {
	if (!existsSync(folder)) return [];
	const inside = readdirSync(folder, { withFileTypes: true });
	const packages = inside.filter((each) => each.isDirectory()).map(({ name }) => join(folder, name, "package"));
	return [folder, ...packages.filter((each) => existsSync(each))].flatMap((each) =>
		readdirSync(each)
			.filter((name) => name.endsWith(".json") && !name.startsWith("."))
			.sort()
			.map((name) => join(each, name)),
	);
}

function readEnforced(path: string): ReadonlySet<string> {
	if (!existsSync(path)) return new Set();
	const stored = config.safeParse(readJson(path));
	if (!stored.success) throw invalid(stored.error.issues[0]?.path.join(".") ?? "");
	return new Set(stored.data.enforced);
}

function readJson(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch {
		throw invalid("");
	}
}

function invalid(at: string): NodeError {
	return new NodeError("NODE_PROFILES_INVALID", "expected profiles as JSON, and in profiles.json only such as are there", { at });
}
