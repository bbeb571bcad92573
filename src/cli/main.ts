import type { Io } from "./command.ts";
import { commands } from "./commands/index.ts";
import { CliError } from "./errors.ts";
import { explainError } from "./explainError.ts";
import { createTerminalIo } from "./terminalIo.ts";
import { versionLine } from "./versionLine.ts";

function help(): string {
	const width = Math.max(...commands.map(({ name }) => name.length));
	return [
		"aceso: a network for precision medicine that its patients control",
		"",
		"Usage: aceso <command> [options]",
		"       aceso --version    and what it runs on",
		"",
		...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
		"",
		"`aceso <command> --help` tells the rest. Commands work on the data folder .aceso, or on the one named with --data; where a node runs on",
		"it, they go through its socket.",
		"",
		"Exit codes: 0 done, 64 usage, 65 bad input, 66 not found, 69 unavailable, 70 integrity or internal error, 73 cannot write,",
		"75 try again later, 77 refused.",
	].join("\n");
}

async function run(argv: readonly string[], io: Io): Promise<number> {
	const [name, ...args] = argv;
	if (name === undefined || name === "--help" || name === "-h" || name === "help") {
		io.out(help());
		return name === undefined ? 64 : 0;
	}
	if (name === "--version") {
		io.out(versionLine());
		return 0;
	}
	const command = commands.find((each) => each.name === name);
	if (command === undefined) throw new CliError("CLI_USAGE", `no such command; expected one of ${commands.map((each) => each.name).join(", ")}`);
	if (args.includes("--help") || args.includes("-h")) {
		io.out(`aceso ${command.name}: ${command.summary}\n\n${command.usage}`);
		return 0;
	}
	return command.run(args, io);
}

const { stdin, stdout, stderr } = process;
const io = createTerminalIo({ stdin, stdout, stderr, interactive: stderr.isTTY === true });
// A reader that has seen enough (`| head`) is no error.
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 70));
process.exitCode = await run(process.argv.slice(2), io).catch((error: unknown) => explainError(error, io));
