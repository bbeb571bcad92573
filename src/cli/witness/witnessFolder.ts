import { join } from "node:path";
import { createSigningKey, decodeHex, type SigningKey } from "#base";
import { CliError } from "../errors.ts";
import { readTextFile } from "../files.ts";

export const witnessDataOption = { data: { type: "string", default: ".aceso-witness" } } as const;

/** The witness's copy of the log. */
export function witnessFile(folder: string): string {
	return join(folder, "witness.db");
}

/** @throws CliError `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`. */
export function readWitnessKey(path: string): SigningKey {
	const text = readTextFile(path).trim();
	if (/^[0-9a-f]{64}$/.test(text)) return createSigningKey(decodeHex(text, 32));
	throw new CliError("CLI_INPUT_INVALID", "expected a witness key: 64 hex digits, as `aceso witness key` makes it", { file: path });
}
