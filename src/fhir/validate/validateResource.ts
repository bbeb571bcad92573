import { fhirError } from "../errors.ts";
import { inspectResource, type ResourceFacts, type ValidationIssue } from "./inspectResource.ts";

/**
 * The faults of a resource under FHIR R4, at most 20; empty when it is valid. Covers names, types, cardinality, choices, primitives and
 * required bindings of codes; what it leaves out stands in docs/decisions/0003-fhir-validation.md.
 */
export function validateResource(resource: unknown): readonly ValidationIssue[] {
	return inspectResource(resource).issues;
}

/** Facts of a valid resource. @throws {@link FhirError} `FHIR_INVALID` with the path of the first issue and all of them in `details`. */
export function assertValidResource(resource: unknown, where: { readonly entry?: number; readonly byteOffset?: number } = {}): ResourceFacts {
	const facts = inspectResource(resource);
	const [first] = facts.issues;
	if (first === undefined) return facts;
	throw fhirError("FHIR_INVALID", {
		...where,
		path: toBundlePath(first.path, where.entry),
		expected: first.expected,
		found: first.found,
		issues: facts.issues.map((issue) => ({ ...issue, path: toBundlePath(issue.path, where.entry) })),
	});
}

/** `Observation.code` → `entry[12].resource.code`: the path a person can follow in the file. */
function toBundlePath(path: string, entry: number | undefined): string {
	if (entry === undefined) return path;
	const dot = path.indexOf(".");
	return `entry[${entry}].resource${dot < 0 ? "" : path.slice(dot)}`;
}
