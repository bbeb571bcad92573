import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { walkForBrowser } from "./check/browserImports.ts";

const root = join(import.meta.dirname, "..");

function plant(files: Readonly<Record<string, string>>): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-browser-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	return folder;
}

describe("rooms that browsers load", () => {
	it("base, log, contracts, the ledger's verifiers and the wallet need nothing of Node", () => {
		const walk = walkForBrowser(root, ["#base", "#log", "#contracts", "#ledger", "#wallet"]);
		expect(walk.faults).toEqual([]);
		expect(walk.modules).toEqual(
			expect.arrayContaining(["src/base/browser/ed25519.ts", "src/ledger/light/verifyStateProof.ts", "src/wallet/verifyHistory.ts"]),
		);
		expect(walk.modules.filter((path) => /^src\/(?:base\/(?:sha256|ed25519|encoding)|ledger\/sealer|ledger\/comet)/.test(path))).toEqual([]);
		expect(walk.packages.filter((name) => name !== "zod" && !/^@noble\/(?:curves|hashes)\/\w+\.js$/.test(name))).toEqual([]);
	});

	it("[GN40] genomics needs nothing of Node, and no package", () => {
		const { faults, modules, packages } = walkForBrowser(root, ["#genomics"]);
		expect(faults).toEqual([]);
		expect(modules).toEqual(expect.arrayContaining(["src/genomics/vcf/readVcf.ts", "src/genomics/tabix/readRegions.ts"]));
		expect(modules).not.toContain("src/base/index.ts");
		expect(packages.filter((name) => !/^@noble\/(?:curves|hashes)\/\w+\.js$/.test(name))).toEqual([]);
	});

	it("a built-in module is found however deep it stands, and so is what Node alone has", () => {
		const folder = plant({
			"package.json": '{"imports":{"#a":{"browser":"./a.ts","default":"./b.ts"}}}',
			"a.ts": 'import {\n\tb,\n} from "./deep/b.ts";\nimport type { T } from "node:fs";\nexport const a = b;\n',
			"deep/b.ts":
				'import { hash } from "node:crypto";\n// process.exit\nexport const b = Buffer.from(String(process.pid));\nexport const c = () => import("./c.ts");\n',
		});
		const { faults, modules } = walkForBrowser(folder, ["#a"]);
		expect(modules).toEqual(["a.ts", "deep/b.ts"]);
		expect(faults.map(({ message }) => message).sort()).toEqual(["imports node:crypto", "uses Buffer", "uses import(", "uses process"]);
		expect(walkForBrowser(folder, ["#none"]).faults).toHaveLength(1);
	});

	it("with a browser's modules and without Node's globals the published history is verified, and a forged one refused", () => {
		const program = `
			const { readFileSync } = await import("node:fs");
			const [text, pins] = ["history", "history-pins"].map((name) => readFileSync("vectors/" + name + ".json", "utf8"));
			const say = console.log;
			delete globalThis.Buffer;
			delete globalThis.process;
			const { verifyHistory } = await import("#wallet");
			const trust = { ...JSON.parse(pins), now: 1772438400000 };
			const report = verifyHistory(JSON.parse(text), trust);
			const forged = verifyHistory(JSON.parse(text.replace('"permit"', '"deny"')), trust);
			say(JSON.stringify([report.verdict, report.checks.length, forged.verdict, forged.checks.at(-1).code]));
		`;
		const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=browser", "--input-type=module", "-e", program], {
			cwd: root,
			encoding: "utf8",
		});
		expect(stderr).toBe("");
		expect(JSON.parse(stdout)).toEqual(["verified", 8, "refused", "WALLET_ENTRY_NOT_INCLUDED"]);
	});

	it("[GN40] with a browser's modules and without Node's globals a genome is read, indexed, and reported on from a region of it", () => {
		const program = `
			const { readFileSync, readdirSync } = await import("node:fs");
			const { deflateRawSync, inflateRawSync } = await import("node:zlib");
			const folder = "knowledge/pgx/";
			const bytes = (path) => Uint8Array.from(readFileSync(folder + path));
			const genes = readdirSync(folder + "genes").map((name) => bytes("genes/" + name));
			const [manifest, places] = [bytes("manifest.json"), bytes("grch37/positions.json")];
			const say = console.log;
			delete globalThis.Buffer;
			delete globalThis.process;
			const g = await import("#genomics");
			const { sha256Hex } = await import("#base");
			const caller = g.createPgxCaller(g.parsePgxKnowledge({ manifest, genes, sha256Hex }), g.parseGrch37(places, sha256Hex));
			const line = (position, ref, alt, genotype) => ["chr10", position, ".", ref, alt, ".", "PASS", ".", "GT", genotype].join("\\t") + "\\n";
			const text = "##fileformat=VCFv4.2\\n#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\tFORMAT\\tone\\n"
				+ line(94775367, "A", "G", "0/1") + line(94781859, "G", "A", "0/1") + line(94842866, "A", "G", "1/1");
			const inflate = (deflated, size) => inflateRawSync(deflated, { maxOutputLength: Math.max(1, size) });
			const indexer = new g.VcfIndexer();
			const file = [];
			for await (const block of g.packBgzip([new TextEncoder().encode(text)], (plain) => deflateRawSync(plain))) {
				indexer.take(block);
				file.push(...block.packed);
			}
			const { index } = indexer.finish(file.length);
			const source = { sizeBytes: file.length, read: async (start, end) => Uint8Array.from(file.slice(start, end)) };
			const parsed = g.parseTabix(g.encodeTabix(index));
			const reports = [await g.callPgx(caller, { bytes: [new TextEncoder().encode(text)] }), await g.callIndexed(caller, { source, index: parsed, inflate })];
			say(JSON.stringify(reports.map(({ genes: all }) => all.find(({ gene }) => gene === "CYP2C19").diplotypes.map(({ name }) => name))));
		`;
		const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=browser", "--input-type=module", "-e", program], {
			cwd: root,
			encoding: "utf8",
		});
		expect(stderr).toBe("");
		expect(JSON.parse(stdout)).toEqual([["*1/*2"], ["*1/*2"]]);
	});
});
