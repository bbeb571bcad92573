import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { listFiles } from "#node";
import { buildPortal } from "./testing/servePortal.ts";

const root = join(import.meta.dirname, "..");

/** Builds a copy of the sources in a folder of another depth, under another clock zone, language and user's environment. */
function buildCopy(depth: string, environment: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
	const home = mkdtempSync(join(tmpdir(), "aceso-build-"));
	onTestFinished(() => rmSync(home, { recursive: true, force: true }));
	const copy = join(home, depth);
	for (const path of ["portal", "src", "scripts/buildPortal.ts", "package.json", "package-lock.json", "tsconfig.json"]) {
		mkdirSync(dirname(join(copy, path)), { recursive: true });
		cpSync(join(root, path), join(copy, path), { recursive: true });
	}
	// Read alone, by one process, and gone with the folder.
	symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
	const { status, stderr } = spawnSync(process.execPath, [join(copy, "scripts/buildPortal.ts")], {
		cwd: home,
		encoding: "utf8",
		env: { ...process.env, ...environment },
	});
	if (status !== 0) throw new Error(`expected the copy to build:\n${stderr}`);
	const [stamp = ""] = readdirSync(join(copy, ".portal"));
	const built = join(copy, ".portal", stamp);
	return new Map(listFiles(built).map((path) => [path, readFileSync(join(built, path)).toString("latin1")]));
}

describe("the build", () => {
	it("[PO247] names the application in the head of the page, behind a first script that is little and waits for nothing", { timeout: 90_000 }, () => {
		const built = buildPortal();
		const page = built.page.bytes.toString();
		const [, first = ""] = /<script async type="module" crossorigin src="\/([^"]+)">/.exec(page) ?? [];
		const preloaded = [...page.matchAll(/<link rel="modulepreload" crossorigin href="\/([^"]+)">/g)].map(([, path]) => path as string);
		const named = preloaded.filter((path, at) => preloaded.indexOf(path) === at && built.files.has(path));
		expect(named).toEqual(preloaded);
		const textOf = (path: string) => built.files.get(path)?.bytes.toString() ?? "";
		const importsOf = (path: string) => [...textOf(path).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, name]) => `assets/${name}`);
		const needed = new Set([first]);
		for (const path of needed) for (const each of importsOf(path)) needed.add(each);
		const firstBytes = [...needed].reduce((total, path) => total + textOf(path).length, 0);
		expect([firstBytes > 500, firstBytes < 12_000, firstBytes]).toEqual([true, true, firstBytes]);
		expect([...needed].some((path) => textOf(path).includes("new Worker("))).toBe(true);
		const main = preloaded.find((path) => path.startsWith("assets/main-")) ?? "";
		expect(importsOf(main).filter((path) => !preloaded.includes(path))).toEqual([]);
		expect(page.match(/<script/g)).toHaveLength(1);
	});

	it("[PO140] gives the same bytes in another folder, at another time, on another user's machine", { timeout: 180_000 }, () => {
		const first = buildCopy("a", { TZ: "UTC", LANG: "C", VITE_SECRET: "one" });
		const second = buildCopy("some/where/else", { TZ: "Asia/Tokyo", LANG: "de_DE.UTF-8", NODE_ENV: "development", VITE_SECRET: "two" });
		expect([...first.keys()].sort()).toEqual([...second.keys()].sort());
		const differing = [...first].filter(([path, bytes]) => second.get(path) !== bytes).map(([path]) => path);
		expect(differing).toEqual([]);
		expect([...first.values()].some((bytes) => bytes.includes("aceso-build-"))).toBe(false);
	});
});
