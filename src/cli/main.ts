import { CodedError } from "#base";
import type { Io } from "./command.ts";
import { commands } from "./commands/index.ts";
import { CliError } from "./errors.ts";
import { exitCodeOf } from "./exitCode.ts";

const io: Io = {
	out: (line) => void process.stdout.write(`${line}\n`),
	note: (line) => void process.stderr.write(`${line}\n`),
	interactive: process.stderr.isTTY === true,
};

function help(): string {
	const width = Math.max(...commands.map(({ name }) => name.length));
	return [
		"aceso: a network for precision medicine that its patients control",
		"",
		"Usage: aceso <command> [options]",
		"",
		...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
		"",
		"aceso <command> --help tells the rest. Exit codes: 0 done, 64 usage, 65 bad input, 66 not found, 69 unavailable,",
		"70 integrity or internal error, 75 try again later, 77 refused.",
	].join("\n");
}

async function run(argv: readonly string[]): Promise<number> {
	const [name, ...args] = argv;
	if (name === undefined || name === "--help" || name === "-h" || name === "help") {
		io.out(help());
		return name === undefined ? 64 : 0;
	}
	const command = commands.find((each) => each.name === name);
	if (command === undefined) throw new CliError("CLI_USAGE", `no such command; expected one of ${commands.map((each) => each.name).join(", ")}`);
	if (args.includes("--help") || args.includes("-h")) {
		io.out(`${command.summary}\n\n${command.usage}`);
		return 0;
	}
	return command.run(args, io);
}

function explain(error: unknown): number {
	if (error instanceof CodedError) {
		const details = Object.entries(error.details).map(([fact, value]) => `\n  ${fact}: ${String(value)}`);
		io.note(`aceso: ${error.message} (${error.code})${details.join("")}`);
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

process.exitCode = await run(process.argv.slice(2)).catch(explain);
