import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What the pages run in the browser: our own modules without their types, and the packages they stand on, from this node alone. */
export interface PageScript {
	/** Address of an entry. */
	address(entry: string): string;
	/** What bare names mean: `#base` is its browser door. */
	readonly importMap: { readonly imports: Readonly<Record<string, string>> };
	/** A module's text by the path behind `/signin/script/`; undefined for what no page needs. */
	read(path: string): string | undefined;
	/** How many modules there are. */
	readonly size: number;
	/** H over all modules, hex: who has it can tell whether another script was served. */
	readonly hash: string;
}

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const entries: Readonly<Record<string, string>> = {
	allowApp: "src/node/signin/browser/allowApp.ts",
	acceptInvitation: "src/node/signin/browser/acceptInvitation.ts",
};
const doors: Readonly<Record<string, string>> = Object.fromEntries(
	["base", "log", "contracts", "ledger", "wallet"].map((room) => {
		const door = `src/${room}/browser.ts`;
		return [`#${room}`, existsSync(join(root, door)) ? door : `src/${room}/index.ts`];
	}),
);
const importForm = /(?:^|\n)\s*(?:import|export)\s[^"';]*?from\s+["']([^"']+)["']|(?:^|\n)\s*import\s+["']([^"']+)["']/g;

let loaded: PageScript | undefined;

/** Walks the imports of every page once. A module that is not reached is not served. */
export function loadPageScript(): PageScript {
	loaded ??= build();
	return loaded;
}

/** Node says of this function each time a process first calls it that it may change; the exact version of Node is ours to choose. */
function withoutTypes(source: string): string {
	const { emitWarning } = process;
	process.emitWarning = () => undefined;
	try {
		return stripTypeScriptTypes(source);
	} finally {
		process.emitWarning = emitWarning;
	}
}

function build(): PageScript {
	const modules = new Map<string, string>();
	const packages = new Map<string, string>();
	for (const entry of Object.values(entries)) walk(join(root, entry));
	const hash = createHash("sha256");
	for (const [path, text] of [...modules].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path}\0${text}\0`);
	const digest = hash.digest("hex");
	const base = `/signin/script/${digest.slice(0, 16)}/`;
	const named = [...packages, ...Object.entries(doors)].map(([name, path]) => [name, base + path]);
	return {
		hash: digest,
		size: modules.size,
		importMap: { imports: Object.fromEntries(named) },
		address: (entry) => base + (entries[entry] ?? ""),
		read: (path) => (path.startsWith(`${digest.slice(0, 16)}/`) ? modules.get(path.slice(17)) : undefined),
	};

	function walk(file: string): void {
		const path = relative(root, file);
		if (modules.has(path)) return;
		const source = readFileSync(file, "utf8");
		const text = file.endsWith(".ts") ? withoutTypes(source) : source;
		modules.set(path, text);
		for (const [, from, bare] of text.matchAll(importForm)) walk(locate(file, (from ?? bare) as string));
	}

	function locate(importer: string, name: string): string {
		if (name.startsWith(".")) return resolve(dirname(importer), name);
		const door = doors[name];
		if (door !== undefined) return join(root, door);
		if (!/^(?:@noble\/|zod$)/.test(name)) throw new Error(`a page's script imports ${name}`);
		const file = fileURLToPath(import.meta.resolve(name));
		packages.set(name, relative(root, file));
		return file;
	}
}
