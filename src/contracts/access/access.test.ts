import { describe, expect, it } from "vitest";
import { type Digest, encodeHex, encodeUtf8, type MemberId } from "#base";
import { MerkleTree } from "#log";
import { keyOf, MemoryLedger, noon } from "../testing/memoryLedger.ts";
import { type AnchorBody, type AnchoredLog, anchorLeafHash, readAnchor, readLog, readLogCount } from "./access.ts";

const charite = "charite" as MemberId;
const mapRoot = "aa".repeat(32) as Digest;
const vaultRoot = "bb".repeat(32) as Digest;

function grow(tree: MerkleTree, to: number, seed = ""): MerkleTree {
	while (tree.size < to) tree.append(encodeUtf8(`${seed}${tree.size}`));
	return tree;
}

function step(tree: MerkleTree, from: number, to: number, log = "log-1"): AnchoredLog {
	const root = encodeHex(tree.root(to)) as Digest;
	return { log, size: to, root, mapRoot, proof: tree.consistencyProof(from, to).map((hash) => encodeHex(hash) as Digest) };
}

function anchor(ledger: MemoryLedger, logs: readonly AnchoredLog[], overrides: Partial<AnchorBody> = {}, by = "charite"): string {
	return ledger.codeOf("access", "anchor", by, { logs, vaultRoot, time: ledger.time, urgent: false, ...overrides });
}

function registered(...logs: readonly string[]): MemoryLedger {
	const ledger = new MemoryLedger();
	for (const log of logs) ledger.apply("access", "registerLog", "charite", { log, writer: keyOf("writer").publicKey });
	return ledger;
}

describe("access", () => {
	const tree = grow(new MerkleTree(), 20);

	it("[AC1] a member registers its own log once", () => {
		const ledger = registered("log-1");
		const body = { log: "log-1", writer: keyOf("writer").publicKey };
		expect(ledger.codeOf("access", "registerLog", "charite", body)).toBe("ACCESS_LOG_EXISTS");
		expect(ledger.codeOf("access", "registerLog", "institute", body)).toBe("accepted");
		expect(ledger.codeOf("access", "registerLog", "writer", body)).toBe("ACCESS_NOT_A_MEMBER");
		expect(ledger.codeOf("access", "registerLog", "charite", { ...body, log: "log 2" })).toBe("SCHEMA");
		expect(ledger.codeOf("access", "registerLog", "charite", { log: "log-2", writer: `01${"0".repeat(62)}` })).toBe("ACCESS_KEY_INVALID");
		expect(readLog(ledger, charite, "log-1")).toMatchObject({ status: "open", size: 0, registeredAtMs: noon });
	});

	it("[AC2] takes every append-only extension from every size to every other", () => {
		for (let from = 0; from <= 16; from++) {
			for (let to = from + 1; to <= 17; to++) {
				const ledger = registered("log-1");
				if (from > 0) expect(anchor(ledger, [step(tree, 0, from)])).toBe("accepted");
				expect(anchor(ledger, [step(tree, from, to)], { urgent: true })).toBe("accepted");
				expect(readLog(ledger, charite, "log-1")).toMatchObject({ size: to, root: encodeHex(tree.root(to)) });
			}
		}
	});

	it("[AC2] refuses a history that was rewritten, cut, or not proven", () => {
		const ledger = registered("log-1");
		anchor(ledger, [step(tree, 0, 7)]);
		const rewritten = grow(new MerkleTree(), 20, "other ");
		const good = step(tree, 7, 12);
		const attacks: AnchoredLog[] = [
			step(rewritten, 7, 12),
			{ ...step(rewritten, 7, 12), proof: good.proof },
			{ ...good, root: step(rewritten, 7, 12).root },
			step(tree, 6, 12),
			{ ...step(tree, 0, 5) },
			{ ...step(tree, 0, 7), root: encodeHex(rewritten.root(7)) as Digest },
			{ ...good, proof: [] },
			{ ...good, proof: [...good.proof, good.root] },
			{ ...good, proof: good.proof.slice(1) },
			{ ...good, size: 17 },
		];
		for (const attack of attacks) expect(anchor(ledger, [attack], { urgent: true })).toBe("ACCESS_NOT_AN_EXTENSION");
		expect(anchor(ledger, [good], { urgent: true })).toBe("accepted");
	});

	it("[AC2] an empty log has the empty root", () => {
		const ledger = registered("log-1", "log-2");
		const bogus: AnchoredLog = { log: "log-2", size: 0, root: mapRoot, mapRoot, proof: [] };
		expect(anchor(ledger, [step(tree, 0, 3), bogus])).toBe("ACCESS_NOT_AN_EXTENSION");
	});

	it("[AC3] an anchor says something new and names each log once", () => {
		const ledger = registered("log-1", "log-2");
		anchor(ledger, [step(tree, 0, 3)]);
		expect(anchor(ledger, [step(tree, 3, 3)], { urgent: true })).toBe("ACCESS_NOT_GROWN");
		expect(anchor(ledger, [step(tree, 3, 4), step(tree, 4, 5)], { urgent: true })).toBe("ACCESS_LOG_TWICE");
		expect(anchor(ledger, [], { urgent: true })).toBe("SCHEMA");
		expect(anchor(ledger, [step(tree, 3, 3), step(tree, 0, 2, "log-2")], { urgent: true })).toBe("accepted");
		expect(anchor(ledger, [step(tree, 0, 2, "log-3")], { urgent: true })).toBe("ACCESS_LOG_UNKNOWN");
		expect(anchor(ledger, [step(tree, 0, 2)], { urgent: true }, "institute")).toBe("ACCESS_LOG_UNKNOWN");
	});

	it("[AC4] a minute between anchors, to the millisecond, except after break-glass", () => {
		const ledger = registered("log-1");
		expect(anchor(ledger, [step(tree, 0, 3)])).toBe("accepted");
		ledger.time = noon + 59_999;
		expect(anchor(ledger, [step(tree, 3, 4)])).toBe("ACCESS_TOO_SOON");
		expect(anchor(ledger, [step(tree, 3, 4)], { urgent: true })).toBe("accepted");
		ledger.time += 60_000;
		expect(anchor(ledger, [step(tree, 4, 5)])).toBe("accepted");
		const recorded = { time: ledger.time, recordedAtMs: ledger.time, height: ledger.height - 1, urgent: false };
		expect(readAnchor(ledger, charite)).toEqual({ vaultRoot, ...recorded });
	});

	it("[AC5] the member's time neither goes back nor runs ahead", () => {
		const ledger = registered("log-1");
		expect(anchor(ledger, [step(tree, 0, 3)], { time: noon + 900_001 })).toBe("ACCESS_TIME_INVALID");
		expect(anchor(ledger, [step(tree, 0, 3)], { time: noon + 900_000 })).toBe("accepted");
		ledger.time += 100_000;
		expect(anchor(ledger, [step(tree, 3, 4)], { time: noon + 899_999 })).toBe("ACCESS_TIME_INVALID");
	});

	it("[AC6] a closed log names what was lost and who goes on, and never grows again", () => {
		const ledger = registered("log-1", "log-2");
		anchor(ledger, [step(tree, 0, 5)]);
		const close = (body: object, by = "charite") =>
			ledger.codeOf("access", "closeLog", by, { log: "log-1", successor: "log-2", sizeLost: 2, ...body });
		expect(close({ successor: "log-1" })).toBe("ACCESS_SUCCESSOR_INVALID");
		expect(close({ successor: "log-3" })).toBe("ACCESS_LOG_UNKNOWN");
		expect(close({}, "institute")).toBe("ACCESS_LOG_UNKNOWN");
		expect(close({})).toBe("accepted");
		expect(readLog(ledger, charite, "log-1")).toMatchObject({ status: "closed", successor: "log-2", sizeLost: 2, size: 5 });
		expect(anchor(ledger, [step(tree, 5, 6)], { urgent: true })).toBe("ACCESS_LOG_CLOSED");
		expect(close({})).toBe("ACCESS_LOG_CLOSED");
		expect(close({ log: "log-2", successor: "log-1" })).toBe("ACCESS_LOG_CLOSED");
		expect(close({ log: "log-2", successor: "", sizeLost: 0 })).toBe("accepted");
	});

	it("[AC8] every anchor that moves a log becomes a leaf of that log's tree of anchors, and none other does", () => {
		const ledger = registered("log-1", "log-2");
		const leaves: Uint8Array[] = [];
		const anchorsOf = () => {
			const own = new MerkleTree();
			for (const leaf of leaves) own.appendHash(leaf);
			return { anchors: own.size, anchorsRoot: encodeHex(own.root()) };
		};
		for (let size = 1; size <= 20; size++) {
			ledger.time += 60_000;
			expect(anchor(ledger, [step(tree, size - 1, size)])).toBe("accepted");
			leaves.push(anchorLeafHash({ size, root: encodeHex(tree.root(size)) as Digest, mapRoot, time: ledger.time }));
			expect(readLog(ledger, charite, "log-1")).toMatchObject({ ...anchorsOf(), mapRoot, anchoredAtMs: ledger.time });
		}
		// Named beside a log that grew, but not moved itself.
		expect(anchor(ledger, [step(tree, 20, 20), step(tree, 0, 3, "log-2")], { urgent: true })).toBe("accepted");
		expect(readLog(ledger, charite, "log-1")).toMatchObject(anchorsOf());
		expect(readLog(ledger, charite, "log-2")).toMatchObject({ anchors: 1 });
	});

	it("[AC8] at the same size another head map is another history", () => {
		const ledger = registered("log-1", "log-2");
		anchor(ledger, [step(tree, 0, 3)]);
		const other = { ...step(tree, 3, 3), mapRoot: vaultRoot };
		expect(anchor(ledger, [other, step(tree, 0, 2, "log-2")], { urgent: true })).toBe("ACCESS_NOT_AN_EXTENSION");
	});

	it("[AC9] the logs of a member are counted and numbered, the closed ones too", () => {
		const ledger = registered("log-1", "log-2");
		ledger.apply("access", "closeLog", "charite", { log: "log-1", successor: "log-2", sizeLost: 0 });
		ledger.apply("access", "registerLog", "charite", { log: "log-3", writer: keyOf("writer").publicKey });
		ledger.apply("access", "registerLog", "institute", { log: "log-1", writer: keyOf("writer").publicKey });
		expect(["log-1", "log-2", "log-3"].map((log) => readLog(ledger, charite, log)?.index)).toEqual([0, 1, 2]);
		expect([readLogCount(ledger, charite), readLogCount(ledger, "institute" as MemberId), readLogCount(ledger, "nobody" as MemberId)]).toEqual([
			3, 1, 0,
		]);
	});

	it("[AC7] one log that is no extension holds back all others of its anchor", () => {
		const ledger = registered("log-1", "log-2");
		anchor(ledger, [step(tree, 0, 5)]);
		expect(anchor(ledger, [step(tree, 0, 3, "log-2"), step(tree, 4, 6)], { urgent: true })).toBe("ACCESS_NOT_AN_EXTENSION");
		expect(readLog(ledger, charite, "log-2")?.size).toBe(0);
	});
});
