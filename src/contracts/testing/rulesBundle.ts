import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import { canonicalBytes, type Digest, encodeUtf8, sha256Hex } from "#base";

const src = join(import.meta.dirname, "..", "..");

/** What a node never runs: no validity is decided in a browser (PROTOCOL §2). */
const inBrowsers = /^base\/(?:browser\/|browser\.ts$)/;

/** The door and the list of bundles: they name bundles by their hashes, and are part of none. */
const besideBundle: ReadonlySet<string> = new Set(["contracts/index.ts", "contracts/rulebook.ts"]);

/** Path under `src` with forward slashes → text. */
export type Sources = ReadonlyMap<string, string>;

/** The rules as they stand in the working tree (SPEC.md [RU1]): contracts and base in full, of log what contracts import, without tests. */
export function readRulesBundle(): { readonly sources: Sources; readonly zod: string } {
	const contracts = filesOf("contracts").filter((path) => !path.startsWith("contracts/testing/") && !besideBundle.has(path));
	const paths = new Set([...contracts, ...filesOf("base").filter((path) => !path.startsWith("base/testing/") && !inBrowsers.test(path))]);
	for (const path of contracts) for (const file of logFilesFor(read(path))) addWithImports(file, paths);
	const sources = new Map([...paths].sort().map((path) => [path, read(path)]));
	return { sources, zod: (createRequire(import.meta.url)("zod/package.json") as { version: string }).version };
}

/** H(canonical {zod, files: [[path, H(text)], …]}), files in the order of their paths. */
export function hashRulesBundle({ sources, zod }: { readonly sources: Sources; readonly zod: string }): Digest {
	const files = [...sources].map(([path, text]) => [path, sha256Hex(encodeUtf8(text))]).sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
	const list = files.map(([path, digest]) => `${path} ${digest}`).join("\n");
	return sha256Hex(canonicalBytes({ zod, files: sha256Hex(encodeUtf8(list)) })) as Digest;
}

/** What a source imports at run time: `[names, from]`. */
export function importsOf(text: string): readonly (readonly [names: string, from: string])[] {
	const statements = text.matchAll(/^(?:import|export) (?!type )((?:[^;"]|\n)*?) ?from "([^"]+)";/gm);
	return [...statements].map((found) => [found[1] as string, found[2] as string] as const);
}

function filesOf(room: string): readonly string[] {
	return readdirSync(join(src, room), { recursive: true, encoding: "utf8" })
		.map((path) => posix.join(room, path.replaceAll("\\", "/")))
		.filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
}

function read(path: string): string {
	return readFileSync(join(src, path), "utf8");
}

/** The files of log that define what a source imports from its door. */
function logFilesFor(text: string): readonly string[] {
	const names = importsOf(text).flatMap(([given, from]) => (from === "#log" ? (given.match(/\w+/g) ?? []) : []));
	const doors = importsOf(read("log/index.ts"));
	return names.flatMap((name) => doors.filter(([given]) => new RegExp(`\\b${name}\\b`).test(given)).map(([, from]) => posix.join("log", from)));
}

function addWithImports(path: string, paths: Set<string>): void {
	if (paths.has(path)) return;
	paths.add(path);
	for (const [, from] of importsOf(read(path))) if (from.startsWith(".")) addWithImports(posix.join(posix.dirname(path), from), paths);
}
