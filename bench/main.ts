/**
 * `npm run bench [-- --json] [NAME…]`: runs the named benchmarks, or all, one after the other. With `--json` standard output has one JSON object a
 * line and nothing else; the table goes there otherwise.
 */
import { parseArgs } from "node:util";
import { benches } from "./benches.ts";
import type { BenchRow } from "./benchRow.ts";

const usageExitCode = 64;

const help = `usage: npm run bench [-- OPTION…] [NAME…]

  --json   one JSON object a line: name, value, unit, baseline, ratio and more
  --list   the names
  --help   this text

Benchmarks:
${Object.entries(benches)
	.map(([name, { about }]) => `  ${name.padEnd(16)}${about}`)
	.join("\n")}
`;

process.exitCode = await main(process.argv.slice(2));

async function main(benchArguments: string[]): Promise<number> {
	const parsed = parse(benchArguments);
	if (typeof parsed === "string") return refuse(parsed);
	const { values, positionals } = parsed;
	if (values.help) return print(help);
	if (values.list) return print(`${Object.keys(benches).join("\n")}\n`);
	const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
	if (unknown.length > 0) return refuse(`No such benchmark: ${unknown.join(", ")}`);
	return await runAll(positionals.length > 0 ? positionals : Object.keys(benches), values.json === true);
}

function parse(benchArguments: string[]) {
	try {
		const options = { json: { type: "boolean" }, list: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
		return parseArgs({ args: benchArguments, options, allowPositionals: true });
	} catch (error) {
		return error instanceof Error ? error.message : "The arguments could not be read";
	}
}

async function runAll(names: readonly string[], asJson: boolean): Promise<number> {
	const rows: BenchRow[] = [];
	let failures = 0;
	for (const name of names) {
		process.stderr.write(`${name} …\n`);
		try {
			const row = await (await benches[name]!.load())();
			rows.push(row);
			if (asJson) print(`${JSON.stringify(row)}\n`);
		} catch (error) {
			failures++;
			process.stderr.write(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
		}
	}
	if (!asJson && rows.length > 0) print(tableOf(rows));
	return failures > 0 ? 1 : 0;
}

function tableOf(rows: readonly BenchRow[]): string {
	const cells = [
		["name", "value", "unit", "baseline", "ratio"],
		...rows.map((row) => [row.name, row.value, row.unit, row.baseline, row.ratio].map(String)),
	];
	const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
	const isNumber = (column: number) => column === 1 || column >= 3;
	const lineOf = (row: readonly string[]) =>
		row.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join("  ");
	return `${cells.map(lineOf).join("\n")}\n`;
}

function print(text: string): number {
	process.stdout.write(text);
	return 0;
}

function refuse(reason: string): number {
	process.stderr.write(`${reason}\n\n${help}`);
	return usageExitCode;
}
