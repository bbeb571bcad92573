import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { node } from "./commands/node.ts";
import { witness } from "./commands/witness.ts";
import { runCommand } from "./testing/servedDemo.ts";
import { killStarted, type Started, startCommand } from "./testing/startCommand.ts";

const home = mkdtempSync(join(tmpdir(), "aceso-witness-"));
const [folder, own] = [join(home, "data"), join(home, "witness")];
const genesis = join(folder, "network.json");
let running: Started;
let witnessUrl: string;
let log: string;

/** A port that is free now. */
function freePort(): Promise<number> {
	return new Promise((resolve) => {
		const server = createServer().listen(0, "127.0.0.1", () => {
			const { port } = server.address() as { port: number };
			server.close(() => resolve(port));
		});
	});
}

const runWords = (...more: string[]) => ["run", "--genesis", genesis, "--sealer", log, "--data", own, ...more];

beforeAll(async () => {
	const port = await freePort();
	witnessUrl = `http://127.0.0.1:${port}`;
	running = startCommand("node", "--port", "0", "--data", folder, "--witness", `harbor=${witnessUrl}`);
	const greeting = await running.until("ready after");
	// The other member's witness runs in the node's own process and is reached.
	expect(greeting).not.toContain("no witness was reached");
	log = `${/(http:\S+)\s+\(lindenhof\)/.exec(greeting)?.[1] ?? ""}/log`;
	mkdirSync(own);
	copyFileSync(join(folder, "members", "harbor", "witness.key"), join(own, "witness.key"));
}, 120_000);

afterAll(() => {
	killStarted();
	rmSync(home, { recursive: true, force: true });
});

describe("aceso witness", () => {
	it("makes a key once, shows its public half, and keeps the secret half to its owner", async () => {
		const data = ["--data", join(home, "new")];
		const [first, second] = [await runCommand(witness, ["key", ...data]), await runCommand(witness, ["key", ...data])];
		expect(first.out).toMatch(/^[0-9a-f]{64}$/);
		expect(second.out).toBe(first.out);
		expect(readFileSync(join(home, "new", "witness.key"), "utf8").trim()).not.toBe(first.out);
	});

	it.each([
		[[], 64, "expected one of key, run, show, fsck"],
		[["run"], 64, "--genesis FILE"],
		[["run", "--genesis", "GENESIS"], 64, "--sealer URL"],
		[["run", "--genesis", "GENESIS", "--sealer", "http://ledger.example/log"], 64, "expected an https address"],
		[["run", "--genesis", "GENESIS", "--sealer", "https://ledger.example/log", "--data", "NOTHING"], 66, "expected a file that can be read"],
		[["run", "--genesis", "GENESIS", "--sealer", "https://ledger.example/log", "--data", "OTHER"], 65, "that the genesis names"],
		[["run", "--genesis", "GENESIS", "--sealer", "https://ledger.example/log", "--data", "OWN", "--listen", "here"], 64, "--listen ADDRESS:PORT"],
		[["run", "--genesis", "KEY", "--sealer", "https://ledger.example/log"], 65, "JSON"],
		[["fsck", "--genesis", "GENESIS", "--data", "NOTHING"], 66, "a witness's folder"],
		[["show", "http://127.0.0.1:1", "--genesis", "GENESIS"], 75, "is not reached"],
	])("%j says what is wrong and ends with its exit code", async (words, exit, says) => {
		await runCommand(witness, ["key", "--data", join(home, "other")]);
		const places = { GENESIS: genesis, NOTHING: join(home, "nothing"), OTHER: join(home, "other"), OWN: own, KEY: join(own, "witness.key") };
		const ran = await runCommand(
			witness,
			words.map((word) => places[word as keyof typeof places] ?? word),
		);
		expect(ran.err).toContain(says);
		expect(ran.exit).toBe(exit);
	});

	it("a node refuses the address of a member without a witness, and one that leaves the machine unencrypted", async () => {
		const words = (value: string) => ["--witness", value, "--data", join(home, "refused"), "--port", "0"];
		for (const bad of ["harbor", "harbor=", "harbor=http://ledger.example", "=http://127.0.0.1:1"]) {
			expect((await runCommand(node, words(bad))).exit).toBe(64);
		}
		const unknown = await runCommand(node, words("lindenhof=http://127.0.0.1:1"));
		expect(unknown.err).toContain("expected a member with a witness, one of harbor, meridian");
	});

	it("[ND22] a member's witness in a process of its own cosigns the ledger of a running node, and stops in order", { timeout: 60_000 }, async () => {
		const listen = witnessUrl.slice("http://".length);
		const process = startCommand("witness", ...runWords("--listen", listen));
		const said = await process.until("ready; Ctrl-C stops");
		expect(said).toContain("witness  aceso-demo-1/witness/harbor");
		expect(said).toMatch(/✓ cosigned \d+ leaves/);
		const checkpoint = async () => (await fetch(`${log}/checkpoint`)).text();
		await expect.poll(checkpoint, { timeout: 20_000 }).toContain("— aceso-demo-1/witness/harbor ");
		const shown = await runCommand(witness, ["show", witnessUrl, "--genesis", genesis]);
		expect(shown).toMatchObject({ exit: 0 });
		expect(shown.out).toContain("✓ aceso-demo-1/witness/harbor cosigned");
		const second = await startCommand("witness", ...runWords("--listen", "127.0.0.1:0")).ended;
		expect(second).toMatchObject({ code: 75 });
		expect(second.written).toContain("LEDGER_LOCKED");
		expect(await runCommand(witness, ["fsck", "--genesis", genesis, "--data", own])).toMatchObject({ exit: 0 });
		process.child.kill("SIGTERM");
		const { code, written } = await process.ended;
		expect(code).toBe(0);
		expect(written.trimEnd()).toMatch(/stopped$/);
	});

	it("[ND22] a port that is taken, and a genesis of another ledger, are said in a sentence", { timeout: 60_000 }, async () => {
		const taken = await startCommand("witness", ...runWords("--listen", new URL(log).host)).ended;
		expect(taken).toMatchObject({ code: 64 });
		expect(taken.written).toContain("LEDGER_LISTEN_FAILED");
		const other = join(home, "other.json");
		const { genesis: begun } = JSON.parse(readFileSync(genesis, "utf8")) as { genesis: { chain: string } };
		writeFileSync(other, JSON.stringify({ ...begun, chain: "another-1" }));
		const foreign = await startCommand("witness", "run", "--genesis", other, "--sealer", log, "--data", own, "--listen", "127.0.0.1:0").ended;
		expect(foreign.written).toContain("LEDGER_GENESIS_DIFFERS");
		expect(foreign.code).not.toBe(0);
	});

	it("[LW13] a start that reaches no witness says what it cannot know", { timeout: 60_000 }, async () => {
		running.child.kill("SIGTERM");
		expect(await running.ended).toMatchObject({ code: 0 });
		const nowhere = ["--witness", "harbor=http://127.0.0.1:1", "--witness", "meridian=http://127.0.0.1:1"];
		running = startCommand("node", "--port", "0", "--data", folder, ...nowhere);
		const greeting = await running.until("ready after");
		expect(greeting).toContain("Warning: no witness was reached, so nobody can say whether this folder's ledger is the newest.");
	});

	it("[ND22] the node goes on without it, and its audit does not ask for a copy that lies elsewhere", { timeout: 60_000 }, async () => {
		running.child.kill("SIGTERM");
		expect(await running.ended).toMatchObject({ code: 0 });
		const audited = await startCommand("fsck", "--data", folder).ended;
		expect(audited).toMatchObject({ code: 0 });
		expect(audited.written).toContain("✓ sound");
	});
});
