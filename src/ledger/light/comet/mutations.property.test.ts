import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Instant } from "#base";
import { LedgerError } from "../../errors.ts";
import { readRecordedHeaders } from "../../testing/recordedHeaders.ts";
import { headerHash } from "./headerHash.ts";
import { type LightBlock, parseLightBlock } from "./lightBlock.ts";
import { headerTimeMs, verifyPath } from "./verifyPath.ts";

const { blocks } = readRecordedHeaders();
const last = blocks.at(-1) as LightBlock;
const now = (headerTimeMs(last) + 1_000) as Instant;

/** What a reader says who pinned the height before, and is shown this text as the next header. */
function judge(text: string, height: number): string {
	const before = blocks[height - 2] as LightBlock;
	try {
		const value: unknown = JSON.parse(text);
		const pin = { height: height - 1, hash: headerHash(before.header) };
		return verifyPath([before, parseLightBlock(value)], { origin: before.header.chainId, pins: [pin], now }).at(-1)?.hash ?? "";
	} catch (error) {
		if (error instanceof SyntaxError) return "no JSON";
		if (error instanceof LedgerError) return error.code;
		throw error;
	}
}

const heights = fc.integer({ min: 2, max: blocks.length });
const characters = fc.constantFrom(...'0123456789abcdef"{}[],:-+.eE \\nultkfx');

describe("a reader who is shown altered headers", () => {
	it("[LC16] takes the recorded ones", () => {
		for (let height = 2; height <= blocks.length; height++) {
			const block = blocks[height - 1] as LightBlock;
			expect(judge(JSON.stringify(block), height)).toBe(headerHash(block.header));
		}
	});

	it("[LC16] refuses every change of one character, or it changes nothing", () => {
		const change = fc.record({ height: heights, at: fc.nat(), character: characters, kind: fc.constantFrom("replace", "insert", "remove") });
		fc.assert(
			fc.property(change, ({ height, at, character, kind }) => {
				const block = blocks[height - 1] as LightBlock;
				const text = JSON.stringify(block);
				const place = at % text.length;
				const altered = text.slice(0, place) + (kind === "remove" ? "" : character) + text.slice(kind === "insert" ? place : place + 1);
				const said = judge(altered, height);
				if (said !== headerHash(block.header)) return;
				expect(JSON.parse(altered)).toEqual(block);
			}),
			{ numRuns: 400 },
		);
	});

	it("[LC16] refuses every bit turned in any hash, key or signature", () => {
		fc.assert(
			fc.property(heights, fc.nat(), fc.nat(3), (height, which, bit) => {
				const block = blocks[height - 1] as LightBlock;
				const text = JSON.stringify(block);
				const digits = [...text.matchAll(/[0-9a-f]{40,}/g)].flatMap((match) => Array.from(match[0], (_, at) => match.index + at));
				const place = digits[which % digits.length] as number;
				const turned = (Number.parseInt(text[place] as string, 16) ^ (1 << bit)).toString(16);
				expect(judge(text.slice(0, place) + turned + text.slice(place + 1), height)).toMatch(/^LEDGER_/);
			}),
			{ numRuns: 300 },
		);
	});

	it("[LC16] refuses other members, missing ones and other spellings of a number", () => {
		const block = blocks[20] as LightBlock;
		const text = JSON.stringify(block);
		const spellings = [
			text.replace("{", '{"__proto__":{},'),
			text.replace('"header":{', '"header":{"extra":1,'),
			text.replace('"dataHash"', '"datahash"'),
			text.replace(/"power":"(\d+)"/, '"power":"0$1"'),
			text.replace(/"power":"(\d+)"/, '"power":$1'),
			text.replace(/"timeNs":"(\d+)"/, '"timeNs":"+$1"'),
			text.replace('"height":21', '"height":21.5'),
			text.replace('"height":21', '"height":-21'),
			text.replace('"round":0', '"round":-0'),
			text.replace(/"validatorsHash":"\w+"/, '"validatorsHash":""'),
			text.replace(/"hash":"\w+"/, (found) => found.toUpperCase()),
			"null",
			"[]",
		];
		for (const spelling of spellings) {
			expect(spelling).not.toBe(text);
			expect(judge(spelling, 21)).toMatch(/^LEDGER_HEADER_INVALID$/);
		}
	});
});
