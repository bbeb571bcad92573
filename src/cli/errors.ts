import { CodedError } from "#base";

export type CliErrorCode =
	/** The words of the command line are off. */
	| "CLI_USAGE"
	/** A file cannot be read. */
	| "CLI_FILE_UNREADABLE"
	/** A node runs on this folder and does not answer. */
	| "CLI_NODE_SILENT"
	/** A running node refused; its own code stands in the details. */
	| "CLI_NODE_REFUSED"
	/** What was checked does not hold. */
	| "CLI_NOT_VERIFIED";

const kinds = {
	CLI_USAGE: "mistake",
	CLI_FILE_UNREADABLE: "mistake",
	CLI_NODE_SILENT: "again",
	CLI_NODE_REFUSED: "refused",
	CLI_NOT_VERIFIED: "stop",
} as const;

export class CliError extends CodedError<CliErrorCode, { [fact: string]: string | number }> {
	constructor(code: CliErrorCode, message: string, details: { [fact: string]: string | number } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}
