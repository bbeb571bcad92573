import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import {
	createProfileLibrary,
	FhirError,
	type FhirPathEngine,
	type FhirResource,
	type LoadedProfile,
	type ProfileLibrary,
	type ProfileVerdict,
} from "#fhir";
import { NodeError } from "../../errors.ts";

const config = z.strictObject({
	format: z.literal("aceso/profiles/1"),
	/** Profiles that a resource which claims them in `meta.profile` has to meet when it is written. */
	enforced: z.array(z.string().max(500)).max(1_000),
});

/** The profiles that an institution has loaded. */
export interface Profiles extends Pick<ProfileLibrary, "find" | "ofType"> {
	/** What a profile, and those it is built on, say of a resource. */
	check(profile: LoadedProfile, resource: FhirResource): ProfileVerdict;
	/** @throws FhirError `FHIR_INVALID` where a resource claims an enforced profile that it does not meet, or is too large to be judged by it. */
	assertClaims(resource: FhirResource): void;
}

/** A resource that takes longer is not judged to its end, and it is said so. */
const judgingMsMax = 500;

/**
 * Reads the profiles of a folder: StructureDefinitions, ValueSets and CodeSystems as files, and those of packages (`<name>/package/*.json`). What else
 * a package has is left. Without the folder there are none.
 *
 * @throws NodeError `NODE_PROFILES_INVALID` for what cannot be read, and for an enforced profile that is not there.
 */
export function loadProfiles(folder: string): Profiles {
	const library = createProfileLibrary(filesIn(join(folder, "profiles")).map(readJson), loadEngine);
	const enforced = readEnforced(join(folder, "profiles.json"));
	for (const url of enforced) if (library.find(url) === undefined) throw invalid("enforced");
	const check = (profile: LoadedProfile, resource: FhirResource): ProfileVerdict => {
		const endsAtMs = performance.now() + judgingMsMax;
		return library.check(profile, resource, () => performance.now() > endsAtMs);
	};
	return {
		...{ find: library.find, ofType: library.ofType, check },
		assertClaims(resource) {
			const claimed = (resource["meta"] as { readonly profile?: unknown } | undefined)?.profile;
			for (const url of Array.isArray(claimed) ? (claimed as readonly unknown[]) : []) {
				const profile = typeof url === "string" && enforced.has(url.split("|")[0] as string) ? library.find(url) : undefined;
				if (profile !== undefined) assertMeets(check(profile, resource), resource);
			}
		},
	};
}

/** Node keeps what it has loaded; where no profile has an invariant it is never loaded. */
function loadEngine(): FhirPathEngine {
	return createRequire(import.meta.url)("@medplum/core") as FhirPathEngine;
}

function assertMeets({ issues, unchecked }: ProfileVerdict, { resourceType }: FhirResource): void {
	const [first] = issues;
	if (first !== undefined) {
		throw new FhirError("FHIR_INVALID", `expected ${first.expected} by an enforced profile, found ${first.found}`, { path: first.path, issues });
	}
	if (unchecked.some(({ reason }) => reason === "limit")) {
		const expected = "a resource small enough to be judged by an enforced profile";
		throw new FhirError("FHIR_INVALID", `expected ${expected}, found a larger one`, { path: resourceType });
	}
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
