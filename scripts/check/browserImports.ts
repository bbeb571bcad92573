import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** What one module asks of the place it runs in that a browser does not have. */
export interface BrowserFault {
	readonly path: string;
	readonly message: string;
}

export interface BrowserWalk {
	/** Modules that were read, relative to the root. */
	readonly modules: readonly string[];
	/** Packages that they import. */
	readonly packages: readonly string[];
	readonly faults: readonly BrowserFault[];
}

type Conditions = string | { readonly browser?: string; readonly default: string };

/**
 * Follows every import from a room's door as a bundler for browsers does (import condition `browser`), and tells what a browser could not load
 * or would not have: built-in modules of Node, imports made while running, `Buffer` and `process`.
 *
 * @param root - Absolute path of the repository.
 * @param doors - Names such as `#wallet`.
 */
export function walkForBrowser(root: string, doors: readonly string[]): BrowserWalk {
	const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { imports: Readonly<Record<string, Conditions>> };
	const modules = new Set<string>();
	const packages = new Set<string>();
	const faults: BrowserFault[] = [];

	const follow = (from: string, specifier: string): void => {
		if (specifier.startsWith("#")) visit(from, browserPath(imports[specifier]));
		else if (specifier.startsWith(".")) visit(from, posix.join(posix.dirname(from), specifier));
		else if (specifier.startsWith("node:")) faults.push({ path: from, message: `imports ${specifier}` });
		else packages.add(specifier);
	};
	const visit = (from: string, path: string | undefined): void => {
		if (path === undefined || !existsSync(join(root, path))) {
			faults.push({ path: from, message: "imports what is not there" });
			return;
		}
		if (modules.has(path)) return;
		modules.add(path);
		const code = withoutComments(readFileSync(join(root, path), "utf8"));
		for (const word of code.match(/\b(?:Buffer|process|__dirname|require)\b(?=[.(])|\bimport\.meta\.\w+|\bimport\(/g) ?? []) {
			faults.push({ path, message: `uses ${word}` });
		}
		for (const specifier of importsOf(code)) follow(path, specifier);
	};
	for (const door of doors) follow("package.json", door);
	return { modules: [...modules].sort(), packages: [...packages].sort(), faults };
}

function browserPath(target: Conditions | undefined): string | undefined {
	const path = typeof target === "object" ? (target.browser ?? target.default) : target;
	return path?.replace(/^\.\//, "");
}

/** Specifiers of the imports that are still there when types are stripped. */
function importsOf(code: string): readonly string[] {
	const statements = code.matchAll(/^(?:import|export) (?!type\b)(?:(?:[^;"']|\n)*? from )?"([^"]+)";/gm);
	return [...statements].map(([, from]) => from as string);
}

function withoutComments(text: string): string {
	return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
