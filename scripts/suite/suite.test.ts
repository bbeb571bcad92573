import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { TestSpecification, Vitest } from "vitest/node";
import { LongestFirst, longest } from "./longestFirst.ts";

const root = join(import.meta.dirname, "../..");

describe("the order of a run", () => {
	const tests = ["src", "portal", "bench", "scripts"].flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
			.filter((path) => path.endsWith(".test.ts"))
			.map((path) => `${folder}/${path.replaceAll("\\", "/")}`),
	);

	it("names no file that is gone", () => {
		expect(longest.filter((pattern) => !tests.some((path) => pattern.test(path)))).toEqual([]);
	});

	it("begins with those that take longest and keeps each file", async () => {
		const project = { name: "", config: { sequence: { groupOrder: 0 }, isolate: true } };
		const specifications = tests.map((path) => ({ moduleId: join(root, path), project }) as TestSpecification);
		const context = { config: { root }, cache: { getTestSpecificationResult: () => undefined } };
		const sorted = (await new LongestFirst(context as unknown as Vitest).sort(specifications)).map(({ moduleId }) => relative(root, moduleId));
		expect(sorted.slice(0, 3)).toEqual(["portal/portal.test.ts", "src/node/crash/kill9.test.ts", "portal/ownKey.test.ts"]);
		expect(sorted.toSorted()).toEqual(tests.toSorted());
	});
});

describe("the folder of a run", () => {
	const program = join(import.meta.dirname, "runFolder.ts");
	const within = (home: string, { needBytes = 1, ...chosen }: { readonly needBytes?: number; readonly TMPDIR?: string } = {}) => {
		const script = `
			import { existsSync } from "node:fs";
			import { useRunFolder } from ${JSON.stringify(program)};
			useRunFolder({ home: ${JSON.stringify(home)}, needBytes: ${needBytes} });
			const folder = process.env.TMPDIR;
			console.log(JSON.stringify([folder, folder !== undefined && existsSync(folder)]));
		`;
		const { TMPDIR: _, ...inherited } = process.env;
		const options = { encoding: "utf8", env: { ...inherited, ...chosen } } as const;
		return JSON.parse(spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], options).stdout) as [string | null, boolean];
	};
	const newHome = () => {
		const home = mkdtempSync(join(tmpdir(), "aceso-suite-"));
		onTestFinished(() => rmSync(home, { recursive: true, force: true }));
		return home;
	};

	it("is there while the run is, and gone after it", () => {
		const home = newHome();
		const [folder, wasThere] = within(home);
		expect([folder?.startsWith(home), wasThere]).toEqual([true, true]);
		expect(readdirSync(home)).toEqual([]);
	});

	it("takes the folders of runs that were killed with it, and nobody else's", () => {
		const home = newHome();
		const ended = spawnSync(process.execPath, ["-e", ""]).pid;
		for (const name of [`aceso-${ended}`, `aceso-${process.pid}`, "aceso-other"]) {
			mkdirSync(join(home, name));
			writeFileSync(join(home, name, "file"), "");
		}
		within(home);
		expect(readdirSync(home).toSorted()).toEqual([`aceso-${process.pid}`, "aceso-other"]);
	});

	it("is none where somebody chose one, where there is no file system in memory, or too little room", () => {
		const home = newHome();
		expect(within(home, { TMPDIR: home })).toEqual([home, true]);
		expect(within(join(home, "absent"))).toEqual([null, false]);
		expect(within(home, { needBytes: 2 ** 60 })).toEqual([null, false]);
		expect(readdirSync(home)).toEqual([]);
	});
});
