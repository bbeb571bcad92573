import { CodedError } from "#base";
import type { Io } from "./command.ts";
import { exitCodeOf } from "./exitCode.ts";

/** Issues of a resource that are printed at most. */
const issuesMax = 5;

/** Tells what went wrong, in the words and facts of the error itself, and how the process ends. */
export function explainError(error: unknown, io: Pick<Io, "note">): number {
	if (error instanceof CodedError) {
		io.note(`aceso: ${describeError(error)}`);
		return exitCodeOf(error);
	}
	// `parseArgs` throws its own TypeErrors for words it does not know; they name the option, not a value.
	if (error instanceof TypeError && String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS")) {
		io.note(`aceso: ${error.message} (CLI_USAGE)`);
		return 64;
	}
	io.note(`aceso: something went wrong that has no code\n${error instanceof Error ? (error.stack ?? error.name) : "unknown"}`);
	return 70;
}

/** Sentence, code, and each fact on a line of its own. */
export function describeError(error: CodedError): string {
	const facts = Object.entries(error.details).flatMap(([fact, value]) => (Array.isArray(value) ? listIssues(value) : [`${fact}: ${String(value)}`]));
	return [`${error.message} (${error.code})`, ...facts.map((fact) => `  ${fact}`)].join("\n");
}

function listIssues(issues: readonly { readonly path?: unknown; readonly expected?: unknown; readonly found?: unknown }[]): readonly string[] {
	const lines = issues
		.slice(0, issuesMax)
		.map(({ path, expected, found }) => `at ${String(path)}: expected ${String(expected)}, found ${String(found)}`);
	return issues.length > issuesMax ? [...lines, `and ${issues.length - issuesMax} more`] : lines;
}
