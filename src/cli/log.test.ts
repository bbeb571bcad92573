import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backup } from "./commands/backup.ts";
import { fsck } from "./commands/fsck.ts";
import { history } from "./commands/history.ts";
import { log } from "./commands/log.ts";
import { read } from "./commands/read.ts";
import { restore } from "./commands/restore.ts";
import { verify } from "./commands/verify.ts";
import { runCommand, serveDemo } from "./testing/servedDemo.ts";

let demo: Awaited<ReturnType<typeof serveDemo>>;
const inHome = (name: string) => join(demo.home, name);
const member = ["--member", "lindenhof"];
const askWalter = ["--staff", "dr-adler", "--person", "walter-lehmann", "--classes", "conditions"];

beforeAll(async () => {
	demo = await serveDemo();
	await demo.run(backup, [...member, "--out", inHome("backup")]);
	for (let i = 0; i < 2; i++) await demo.run(read, askWalter);
	await demo.network.institution("lindenhof").gate.anchor(true);
});
afterAll(() => demo?.close());

describe("an access log whose newest entries are lost", () => {
	it("[ND48] is not closed while a node runs, nor without a yes, nor where nothing is lost", async () => {
		expect(await demo.run(log, ["close", ...member, "--yes"])).toMatchObject({ exit: 75 });
		await demo.stop();
		const unsure = await demo.run(log, ["close", ...member], ["no"]);
		expect(unsure.err).toContain("CLI_NOT_CONFIRMED");
		const intact = await demo.run(log, ["close", ...member], ["lindenhof"]);
		expect([intact.exit, intact.err]).toEqual([77, expect.stringContaining("NODE_LOG_INTACT")]);
		expect(await demo.run(log, ["close", ...member, "--lost", "some", "--yes"])).toMatchObject({ exit: 64 });
		expect(await demo.run(log, ["open"])).toMatchObject({ exit: 64 });
	});

	it("[ND47] is closed with the loss named; the patient reads of it in the history and in its verification", async () => {
		rmSync(join(demo.folder, "members", "lindenhof", "access.db"));
		const stopped = await demo.run(read, askWalter);
		expect([stopped.exit, stopped.err]).toEqual([70, expect.stringContaining("aceso log close")]);
		const refused = await demo.run(restore, [...member, "--backup", inHome("backup")]);
		expect([refused.exit, refused.err]).toEqual([77, expect.stringContaining("aceso log close --backup")]);
		const closed = await demo.run(log, ["close", ...member, "--backup", inHome("backup"), "--yes"]);
		expect(closed.err).toBe("");
		expect(closed.out).toMatch(
			/✓ lindenhof-1 is closed: of \d+ entries that the ledger has anchored, \d+ are there\n {2}[1-9]\d* entries are declared lost; .* lindenhof-2/,
		);
		expect(await demo.run(restore, [...member, "--backup", inHome("backup")])).toMatchObject({ exit: 0 });
		expect((await demo.run(read, askWalter)).out).toMatch(/conditions: released, identified, [1-9]/);
		expect(existsSync(join(demo.folder, "members", "lindenhof", "access-2.db"))).toBe(true);
		const out = inHome("walter.json");
		const lost = /the custodian declared [1-9]\d* entries of the log lindenhof-1 lost/;
		expect((await demo.run(history, ["--person", "walter-lehmann", ...member, "--out", out])).out).toMatch(lost);
		const verified = await runCommand(verify, [out]);
		expect([verified.exit, verified.out]).toEqual([0, expect.stringMatching(lost)]);
		expect(verified.out).toContain("Verdict: verified");
		expect(await demo.run(fsck, [])).toMatchObject({ exit: 0 });
	});
});
