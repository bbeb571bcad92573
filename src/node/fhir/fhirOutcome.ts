import { CodedError } from "#base";
import { FhirError } from "#fhir";
import { type IssueType, issueTypeOf } from "../errorTable.ts";
import { type Problem, problemOf } from "../problem.ts";

interface Issue {
	readonly severity: "error" | "warning" | "information";
	readonly code: IssueType | "informational" | "suppressed";
	readonly details: { readonly coding?: readonly { readonly system: string; readonly code: string }[]; readonly text: string };
	readonly expression?: readonly string[];
}

export interface OperationOutcome {
	readonly resourceType: "OperationOutcome";
	readonly issue: readonly Issue[];
}

/** System of the node's own error codes. */
const codeSystem = "urn:aceso:error";

/** An error as FHIR tells it; the same facts as the problem details elsewhere, and no more. */
export function outcomeOf(error: unknown): { readonly status: number; readonly outcome: OperationOutcome } {
	const problem = problemOf(error);
	const code: IssueType =
		error instanceof CodedError && problem.reference === undefined ? issueTypeOf(error) : problem.status < 500 ? "invalid" : "exception";
	const issues = error instanceof FhirError ? (error.details.issues ?? []) : [];
	const all = issues.map(({ path, expected, found }) => issueOf(problem, code, `expected ${expected}, found ${found}`, path));
	return {
		status: problem.status,
		outcome: { resourceType: "OperationOutcome", issue: all.length > 0 ? all : [issueOf(problem, code, textOf(problem), pathOf(error))] },
	};
}

function issueOf(problem: Problem, code: IssueType, text: string, path?: string): Issue {
	const details = { coding: [{ system: codeSystem, code: problem.code }], text };
	return { severity: "error", code, details, ...(path === undefined ? {} : { expression: [path] }) };
}

function textOf({ title, reference }: Problem): string {
	return reference === undefined ? title : `${title}: ${reference}`;
}

function pathOf(error: unknown): string | undefined {
	return error instanceof FhirError ? error.details.path : undefined;
}

/** What stands beside every answer: which classes are not available, and that the record may be incomplete (PROTOCOL §6). */
export function availabilityOutcome(notice: string, notAvailable: readonly string[]): OperationOutcome {
	const withheld: readonly Issue[] =
		notAvailable.length === 0
			? []
			: [{ severity: "information", code: "suppressed", details: { text: `not available to you: ${notAvailable.join(", ")}` } }];
	return { resourceType: "OperationOutcome", issue: [{ severity: "information", code: "informational", details: { text: notice } }, ...withheld] };
}
