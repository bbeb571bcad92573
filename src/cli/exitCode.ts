import type { CodedError } from "#base";
import { exitCodeOf as nodeExitCodeOf } from "#node";
import { CliError, type CliErrorCode } from "./errors.ts";

const cliExitCodes = {
	CLI_USAGE: 64,
	CLI_FILE_UNREADABLE: 66,
	CLI_FILE_UNWRITABLE: 73,
	CLI_INPUT_INVALID: 65,
	CLI_NETWORK_MISSING: 66,
	CLI_NOT_FOUND: 66,
	CLI_NODE_SILENT: 75,
	CLI_NODE_RUNNING: 75,
	CLI_NOT_CONFIRMED: 77,
	CLI_NOT_VERIFIED: 70,
} as const satisfies Record<CliErrorCode, number>;

/** Exit code of an error: the command line's own, or the one table of the node (a node's answer carries a code of that table). */
export function exitCodeOf(error: CodedError): number {
	return error instanceof CliError ? cliExitCodes[error.code] : nodeExitCodeOf(error);
}
