import { describe, expect, it } from "vitest";
import { encodeUtf8, sha256Hex } from "#base";
import { compareManifests, formatPortalManifest, type ManifestFile, parsePortalManifest } from "./portalManifest.ts";

const file = (path: string, text = path): ManifestFile => ({ path, sha256: sha256Hex(encodeUtf8(text)), size: text.length });
const files = [file("index.html"), file("assets/main-1.js"), file("guard.js")];
const text = formatPortalManifest(files);

describe("[PO140] the portal's manifest", () => {
	it("[PO140] has one spelling, whatever order the files came in", () => {
		expect(formatPortalManifest(files.toReversed())).toBe(text);
		expect(parsePortalManifest(text)?.files.map(({ path }) => path)).toEqual(["assets/main-1.js", "guard.js", "index.html"]);
		for (const other of [` ${text}`, text.replace(",", ", "), text.replace("{", '{"more":1,'), text.replace('"size":10', '"size":10.0')]) {
			expect(other).not.toBe(text);
			expect(parsePortalManifest(other)).toBeUndefined();
		}
	});

	it("[PO140] names files that lie under the root, each once, by a whole hash", () => {
		const bad: readonly ManifestFile[][] = [
			[file("../data/network.json")],
			[file("/index.html")],
			[file("assets//main.js")],
			[file(".env")],
			[file("a\\b.js")],
			[file("index.html?x")],
			[file("https://elsewhere.example/x.js")],
			[{ ...file("a.js"), sha256: "ab" }],
			[{ ...file("a.js"), size: -1 }],
			[file("a.js"), file("a.js", "other")],
		];
		for (const each of bad) expect(parsePortalManifest(formatPortalManifest(each)), each[0]?.path).toBeUndefined();
		for (const junk of ["", "null", "[]", "{}", '{"files":3,"format":"aceso/portal/1"}', '{"files":[null],"format":"aceso/portal/1"}']) {
			expect(parsePortalManifest(junk)).toBeUndefined();
		}
	});

	it("[PO143] two of them are told apart file by file", () => {
		const [before, after] = [files, [file("index.html", "other"), file("guard.js"), file("assets/main-2.js")]].map((each) =>
			parsePortalManifest(formatPortalManifest(each)),
		);
		expect(compareManifests(before!, after!)).toEqual({ changed: ["index.html"], added: ["assets/main-2.js"], removed: ["assets/main-1.js"] });
		expect(compareManifests(before!, before!)).toEqual({ changed: [], added: [], removed: [] });
	});
});
