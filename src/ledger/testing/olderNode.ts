import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { delimiter, dirname, join } from "node:path";

const repository = join(import.meta.dirname, "..", "..", "..");
const rooms = ["base", "log", "contracts", "ledger"] as const;

/** The first `node` on PATH that is older than the one that runs and at least version 20, or undefined. */
export function findOlderNode(): { readonly path: string; readonly version: string } | undefined {
	const own = Number(process.versions.node.split(".")[0]);
	for (const folder of (process.env.PATH ?? "").split(delimiter)) {
		const path = join(folder, "node");
		if (folder === "" || !existsSync(path)) continue;
		const version = spawnSync(path, ["-v"], { encoding: "utf8" }).stdout?.trim() ?? "";
		const major = Number(/^v(\d+)\./.exec(version)?.[1]);
		if (major >= 20 && major < own) return { path, version };
	}
	return undefined;
}

/** Writes the rooms that run contracts without their types, for a Node that reads no TypeScript; the packages are those of this repository. */
export function stripRooms(into: string): void {
	const imports = Object.fromEntries(rooms.map((room) => [`#${room}`, `./src/${room}/index.js`]));
	writeFileSync(join(into, "package.json"), JSON.stringify({ type: "module", imports }));
	symlinkSync(join(repository, "node_modules"), join(into, "node_modules"));
	for (const room of rooms) {
		for (const path of readdirSync(join(repository, "src", room), { recursive: true, encoding: "utf8" })) {
			if (!path.endsWith(".ts") || path.endsWith(".test.ts")) continue;
			const text = stripTypeScriptTypes(readFileSync(join(repository, "src", room, path), "utf8"));
			const target = join(into, "src", room, path.replace(/\.ts$/, ".js"));
			mkdirSync(dirname(target), { recursive: true });
			writeFileSync(target, text.replace(/(from "\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
		}
	}
}
