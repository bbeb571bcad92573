import { resolve } from "node:path";
import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { CliError } from "./errors.ts";

/** The data folder, as every command names it. */
export const dataOption = { data: { type: "string", default: ".aceso" } } as const satisfies ParseArgsOptionsConfig;
export const jsonOption = { json: { type: "boolean", default: false } } as const satisfies ParseArgsOptionsConfig;

export interface Words<Options extends ParseArgsOptionsConfig> {
	readonly values: ReturnType<typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>>["values"];
	readonly positionals: readonly string[];
}

/**
 * Reads the words of a command line.
 *
 * @param positionals - How many words besides options there must be, at least and at most.
 * @throws TypeError `ERR_PARSE_ARGS_…` for an option that is not known; CliError `CLI_USAGE` for too few or too many words.
 */
export function readWords<Options extends ParseArgsOptionsConfig>(
	args: readonly string[],
	options: Options,
	positionals: { readonly min: number; readonly max: number; readonly what: string } = { min: 0, max: 0, what: "" },
): Words<Options> {
	const config = { args: [...args], options, strict: true, allowPositionals: true } as const satisfies ParseArgsConfig;
	const parsed = parseArgs(config);
	const { length } = parsed.positionals;
	if (length < positionals.min || length > positionals.max) {
		const expected = positionals.max === 0 ? "no words besides options" : positionals.what;
		throw new CliError("CLI_USAGE", `expected ${expected}, found ${length}; --help tells more`);
	}
	return { values: parsed.values as Words<Options>["values"], positionals: parsed.positionals };
}

/** The data folder as an absolute path. */
export function folderOf({ data }: { readonly data: string }): string {
	return resolve(data);
}

/** An option that must be there. */
export function required(value: string | undefined, option: string): string {
	if (value === undefined || value === "") throw new CliError("CLI_USAGE", `expected ${option}; --help tells more`);
	return value;
}

/** One of a closed list. */
export function oneOf<Word extends string>(value: string, allowed: readonly Word[], option: string): Word {
	const found = allowed.find((word) => word === value);
	if (found === undefined) throw new CliError("CLI_USAGE", `expected ${option} to be one of ${allowed.join(", ")}`);
	return found;
}

/** Words of a closed list, separated by commas. */
export function listOf<Word extends string>(value: string, allowed: readonly Word[], option: string): readonly Word[] {
	return splitList(value).map((word) => oneOf(word, allowed, option));
}

export function splitList(value: string): readonly string[] {
	return value
		.split(",")
		.map((word) => word.trim())
		.filter((word) => word !== "");
}

/** A whole number within limits. */
export function numberOf(value: string, { min, max, option }: { readonly min: number; readonly max: number; readonly option: string }): number {
	const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
	if (number >= min && number <= max) return number;
	throw new CliError("CLI_USAGE", `expected ${option} to be a whole number from ${min} to ${max}`);
}
