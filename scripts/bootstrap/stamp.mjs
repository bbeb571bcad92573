// @ts-check
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "./paths.mjs";

/**
 * What `node_modules` must say of itself to count as installed: a hash over which package in which version belongs where, so that a change of
 * the lockfile that installs nothing else costs nothing, and the platform, since native packages differ.
 *
 * @param {string} root - Absolute path of the repository.
 */
export function expectedStamp(root) {
	/** @type {{ packages?: Record<string, { version?: string, integrity?: string }> }} */
	const { packages = {} } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
	const places = Object.entries(packages).map(([path, { version, integrity }]) => [path, version, integrity]);
	const digest = createHash("sha256").update(JSON.stringify(places.sort())).digest("hex");
	return `${digest} ${process.platform} ${process.arch}\n`;
}

/**
 * The stamp lives inside `node_modules` and is written last: `npm ci` deletes it first, so a half-finished installation has none.
 *
 * @param {string} root - Absolute path of the repository.
 */
export function isInstalled(root) {
	try {
		return readFileSync(stampFile(root), "utf8") === expectedStamp(root);
	} catch {
		return false;
	}
}

/** @param {string} root - Absolute path of the repository. */
export function writeStamp(root) {
	writeFileSync(stampFile(root), expectedStamp(root));
}

/** @param {string} root - Absolute path of the repository. */
function stampFile(root) {
	return join(root, "node_modules", ".aceso-installed");
}

// npm runs this file as the `dependencies` script after it has changed node_modules, so that a manual `npm install` stamps as well.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeStamp(repositoryRoot);
