import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { consent } from "./commands/consent.ts";
import { fsck } from "./commands/fsck.ts";
import { history } from "./commands/history.ts";
import { importCommand } from "./commands/import.ts";
import { ledger } from "./commands/ledger.ts";
import { verify } from "./commands/verify.ts";
import { runCommand } from "./testing/servedDemo.ts";
import { killStarted, startCommand as start } from "./testing/startCommand.ts";

const home = mkdtempSync(join(tmpdir(), "aceso-node-"));
const folder = join(home, "data");
const data = ["--data", folder];
afterAll(() => {
	killStarted();
	rmSync(home, { recursive: true, force: true });
});

const headOf = async () => JSON.parse((await runCommand(ledger, ["head", "--json", ...data])).out) as { head: { height: number }; size: number };

describe("the words of a command line", () => {
	it.each([
		[[], 64, "Usage: aceso <command>"],
		[["--help"], 0, "Exit codes"],
		[["node", "--help"], 0, "Examples"],
		[["invent"], 64, "no such command"],
		[["node", "--invented"], 64, "--invented"],
		[["node", "--port", "99999"], 64, "--port"],
		[["ledger", "head", "--data", join(home, "absent")], 66, "aceso node"],
	])("%j ends with its exit code and says why", async (args, code, says) => {
		const ended = await start(...args).ended;
		expect(ended).toMatchObject({ code });
		expect(ended.written).toContain(says);
	});

	it("makes no folder for a command that only looks", () => {
		expect(existsSync(join(home, "absent"))).toBe(false);
	});
});

describe("a node's life", () => {
	it("begins again when the first start is killed while it fills the folder", async () => {
		const killed = start("node", "--port", "0", ...data);
		// The mark stands from before the first file until the people are complete.
		while (!existsSync(join(folder, "demo", "DEMO-SECRET"))) await new Promise((resolve) => setTimeout(resolve, 5));
		killed.child.kill("SIGKILL");
		expect((await killed.ended).signal).toBe("SIGKILL");
		expect(existsSync(join(folder, "demo", "begun"))).toBe(true);
		expect(existsSync(join(folder, "demo", "seeded"))).toBe(false);
	});

	it("is ready, refuses a second process by name of the folder, and stops in order", async () => {
		const first = start("node", "--port", "0", ...data);
		const greeting = await first.until("ready after");
		expect(greeting).toContain("first start: made");
		expect(greeting).toContain("Warning: these are DEMO keys");
		expect(greeting).toContain(`Data in ${folder}`);
		const url = /Harbor Clinic\s+(http:\S+)/.exec(greeting)?.[1] ?? "";
		expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ status: "ready" });
		const second = await start("node", "--port", "0", ...data).ended;
		expect(second.code).toBe(75);
		expect(second.written).toContain("NODE_FOLDER_LOCKED");
		expect(second.written).toContain(folder);
		first.child.kill("SIGTERM");
		const { code, written } = await first.ended;
		expect(code).toBe(0);
		expect(written).toContain("stopping");
		expect(written.trimEnd()).toMatch(/stopped$/);
		expect(existsSync(join(folder, "node.sock"))).toBe(false);
	});

	it("[VA26] opens the keyring of every institution by scrypt at its whole cost", () => {
		const members = readdirSync(join(folder, "members"));
		expect(members.length).toBeGreaterThan(1);
		for (const member of members) {
			const root = JSON.parse(readFileSync(join(folder, "members", member, "keyring", "root.json"), "utf8")) as { readonly derivation: object };
			expect(root.derivation).toMatchObject({ name: "scrypt", N: 2 ** 17, r: 8, p: 1 });
		}
	});

	it("works without a running node by opening the folder itself, and leaves it closed", async () => {
		const file = join(home, "james.history.json");
		expect((await runCommand(history, ["--person", "james-okafor", "--out", file, ...data])).exit).toBe(0);
		expect((await runCommand(verify, [file])).exit).toBe(0);
		const bad = join(home, "bad.json");
		writeFileSync(bad, '{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"}}]}');
		const refused = await runCommand(importCommand, [bad, "--member", "harbor", ...data]);
		expect(refused.exit).toBe(65);
		expect(refused.err).toContain("entry: 0");
		const audited = await runCommand(fsck, data);
		expect(audited.out).toContain("✓ sound");
		expect(audited.exit).toBe(0);
	});

	it("finds everything as it was after kill -9, past the socket that a dead process left", async () => {
		const before = await headOf();
		const consents = (await runCommand(consent, ["list", "--person", "maria-sandoval", "--json", ...data])).out;
		const killed = start("node", "--port", "0", ...data);
		const greeting = await killed.until("ready after");
		expect(greeting).not.toContain("first start");
		killed.child.kill("SIGKILL");
		await killed.ended;
		expect(existsSync(join(folder, "node.sock"))).toBe(true);
		expect((await headOf()).size).toBeGreaterThanOrEqual(before.size);
		expect((await runCommand(fsck, data)).exit).toBe(0);
		const again = start("node", "--port", "0", ...data);
		expect(await again.until("ready after")).not.toContain("first start");
		expect((await runCommand(consent, ["list", "--person", "maria-sandoval", "--json", ...data])).out).toBe(consents);
		again.child.kill("SIGINT");
		expect((await again.ended).code).toBe(0);
	});

	it("says which file of an audited folder does not hold", async () => {
		const path = join(folder, "members", "harbor", "vault.db");
		const bytes = readFileSync(path);
		const { DatabaseSync } = await import("node:sqlite");
		const database = new DatabaseSync(path);
		const tables = database.prepare("SELECT name, sql FROM sqlite_schema WHERE sql LIKE '%ciphertext%'").all() as { name: string }[];
		database.exec(`UPDATE ${tables[0]?.name ?? ""} SET ciphertext = randomblob(length(ciphertext)) WHERE rowid = 1`);
		database.close();
		const { exit, out } = await runCommand(fsck, data);
		expect(exit).toBe(70);
		expect(out).toContain("✗ vault of harbor: row-hash at row 0");
		writeFileSync(path, bytes);
	});

	it("refuses a folder too deep for a socket before it makes anything", async () => {
		const deep = join(home, "d".repeat(100));
		expect(await start("node", "--port", "0", "--data", deep).ended).toMatchObject({ code: 64 });
		expect(existsSync(deep)).toBe(false);
	});

	it("refuses a folder that holds something else, and touches nothing in it", async () => {
		const foreign = join(home, "foreign");
		const other = start("node", "--port", "0", "--data", home);
		const { code, written } = await other.ended;
		expect(code).toBe(64);
		expect(written).toContain("NODE_FOLDER_FOREIGN");
		expect(existsSync(foreign)).toBe(false);
		expect(existsSync(join(home, "node.lock"))).toBe(false);
	});
});
