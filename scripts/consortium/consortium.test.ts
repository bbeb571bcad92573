import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { cometProgram, until } from "../../src/ledger/testing/cometNetwork.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const isLeftOut = process.env.ACESO_SLOW !== "1" || cometProgram === undefined;

function start(words: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
	const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "pipe"], env: environment });
	const said = { text: "" };
	for (const stream of [child.stdout, child.stderr]) {
		stream.on("data", (chunk) => {
			said.text += chunk;
		});
	}
	const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
	onTestFinished(async () => {
		child.kill("SIGINT");
		await ended;
	});
	return { child, said, ended };
}

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-cs-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

describe("npm run consortium", () => {
	it("[CB34] without CometBFT's program it says in one sentence how to have it, and makes nothing", async () => {
		const folder = temporaryFolder();
		const data = join(folder, "data");
		const { said, ended } = start(["--data", data], { PATH: "/nowhere", HOME: folder });
		expect(await ended).toBe(69);
		expect(said.text.trim().split("\n")).toEqual([expect.stringContaining("go install github.com/cometbft/cometbft/cmd/cometbft@v0.39.4")]);
	});

	it.skipIf(isLeftOut)(
		"[CB35] [CB34] four nodes serve, one that is killed comes back, CometBFT too, and all end (needs ACESO_SLOW=1 and CometBFT: it takes minutes)",
		{ timeout: 180_000 },
		async () => {
			const data = temporaryFolder();
			const { child, said, ended } = start(["--data", data, "--port", "18740", "--comet-port", "28740"]);
			const count = (word: string) => said.text.split("members agree, height").at(-1)!.split(word).length - 1;
			await until(() => count("✓ serves") === 4, 90_000, "four nodes that serve");
			// A node is killed as a power cut does; its supervisor starts it again.
			const node = Number(readFileSync(join(data, "pids"), "utf8").split("\n")[1]);
			process.kill(node, "SIGKILL");
			await until(() => count("✓ serves") === 3, 30_000, "one node to be away");
			await until(() => count("✓ serves") === 4 && said.text.includes("1 restarts"), 90_000, "it to be back");
			child.kill("SIGINT");
			expect(await ended).toBe(0);
			expect(said.text).toContain("stopped");
		},
	);
});
