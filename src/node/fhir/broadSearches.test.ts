import { describe, expect, it } from "vitest";
import type { PublicKey } from "#base";
import { codeOf } from "../testing/smallNetwork.ts";
import { BroadSearches } from "./broadSearches.ts";

const key = (name: number) => name.toString(16).padStart(64, "0") as PublicKey;
const found = async () => "found";

/** Searches that wait until they are let go. */
function waiting(searches: BroadSearches, of: PublicKey) {
	const { promise, resolve } = Promise.withResolvers<string>();
	return { ended: searches.run(of, () => promise), letGo: () => resolve("found") };
}

describe("how many searches without a patient there may be", () => {
	it("[FR87] a key asks thirty times at once and then once in ten seconds, whatever others ask", async () => {
		let nowMs = 1_000;
		const searches = new BroadSearches(() => nowMs);
		for (let at = 0; at < 30; at++) expect(await searches.run(key(1), found)).toBe("found");
		expect(await codeOf(searches.run(key(1), found))).toBe("NODE_FHIR_TOO_OFTEN");
		expect(await searches.run(key(2), found)).toBe("found");
		nowMs += 9_000;
		expect(await codeOf(searches.run(key(1), found))).toBe("NODE_FHIR_TOO_OFTEN");
		nowMs += 1_001;
		expect(await searches.run(key(1), found)).toBe("found");
		expect(await codeOf(searches.run(key(1), found))).toBe("NODE_FHIR_TOO_OFTEN");
	});

	it("[FR87] two of a key and sixteen of all wait for their turn, one more does not, and who was refused is heard when one has ended", async () => {
		const searches = new BroadSearches(() => 0);
		const own = [waiting(searches, key(1)), waiting(searches, key(1))];
		expect(await codeOf(searches.run(key(1), found))).toBe("NODE_FHIR_TOO_OFTEN");
		const others = Array.from({ length: 14 }, (_, at) => waiting(searches, key(2 + at)));
		expect(await codeOf(searches.run(key(99), found))).toBe("NODE_FHIR_TOO_OFTEN");
		own[0]?.letGo();
		await own[0]?.ended;
		expect(await searches.run(key(99), found)).toBe("found");
		expect(await searches.run(key(1), found)).toBe("found");
		for (const each of [...own, ...others]) each.letGo();
		await Promise.all([...own, ...others].map(({ ended }) => ended));
		for (let at = 0; at < 16; at++) expect(await searches.run(key(200 + at), found)).toBe("found");
	});

	it("[FR87] one that fails makes room as well, and one that was refused was not begun", async () => {
		const searches = new BroadSearches(() => 0);
		const fail = async () => {
			throw new Error("no");
		};
		for (let at = 0; at < 30; at++) await expect(searches.run(key(1), fail)).rejects.toThrow("no");
		let begun = false;
		const begin = async () => {
			begun = true;
		};
		expect(await codeOf(searches.run(key(1), begin))).toBe("NODE_FHIR_TOO_OFTEN");
		expect(begun).toBe(false);
	});
});
