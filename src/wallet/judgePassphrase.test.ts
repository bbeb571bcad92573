import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judgePassphrase, readCommon } from "./judgePassphrase.ts";

const common = readCommon(readFileSync(new URL("../../knowledge/passphrases/common.bin", import.meta.url)));
const judge = (passphrase: string, houseWords: readonly string[] = ["Harbor", "Clinic", "dr.marsh", "aceso"]) =>
	judgePassphrase(passphrase, { common, houseWords });

describe("a passphrase", () => {
	it("[SI67] needs 15 characters, as people count them, and has at most 256", () => {
		expect([judge("kühler nebel.."), judge("🐎🔋🧷🐎🔋🧷🐎🔋🧷🐎🔋🧷🐎🔋"), judge("x y".repeat(100))]).toEqual(["short", "short", "long"]);
		expect([judge("correct horse battery staple"), judge("kühler nebel und zwieback")]).toEqual([undefined, undefined]);
	});

	it("[SI67] is no common password, none repeated, no two of them one after the other, whatever the case and the signs between", () => {
		for (const bad of [
			"passwordpassword",
			"Password-12345678",
			"qwertyuiop asdfghjkl",
			"111111111111111111",
			"abcabcabcabcabcabc",
			"iloveyou.Sunshine",
		]) {
			expect(judge(bad), bad).toBe("common");
		}
	});

	it("[SI67] is not made of the words of the house", () => {
		expect(judge("Harbor Clinic harbor 2026")).toBe("house-words");
		expect(judge("dr.marsh at harbor clinic")).toBe("house-words");
		expect(judge("my clinic has three purple doors")).toBeUndefined();
	});

	it("[SI67] is judged against 10,000 common passwords, of which none stands in the list in clear", () => {
		expect(common.length).toBeGreaterThan(9_500);
		expect(common.every((hash, at) => at === 0 || hash > (common[at - 1] as number))).toBe(true);
	});
});
