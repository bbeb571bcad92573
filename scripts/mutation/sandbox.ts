import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMutated, type Target } from "./targets.ts";

/** One change to one place of one source. Lines and columns count from 1 and 0, as editors and Babel have them. */
export interface Mutant {
	readonly id: string;
	readonly path: string;
	readonly mutator: string;
	readonly line: number;
	readonly column: number;
	readonly original: string;
	readonly replacement: string;
}

export interface Sandbox {
	readonly folder: string;
	readonly mutants: readonly Mutant[];
	readonly tests: readonly string[];
}

/** Left where they are and linked: nothing there is mutated. */
const linked = ["node_modules", "vectors", "knowledge", "docs", "bin", "verifiers"];
const copied = ["src", "scripts", "bench", "package.json", "tsconfig.json", "README.md", "AGENTS.md", "package-lock.json"];

/**
 * Copies the project and puts every mutant into the copies of its sources at once, each behind a switch, so that one process can try them all
 * without loading anything again.
 *
 * @param only - Parts of paths; with any, sources that hold none of them stay as they are.
 */
export async function createSandbox(root: string, target: Target, only: readonly string[]): Promise<Sandbox> {
	const parent = mkdtempSync(join(tmpdir(), "aceso-mutation-"));
	// Tests look for shared data beside the project.
	if (existsSync(join(root, "../shared"))) symlinkSync(join(root, "../shared"), join(parent, "shared"));
	const folder = join(parent, "project");
	mkdirSync(folder);
	for (const name of copied) {
		if (existsSync(join(root, name)))
			cpSync(join(root, name), join(folder, name), { recursive: true, filter: (path) => !path.includes("node_modules") });
	}
	for (const name of linked) if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name));
	const sources = listFiles(folder, target.mutate).filter(
		(path) => isMutated(path) && (only.length === 0 || only.some((part) => path.includes(part))),
	);
	const { files, mutants } = await instrument(sources.map((name) => ({ name, content: readFileSync(join(folder, name), "utf8"), mutate: true })));
	const originals = new Map(files.map(({ name }) => [name, readFileSync(join(folder, name), "utf8").split("\n")]));
	for (const { name, content } of files) writeFileSync(join(folder, name), content);
	const tests = listFiles(folder, target.tests).filter((path) => path.endsWith(".test.ts") && !target.without.includes(path));
	return { folder, tests, mutants: mutants.map((mutant) => describeMutant(mutant, originals)).filter(isWorthTrying) };
}

interface InstrumenterMutant {
	readonly id: string;
	readonly fileName: string;
	readonly mutatorName: string;
	readonly replacement: string;
	readonly location: { readonly start: Position; readonly end: Position };
}
interface Position {
	readonly line: number;
	readonly column: number;
}
interface InstrumentedFile {
	readonly name: string;
	readonly content: string;
	readonly mutate: boolean;
}

async function instrument(
	files: readonly InstrumentedFile[],
): Promise<{ files: readonly InstrumentedFile[]; mutants: readonly InstrumenterMutant[] }> {
	const { Instrumenter } = await import("@stryker-mutator/instrumenter");
	const silent = { isDebugEnabled: () => false, debug() {}, info() {}, warn() {}, error() {} };
	const instrumenter = new Instrumenter(silent);
	return instrumenter.instrument(files, { plugins: [], ignorers: [], excludedMutations: [], noHeader: false });
}

function describeMutant(
	{ id, fileName, mutatorName, replacement, location }: InstrumenterMutant,
	originals: ReadonlyMap<string, readonly string[]>,
): Mutant {
	const lines = originals.get(fileName) ?? [];
	const { start, end } = location;
	const text = lines.slice(start.line, end.line + 1);
	if (text.length > 0) {
		text[text.length - 1] = (text.at(-1) as string).slice(0, end.column);
		text[0] = (text[0] as string).slice(start.column);
	}
	return { id, path: fileName, mutator: mutatorName, line: start.line + 1, column: start.column, original: text.join("\n"), replacement };
}

/** The wording of a message is for people: callers and tests go by codes, so that changing it changes no behaviour. */
function isWorthTrying({ mutator, original }: Mutant): boolean {
	return !(mutator === "StringLiteral" && original.includes(" "));
}

function listFiles(folder: string, places: readonly string[]): string[] {
	return places.flatMap((place) => {
		if (statSync(join(folder, place)).isFile()) return [place];
		return readdirSync(join(folder, place), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
			.sort();
	});
}
