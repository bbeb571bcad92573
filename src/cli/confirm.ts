import type { Io } from "./command.ts";
import { CliError } from "./errors.ts";

/** Goes on only after a yes; nothing, and the end of input, are a no. @throws CliError `CLI_NOT_CONFIRMED`. */
export async function confirm(io: Io, question: string): Promise<void> {
	if (/^(?:y|yes)$/i.test(await io.ask(question))) return;
	throw new CliError("CLI_NOT_CONFIRMED", "not confirmed; nothing was done");
}

/** Goes on only after the word itself. @throws CliError `CLI_NOT_CONFIRMED`. */
export async function confirmWord(io: Io, word: string): Promise<void> {
	if ((await io.ask(`Type ${word} to confirm: `)) === word) return;
	throw new CliError("CLI_NOT_CONFIRMED", "not confirmed; nothing was done");
}
