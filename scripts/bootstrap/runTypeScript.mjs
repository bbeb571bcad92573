// @ts-check
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { BootstrapError } from "./bootstrapError.mjs";
import { collectorFlags } from "./collectorFlags.mjs";
import { ensureInstalled } from "./ensureInstalled.mjs";
import { findNode24 } from "./findNode24.mjs";
import { repositoryRoot } from "./paths.mjs";

/** EX_UNAVAILABLE of sysexits.h: something the program needs is missing. */
const unavailableExitCode = 69;

/**
 * Installs what is missing, runs a TypeScript file with Node 24 on our standard streams, and ends this process as the child ended.
 *
 * @param {string} entry - Path of the file, relative to the repository.
 * @param {readonly string[]} entryArguments
 */
export async function runTypeScript(entry, entryArguments) {
	try {
		await ensureInstalled(repositoryRoot);
		const node = findNode24(repositoryRoot, process);
		endAs(await run(node, [...collectorFlags(process.version), resolve(repositoryRoot, entry), ...entryArguments]));
	} catch (error) {
		if (!(error instanceof BootstrapError)) throw error;
		process.stderr.write(`aceso: ${error.message}\n`);
		process.exitCode = unavailableExitCode;
	}
}

/**
 * @param {string} node
 * @param {readonly string[]} nodeArguments
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function run(node, nodeArguments) {
	return new Promise((resolvePromise, reject) => {
		const child = spawn(node, nodeArguments, { stdio: "inherit", env: environmentWith(node) });
		child.once("error", (cause) =>
			reject(new BootstrapError("NO_NODE_24", `${node} could not be started on this system; install Node 24 and start again`, cause)),
		);
		const stopForwarding = forwardSignals(child);
		child.once("exit", (code, signal) => {
			stopForwarding();
			resolvePromise({ code, signal });
		});
	});
}

/**
 * The child's own children find the same Node and the project's tools first.
 *
 * @param {string} node
 */
function environmentWith(node) {
	const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
	const folders = [dirname(node), join(repositoryRoot, "node_modules", ".bin"), process.env[pathName] ?? ""];
	return { ...process.env, [pathName]: folders.join(delimiter) };
}

/**
 * A terminal sends Ctrl-C to the child too; forwarding it as well would count as a second, impatient Ctrl-C. From anywhere else only we got it.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
function forwardSignals(child) {
	const fromTerminal = process.stdin.isTTY === true;
	/** @type {NodeJS.Signals[]} */
	const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
	const listeners = signals.map((signal) => {
		const listener = () => {
			if (signal !== "SIGINT" || !fromTerminal) child.kill(signal);
		};
		process.on(signal, listener);
		return /** @type {const} */ ([signal, listener]);
	});
	return () => {
		for (const [signal, listener] of listeners) process.off(signal, listener);
	};
}

/** @param {{ code: number | null, signal: NodeJS.Signals | null }} end */
function endAs({ code, signal }) {
	process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
}
