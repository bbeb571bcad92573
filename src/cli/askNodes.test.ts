import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSigningKey, sha256Utf8 } from "#base";
import { type Header, headerHash, type LightBlock, precommitBytes, validatorAddress, validatorsHash } from "#ledger";
import { verify } from "./commands/verify.ts";
import { createRecordingIo } from "./testing/recordingIo.ts";

interface Evidence {
	readonly path: readonly LightBlock[];
}
interface Pinned {
	readonly consortium: object;
}

const read = (name: string) => readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8");
const published = JSON.parse(read("header-evidence")) as { readonly pins: Pinned; readonly evidence: string };
const evidence = JSON.parse(published.evidence) as Evidence;
const keys = [0, 1, 2, 3].map((at) => createSigningKey(sha256Utf8(`asked ${at}`)));
const strangers = [0, 1, 2, 3].map((at) => createSigningKey(sha256Utf8(`stranger ${at}`)));

/** The published block, decided on by others, and changed. */
function decidedBy(signers: typeof keys, changed: Partial<Header> = {}): LightBlock {
	const { header: before, commit } = evidence.path.at(-1)!;
	const validators = signers.map(({ publicKey }) => ({ key: publicKey as string, power: "10" }));
	const hash = validatorsHash(validators);
	const header = { ...before, validatorsHash: hash, nextValidatorsHash: hash, proposer: validatorAddress(validators[0]!), ...changed };
	const { chainId, height, timeNs } = header;
	const message = precommitBytes({ chainId, height, round: 0, block: { hash: headerHash(header), parts: commit.parts }, timeNs });
	const votes = signers.map((key) => ({ for: "block" as const, timeNs, signature: key.sign(message) as string }));
	return { header, commit: { round: 0, parts: commit.parts, votes }, validators };
}

const block = decidedBy(keys);
const height = block.header.height;
const other = { dataHash: "ab".repeat(32) };

/** A file of a history that rests on a block of these keys, and the pins of their holder. */
function historyFile(pins: object = {}): { readonly file: string; readonly pinFile: string } {
	const folder = mkdtempSync(join(tmpdir(), "aceso-asked-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const [file, pinFile] = [join(folder, "a.history.json"), join(folder, "a.pins.json")];
	const text = JSON.stringify({ ...evidence, path: [block] });
	const history = JSON.parse(read("history")) as { count: { checkpoint: string }; logs: { record: { checkpoint: string } }[] };
	history.count.checkpoint = text;
	for (const { record } of history.logs) record.checkpoint = text;
	// However long after the block the test runs.
	const consortium = { pin: { height, hash: headerHash(block.header) }, trustingPeriodMs: Number.MAX_SAFE_INTEGER - Date.now() };
	writeFileSync(file, JSON.stringify(history));
	writeFileSync(pinFile, JSON.stringify({ ...published.pins, consortium, ...pins }));
	return { file, pinFile };
}

/** A node that answers one thing, and what it was asked. */
async function nodeWith(answer: unknown, status = 200): Promise<{ readonly url: string; readonly asked: string[] }> {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url ?? "");
		response.writeHead(status, { "content-type": "application/json" }).end(typeof answer === "string" ? answer : JSON.stringify(answer));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => void server.close());
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function run(...args: readonly string[]) {
	const io = createRecordingIo();
	return { exit: await verify.run(args, io), text: io.text() };
}

describe("a reader who asks several nodes for one height", () => {
	it("[WA53] nodes that show the same header leave the verdict as it is, and are told the height alone", async () => {
		const { file } = historyFile();
		const nodes = [await nodeWith(block), await nodeWith(block)];
		const { exit, text } = await run(file, ...nodes.flatMap(({ url }) => ["--node", `${url}/`]));
		expect(text).toContain("Verdict: verified");
		for (const { url, asked } of nodes) {
			expect(text).toContain(`✓ ${url}: the same block at height ${height}`);
			expect(asked).toEqual([`/api/ledger/header?height=${height}`]);
		}
		expect(exit).toBe(0);
	});

	it("[WA53] one that shows another block of the same validators refuses the history, names who signed both, and nothing is remembered", async () => {
		const { file, pinFile } = historyFile();
		const before = readFileSync(pinFile, "utf8");
		const [honest, forked] = [await nodeWith(block), await nodeWith(decidedBy(keys, other))];
		const { exit, text } = await run(file, "--node", honest.url, "--node", forked.url, "--remember");
		expect([exit, readFileSync(pinFile, "utf8")]).toEqual([70, before]);
		expect(text).toContain("Verdict: refused");
		expect(text).toContain(`✗ ${forked.url}: another block was decided at height ${height} (equivocation), signed for both by ${keys[0]!.publicKey}`);
		const told = JSON.parse((await run(file, "--node", forked.url, "--json")).text) as { verdict: string; nodes: object[] };
		expect(told).toMatchObject({ verdict: "refused", nodes: [{ standing: "fork", fork: { signedBoth: keys.map(({ publicKey }) => publicKey) } }] });
	});

	// Or whoever runs one node that is asked could have every honest history refused.
	it("[WA53] what strangers signed, nonsense, and silence accuse nobody: the verdict stands, and the exit code tells that somebody proved nothing", async () => {
		const { file } = historyFile();
		const ofAnotherHeight = { ...block, header: { ...block.header, height: height + 1 } };
		const answers: readonly [unknown, string][] = [
			[decidedBy(strangers, other), "LEDGER_HEADER_UNTRUSTED"],
			[decidedBy([keys[0]!, ...strangers.slice(1)], other), "LEDGER_HEADER_UNTRUSTED"],
			[ofAnotherHeight, "LEDGER_HEADER_INVALID"],
			[{}, "LEDGER_HEADER_INVALID"],
			["no JSON", "no answer"],
		];
		for (const [answer, told] of answers) {
			const { exit, text } = await run(file, "--node", (await nodeWith(answer)).url);
			expect([exit, text.includes(told), text.includes("Verdict: verified")], told).toEqual([69, true, true]);
		}
		expect((await run(file, "--node", (await nodeWith(block, 503)).url)).exit).toBe(69);
		expect((await run(file, "--node", "http://127.0.0.1:9")).exit).toBe(69);
	});

	it("[WA53] asks nobody for a history that is refused, nor beside a sealer's key, nor at what is no address", async () => {
		const node = await nodeWith(block);
		const { file } = historyFile({ pseudonym: "00".repeat(32) });
		expect((await run(file, "--node", node.url)).exit).toBe(70);
		const words = ["--ledger-key", "11".repeat(32), "--chain", "vectors-1", "--pseudonym", "00".repeat(32)];
		await expect(run(file, ...words, "--node", node.url)).rejects.toMatchObject({ code: "CLI_USAGE" });
		for (const url of ["harbor.example", "file:///etc/passwd", "http://a@b.example", "http://b.example/?x"]) {
			await expect(run(file, "--node", url)).rejects.toMatchObject({ code: "CLI_USAGE" });
		}
		expect(node.asked).toEqual([]);
	});
});
