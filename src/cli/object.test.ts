import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consent } from "./commands/consent.ts";
import { fsck } from "./commands/fsck.ts";
import { object } from "./commands/object.ts";
import { serveDemo } from "./testing/servedDemo.ts";

let demo: Awaited<ReturnType<typeof serveDemo>>;
let record: string;
const inHome = (name: string) => join(demo.home, name);
const genome = Buffer.alloc(12_000_000);
for (let i = 0; i < genome.length; i += 4) genome.writeUInt32LE(i, i);

beforeAll(async () => {
	demo = await serveDemo();
	writeFileSync(inHome("genome.vcf.gz"), genome);
	const put = await demo.run(object, [
		"put",
		inHome("genome.vcf.gz"),
		"--kind",
		"vcf",
		"--person",
		"walter-lehmann",
		"--member",
		"lindenhof",
		"--json",
	]);
	expect(put.err).toBe("");
	({ record } = JSON.parse(put.out) as { record: string });
	const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
	const grant = ["grant", "--person", "walter-lehmann", "--member", "lindenhof", "--to", "lindenhof", "--classes", "genomics", "--purpose", "TREAT"];
	expect(await demo.run(consent, [...grant, "--until", until, "--yes"])).toMatchObject({ exit: 0 });
}, 60_000);
afterAll(() => demo?.close());

/** Reads as a doctor of the house would, to whom Walter's genome is open. */
const get = (out: string, more: readonly string[] = []) =>
	demo.run(object, [
		...["get", "--staff", "dr-adler", "--person", "walter-lehmann", "--member", "lindenhof", "--classes", "genomics", "--record", record],
		...["--out", inHome(out), ...more],
	]);

describe("aceso object", () => {
	it("files an object and reads it back, whole and in part", async () => {
		expect(record).toMatch(/^DiagnosticReport\/[0-9a-f]{32}$/);
		expect(await get("whole.gz")).toMatchObject({ exit: 0, err: "" });
		expect(genome.equals(readFileSync(inHome("whole.gz")))).toBe(true);
		expect(await get("part.bin", ["--range", "1000-2999"])).toMatchObject({ exit: 0 });
		expect(genome.subarray(1_000, 3_000).equals(readFileSync(inHome("part.bin")))).toBe(true);
		expect((await get("whole.gz")).exit, "what stands there is not overwritten").toBe(73);
	});

	it("goes on where an earlier download broke off, and starts again where the object is another", async () => {
		await get("first.gz");
		const tag = (await openTag()) as string;
		writeFileSync(inHome(`again.gz.${tag}.part`), genome.subarray(0, 7_000_001));
		const again = await get("again.gz");
		expect(again).toMatchObject({ exit: 0 });
		expect(again.err).toContain("going on at byte 7000001");
		expect(genome.equals(readFileSync(inHome("again.gz")))).toBe(true);
		writeFileSync(inHome(`full.gz.${tag}.part`), genome);
		expect(await get("full.gz")).toMatchObject({ exit: 0 });
		expect(genome.equals(readFileSync(inHome("full.gz")))).toBe(true);
		writeFileSync(inHome(`other.gz.${"0".repeat(32)}-1.part`), genome.subarray(0, 100));
		expect(await get("other.gz")).toMatchObject({ exit: 65 });
		expect(await get("other.gz")).toMatchObject({ exit: 0 });
		expect(readdirSync(demo.home).filter((name) => name.endsWith(".part"))).toEqual([]);
	});

	it("tells who may not read no more than that, and leaves no file", async () => {
		const refused = await demo.run(object, [
			...["get", "--staff", "dr-marsh", "--person", "walter-lehmann", "--member", "lindenhof", "--classes", "genomics", "--record", record],
			...["--out", inHome("refused.gz")],
		]);
		expect(refused.exit).toBe(77);
		expect(refused.err).toContain("not available to you");
		expect(existsSync(inHome("refused.gz"))).toBe(false);
		expect((await get("beyond.bin", ["--range", "99999999-"])).exit).toBe(65);
	});

	it("refuses words it does not know, a file that is not there, a patient who is not", async () => {
		const put = (...words: readonly string[]) => demo.run(object, ["put", ...words]);
		expect((await put(inHome("genome.vcf.gz"), "--kind", "exe", "--person", "walter-lehmann")).exit).toBe(64);
		expect((await put(inHome("genome.vcf.gz"), "--kind", "vcf")).exit).toBe(64);
		expect((await put(inHome("absent"), "--kind", "vcf", "--member", "lindenhof", "--patient", "x")).exit).toBe(66);
		expect((await put(inHome("genome.vcf.gz"), "--kind", "vcf", "--member", "lindenhof", "--patient", "x")).exit).toBe(65);
		expect((await put(inHome("genome.vcf.gz"), "--kind", "vcf", "--member", "nobody", "--patient", "x")).exit).toBe(66);
	});

	it("works on a stopped folder too, whose audit counts the object", async () => {
		await demo.stop();
		expect(await get("stopped.gz")).toMatchObject({ exit: 0 });
		expect(genome.equals(readFileSync(inHome("stopped.gz")))).toBe(true);
		const audit = await demo.run(fsck, ["--json"]);
		expect(audit.exit).toBe(0);
		const { members } = JSON.parse(audit.out) as { members: { member: string; objects: number }[] };
		expect(members.find(({ member }) => member === "lindenhof")?.objects).toBe(1);
	});
});

/** The tag under which a download of this object is kept. */
async function openTag(): Promise<string | undefined> {
	const { PartialFile } = await import("./object/partialFile.ts");
	const names: string[] = [];
	const { create } = PartialFile;
	PartialFile.create = async (target, tag) => {
		names.push(tag);
		return create.call(PartialFile, target, tag);
	};
	try {
		await get("tagged.gz");
		return names[0];
	} finally {
		PartialFile.create = create;
	}
}
