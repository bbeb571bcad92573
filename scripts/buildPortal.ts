/**
 * Builds the web application into `.portal/<stamp>`, the stamp being the hash of its sources. Needs no network. `npm start` runs it when the
 * sources have changed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "vite";
import { sha256Hex } from "../src/base/sha256.ts";
import { builtFolder, portalStamp } from "../src/cli/portal/portalStamp.ts";
import { listFiles } from "../src/node/portal/portal.ts";
import { formatPortalManifest, manifestPath } from "../src/wallet/portalManifest.ts";

// Whoever starts it: under another name React would be built with its checks for developers, twice as slow and half as large again.
process.env["NODE_ENV"] = "production";

const root = join(import.meta.dirname, "..");
const target = builtFolder(root, portalStamp(root));
const kept = join(root, ".portal");
const building = join(kept, `building-${process.pid}`);

try {
	mkdirSync(kept, { recursive: true });
	await build({ configFile: join(root, "portal/vite.config.ts"), build: { outDir: building }, logLevel: "error" });
	await buildGuard(building);
	writeManifest(building);
	compressAll(building);
	// Whole or not at all: a start in between sees the folder under its name only when everything is in it.
	if (!existsSync(target)) renameSync(building, target);
	removeOthers();
} catch (error) {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
} finally {
	rmSync(building, { recursive: true, force: true });
}

/** One classic script under one name: a browser asks for the same address again for ever. */
async function buildGuard(folder: string): Promise<void> {
	await build({
		configFile: false,
		root: join(root, "portal"),
		publicDir: false,
		envDir: false,
		logLevel: "error",
		build: {
			outDir: folder,
			emptyOutDir: false,
			target: "es2023",
			reportCompressedSize: false,
			lib: { entry: join(root, "portal/guard/guard.ts"), formats: ["iife"], name: "guard", fileName: () => "guard.js" },
		},
	});
}

/** Names every file by its hash. Compressed copies are none of their own: whoever reads them gets the same bytes. */
function writeManifest(folder: string): void {
	const files = listFiles(folder).map((path) => {
		const bytes = readFileSync(join(folder, path));
		return { path, sha256: sha256Hex(bytes), size: bytes.length };
	});
	writeFileSync(join(folder, manifestPath), formatPortalManifest(files));
}

function compressAll(folder: string): void {
	for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
		if (![".js", ".css", ".html", ".svg"].includes(extname(name))) continue;
		const bytes = readFileSync(join(folder, name));
		const compressed = brotliCompressSync(bytes, {
			params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
		});
		if (compressed.length < bytes.length) writeFileSync(join(folder, `${name}.br`), compressed);
	}
}

/** Builds of earlier sources; another start's that is under way stays. */
function removeOthers(): void {
	for (const name of readdirSync(kept)) {
		const path = join(kept, name);
		if (path !== target && /^[0-9a-f]{32}$/.test(name)) rmSync(path, { recursive: true, force: true });
	}
}
