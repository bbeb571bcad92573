import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { delimiter, join } from "node:path";

/** The first `node` on PATH that is older than the one that runs, or undefined. Its OpenSSL is another. */
export function findOlderNode(): { readonly path: string; readonly version: string } | undefined {
	const major = Number(process.versions.node.split(".")[0]);
	for (const folder of (process.env.PATH ?? "").split(delimiter)) {
		const path = join(folder, "node");
		if (folder === "" || !existsSync(path)) continue;
		const version = spawnSync(path, ["-v"], { encoding: "utf8" }).stdout?.trim() ?? "";
		if (Number(/^v(\d+)\./.exec(version)?.[1] ?? Number.POSITIVE_INFINITY) < major) return { path, version };
	}
	return undefined;
}

/** Writes a folder's modules, without their types, for a Node that reads no TypeScript. */
export function stripModules(from: string, into: string): void {
	mkdirSync(into, { recursive: true });
	writeFileSync(join(into, "package.json"), '{"type":"module"}\n');
	for (const name of readdirSync(from)) {
		if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
		const text = stripTypeScriptTypes(readFileSync(join(from, name), "utf8"));
		writeFileSync(join(into, name.replace(/\.ts$/, ".js")), text.replace(/(from "\.\/[^"]+)\.ts"/g, '$1.js"'));
	}
}
