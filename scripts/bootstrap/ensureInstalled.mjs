// @ts-check
import { spawn } from "node:child_process";
import { join } from "node:path";
import { BootstrapError } from "./bootstrapError.mjs";
import { withInstallLock } from "./installLock.mjs";
import { isInstalled, writeStamp } from "./stamp.mjs";

/**
 * Makes `node_modules` match `package-lock.json`. Costs one file hash and touches no network when it already does.
 *
 * @param {string} root - Absolute path of the repository.
 * @param {object} [options]
 * @param {(root: string) => Promise<void>} [options.install] - Replaces `npm ci` in tests.
 * @param {(line: string) => void} [options.say] - Progress, a sentence at a time; standard error by default, since standard output belongs to the program.
 * @throws {BootstrapError} `INSTALL_FAILED`
 */
export async function ensureInstalled(root, { install = npmCi, say = sayOnStandardError } = {}) {
	if (isInstalled(root)) return;
	const work = async () => {
		if (isInstalled(root)) return;
		say("aceso: installing dependencies (npm ci), once for each change of package-lock.json …");
		const startedMs = Date.now();
		await install(root);
		writeStamp(root);
		say(`aceso: dependencies installed in ${Math.ceil((Date.now() - startedMs) / 1000)} s`);
	};
	await withInstallLock(join(root, ".install-lock"), work, () => say("aceso: another start is installing dependencies, waiting …"));
}

/** @param {string} line */
function sayOnStandardError(line) {
	process.stderr.write(`${line}\n`);
}

/**
 * @param {string} root
 * @returns {Promise<void>}
 */
function npmCi(root) {
	// Development and optional packages are named because NODE_ENV=production or a user's .npmrc would leave them out, and Node 24 is one of them.
	const npmArguments = [
		"ci",
		"--include=dev",
		"--include=optional",
		"--ignore-scripts",
		"--prefer-offline",
		"--no-audit",
		"--no-fund",
		"--loglevel=error",
	];
	const npmCli = process.env.npm_execpath;
	const [command, commandArguments] = npmCli?.endsWith("js") ? [process.execPath, [npmCli, ...npmArguments]] : ["npm", npmArguments];
	return new Promise((resolve, reject) => {
		const child = spawn(command, commandArguments, { cwd: root, stdio: ["ignore", 2, 2], shell: command === "npm" && process.platform === "win32" });
		child.once("error", (cause) => reject(new BootstrapError("INSTALL_FAILED", "npm could not be started; is it installed and on the PATH?", cause)));
		child.once("exit", (code, signal) => {
			if (code === 0) resolve();
			else reject(new BootstrapError("INSTALL_FAILED", `npm ci ended with ${signal ?? `exit code ${code}`}; its message is above`));
		});
	});
}
