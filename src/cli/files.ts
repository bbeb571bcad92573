import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { CliError } from "./errors.ts";

/** Nesting that any of our files needs, with room to spare; readers further in recurse. */
const depthMax = 64;

/**
 * Reads a JSON file of ours.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`; `CLI_INPUT_INVALID` when it is not JSON, or nested deeper than such a file can be.
 */
export function readJsonFile(path: string): unknown {
	const value = parse(readTextFile(path));
	if (nestsDeeper(value, depthMax)) throw new CliError("CLI_INPUT_INVALID", `expected JSON nested at most ${depthMax} deep, found deeper`);
	return value;
}

/** @throws CliError `CLI_FILE_UNREADABLE`. */
export function readTextFile(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (cause) {
		throw new CliError("CLI_FILE_UNREADABLE", "expected a file that can be read", { system: systemCode(cause) }, cause);
	}
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// The parser's message quotes the file.
		throw new CliError("CLI_INPUT_INVALID", "expected a JSON file");
	}
}

/** Level by level, so that a hostile file meets no recursion here. */
function nestsDeeper(value: unknown, max: number): boolean {
	let level: unknown[] = [value];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > max) return true;
		const next: unknown[] = [];
		for (const each of level) {
			if (typeof each !== "object" || each === null) continue;
			for (const child of Object.values(each)) if (typeof child === "object") next.push(child);
		}
		level = next;
	}
	return false;
}

/** For a file that is read piece by piece. @throws CliError `CLI_FILE_UNREADABLE`. */
export function assertReadable(path: string): void {
	try {
		accessSync(path, constants.R_OK);
	} catch (cause) {
		throw new CliError("CLI_FILE_UNREADABLE", "expected a file that can be read", { system: systemCode(cause) }, cause);
	}
}

/** Writes what only its owner should read. @throws CliError `CLI_FILE_UNWRITABLE`. */
export function writePrivateFile(path: string, text: string): void {
	try {
		writeFileSync(path, text, { mode: 0o600 });
	} catch (cause) {
		throw new CliError("CLI_FILE_UNWRITABLE", "expected a path where a file can be written", { system: systemCode(cause) }, cause);
	}
}

function systemCode(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? "";
}
