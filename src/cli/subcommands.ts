import type { Io } from "./command.ts";
import { CliError } from "./errors.ts";

export type Subcommand = (args: readonly string[], io: Io) => Promise<number>;

/** Runs the subcommand that the first word names. @throws CliError `CLI_USAGE`. */
export async function runSubcommand(subcommands: Readonly<Record<string, Subcommand>>, args: readonly string[], io: Io): Promise<number> {
	const [name = "", ...rest] = args;
	const found = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
	if (found === undefined) throw new CliError("CLI_USAGE", `expected one of ${Object.keys(subcommands).join(", ")}; --help tells more`);
	return found(rest, io);
}
