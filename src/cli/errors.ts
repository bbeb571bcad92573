import { CodedError, type ErrorKind } from "#base";

export type CliErrorCode =
	/** The words of the command line are off. */
	| "CLI_USAGE"
	/** A file cannot be read. */
	| "CLI_FILE_UNREADABLE"
	/** A file cannot be written, or stands there already. */
	| "CLI_FILE_UNWRITABLE"
	/** A file does not hold what it should. */
	| "CLI_INPUT_INVALID"
	/** No network in the folder, or not that of a demonstration. */
	| "CLI_NETWORK_MISSING"
	/** What was named is not there. */
	| "CLI_NOT_FOUND"
	/** A node runs on this folder and does not answer. */
	| "CLI_NODE_SILENT"
	/** The command needs the folder for itself, and a node runs on it. */
	| "CLI_NODE_RUNNING"
	/** The person asked did not agree. */
	| "CLI_NOT_CONFIRMED"
	/** What was checked does not hold. */
	| "CLI_NOT_VERIFIED";

const kinds = {
	CLI_USAGE: "mistake",
	CLI_FILE_UNREADABLE: "mistake",
	CLI_FILE_UNWRITABLE: "mistake",
	CLI_INPUT_INVALID: "mistake",
	CLI_NETWORK_MISSING: "mistake",
	CLI_NOT_FOUND: "mistake",
	CLI_NODE_SILENT: "again",
	CLI_NODE_RUNNING: "again",
	CLI_NOT_CONFIRMED: "refused",
	CLI_NOT_VERIFIED: "stop",
} as const satisfies Record<CliErrorCode, ErrorKind>;

export class CliError extends CodedError<CliErrorCode, { [fact: string]: string | number }> {
	constructor(code: CliErrorCode, message: string, details: { [fact: string]: string | number } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

/** What a node answered instead of a result: its own code, sentence and facts. */
export class NodeAnswerError extends CodedError<string, object> {}
