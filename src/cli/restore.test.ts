import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backup } from "./commands/backup.ts";
import { erase } from "./commands/erase.ts";
import { fsck } from "./commands/fsck.ts";
import { keys } from "./commands/keys.ts";
import { read } from "./commands/read.ts";
import { restore } from "./commands/restore.ts";
import { serveDemo } from "./testing/servedDemo.ts";

let demo: Awaited<ReturnType<typeof serveDemo>>;
const inHome = (name: string) => join(demo.home, name);
const keyringFolder = () => join(demo.folder, "members", "lindenhof", "keyring");
const askWalter = ["--staff", "dr-adler", "--person", "walter-lehmann", "--classes", "conditions,vitals"];

beforeAll(async () => {
	demo = await serveDemo();
	await demo.run(backup, ["--member", "lindenhof", "--out", inHome("backup")]);
	await demo.run(keys, ["backup", "--member", "lindenhof", "--out", inHome("lindenhof.keys")]);
	await demo.run(erase, ["--person", "helga-brandt", "--yes"]);
	await demo.run(erase, ["--person", "walter-lehmann", "--classes", "vitals", "--yes"]);
});
afterAll(() => demo?.close());

describe("a restore", () => {
	it("is refused while a node runs, and where nothing or both are named", async () => {
		const records = ["--member", "lindenhof", "--backup", inHome("backup")];
		expect(await demo.run(restore, records)).toMatchObject({ exit: 75 });
		expect(await demo.run(restore, ["--member", "lindenhof"])).toMatchObject({ exit: 64 });
		expect(await demo.run(restore, [...records, "--keys", inHome("lindenhof.keys")])).toMatchObject({ exit: 64 });
		await demo.stop();
	});

	it("refuses a backup that is not sound, and leaves the vault where it was", async () => {
		cpSync(inHome("backup"), inHome("broken"), { recursive: true });
		const bytes = readFileSync(join(inHome("broken"), "vault.db"));
		const place = join(demo.folder, "members", "lindenhof", "vault.db");
		const before = readFileSync(place);
		writeFileSync(join(inHome("broken"), "vault.db"), bytes.subarray(0, bytes.length - 8192));
		const broken = await demo.run(restore, ["--member", "lindenhof", "--backup", inHome("broken")]);
		expect(broken.exit).toBe(70);
		expect((await demo.run(restore, ["--member", "lindenhof", "--backup", inHome("absent")])).exit).toBe(66);
		expect(readFileSync(place).equals(before)).toBe(true);
		expect((await demo.run(restore, ["--member", "nobody", "--backup", inHome("broken")])).exit).toBe(66);
	});

	it("replaces no keyring that stands, and takes no other institution's keys", async () => {
		const own = await demo.run(restore, ["--member", "lindenhof", "--keys", inHome("lindenhof.keys")]);
		expect(own.err).toContain("NODE_KEYRING_PRESENT");
		expect(existsSync(join(keyringFolder(), "keyring.db"))).toBe(true);
	});

	it("brings keys and records back after their loss, and nothing of what was erased since", async () => {
		for (const name of readdirSync(keyringFolder())) if (!name.endsWith(".epochs")) rmSync(join(keyringFolder(), name));
		const keysBack = await demo.run(restore, ["--member", "lindenhof", "--keys", inHome("lindenhof.keys")]);
		expect(keysBack.err).toBe("");
		expect(keysBack.exit).toBe(0);
		const recordsBack = await demo.run(restore, ["--member", "lindenhof", "--backup", inHome("backup")]);
		expect(recordsBack.exit).toBe(0);
		expect(recordsBack.err).toContain("is kept as");
		const walter = await demo.run(read, askWalter);
		expect(walter.out).toMatch(/conditions: released, identified, [1-9]/);
		expect(walter.out).toContain("vitals: not available to you");
		const helga = await demo.run(read, [
			"--staff",
			"dr-adler",
			"--person",
			"helga-brandt",
			"--classes",
			"conditions",
			"--purpose",
			"ETREAT",
			"--emergency",
			"unconscious in the ward",
		]);
		expect(helga.out).toContain("conditions: not available to you");
		expect(await demo.run(fsck, [])).toMatchObject({ exit: 0 });
	});
});
