import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Instant, JsonValue, PublicKey } from "#base";
import { type ConsortiumTrust, verifyHeaderEvidence, verifyStateProof } from "#ledger";
import { type HistoryTrust, verifyHistory } from "#wallet";
import { makeVectors, vectorsFolder } from "./makeVectors.ts";
import { fixedStartMs } from "./vectors/fixed.ts";
import type { HeaderVectors } from "./vectors/headerVectors.ts";
import type { HistoryCase } from "./vectors/historyVectors.ts";
import { applyPatch } from "./vectors/jsonPatch.ts";
import type { StateProofCase } from "./vectors/stateProofVectors.ts";

const read = (name: string): unknown => JSON.parse(readFileSync(join(vectorsFolder, name), "utf8"));

describe("the published vectors", () => {
	it("are what the code makes today (after a change of format: scripts/makeVectors.ts)", async () => {
		const made = await makeVectors();
		const differing = [...made].filter(([name, text]) => readFileSync(join(vectorsFolder, name), "utf8") !== text).map(([name]) => name);
		expect(differing).toEqual([]);
	});

	const { cases } = read("history-cases.json") as { cases: readonly HistoryCase[] };
	it.each(cases)("history: $name", ({ patch, pins, verdict, code }) => {
		const trust = { ...(read("history-pins.json") as object), now: fixedStartMs, ...pins } as HistoryTrust;
		const report = verifyHistory(applyPatch(read("history.json") as JsonValue, patch), trust);
		expect([report.verdict, report.checks.find(({ ok }) => !ok)?.code ?? ""]).toEqual([verdict, code]);
	});
});

describe("the published state proofs", () => {
	const { ledger, cases } = read("state-proofs.json") as {
		readonly ledger: { readonly origin: string; readonly key: PublicKey };
		readonly cases: readonly StateProofCase[];
	};
	it.each(cases)("[LG15] $name: $verdict", ({ height, proof, verdict }) => {
		const judge = () => verifyStateProof(proof, { origin: ledger.origin, sealerKey: ledger.key }, height ?? undefined);
		if (verdict === "accepted") expect(judge().value).toEqual(proof.value);
		else expect(judge).toThrow(expect.objectContaining({ code: "LEDGER_PROOF_INVALID" }) as Error);
	});
});

describe("the published evidence by headers", () => {
	const { pins, now, evidence, places, cases } = read("header-evidence.json") as HeaderVectors;
	it.each(cases)("[LC15] $name: $code", ({ patch, consortium, now: later, code }) => {
		const { pin, ...limits } = consortium ?? pins.consortium!;
		const trust = { origin: pins.chain, pins: [pin], now: (later ?? now) as Instant, ...limits } satisfies ConsortiumTrust;
		const judge = () => verifyHeaderEvidence(JSON.stringify(applyPatch(JSON.parse(evidence) as JsonValue, patch)), trust);
		if (code === "") expect(judge().standing).toBe("agreed");
		else expect(judge).toThrow(expect.objectContaining({ code }) as Error);
	});

	it("carries the published history", () => {
		const history = applyPatch(
			read("history.json") as JsonValue,
			places.map((path) => ({ op: "replace", path, value: evidence })),
		);
		const report = verifyHistory(history, { ...pins, now } as HistoryTrust);
		expect([report.verdict, report.cosignatures]).toEqual(["verified", { found: 3, asked: 3 }]);
	});
});

describe("docs/spec", () => {
	const folder = join(import.meta.dirname, "..", "docs", "spec");
	const published = readdirSync(vectorsFolder)
		.map((name) => readFileSync(join(vectorsFolder, name), "utf8"))
		.join("");
	/** Texts inside the vectors are JSON strings: quotes in them are escaped. */
	const isPublished = (text: string) => published.includes(text) || published.includes(JSON.stringify(text).slice(1, -1));
	/** Points of small order and the group's order: part of the rule, not of an example. */
	const constants = [
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"27742317777372353535851937790883648493",
	];

	it.each(readdirSync(folder))("%s quotes values that the vectors hold", (name) => {
		const text = readFileSync(join(folder, name), "utf8");
		const hex = [...text.matchAll(/[0-9a-f]{32,}/g)].map(([digits]) => digits);
		expect(hex.filter((digits) => !constants.includes(digits) && !published.includes(digits))).toEqual([]);
		const lines = [...text.matchAll(/^ {4}(\{"[a-z]+":"?[0-9a-z].*\}|[\w-]+|\d+|— .*|aceso-heads [0-9a-f]+|[A-Za-z0-9+/]{43}=)$/gm)].map(
			([, line]) => line!,
		);
		expect(lines.filter((line) => !["ORIGIN", "SIZE", "ROOT", "— NAME BASE64"].includes(line) && !isPublished(line))).toEqual([]);
		const files = [...text.matchAll(/`vectors\/([\w.-]+)`/g)].map(([, file]) => file!);
		expect(files.filter((file) => !existsSync(join(vectorsFolder, file)))).toEqual([]);
		const links = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, link]) => link!);
		expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
	});
});
