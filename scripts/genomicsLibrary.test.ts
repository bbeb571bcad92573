import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

it("aceso/genomics is one module without Node, and reports on a genome by tables that are handed to it", { timeout: 60_000 }, () => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-library-"));
	try {
		const built = spawnSync(process.execPath, ["scripts/buildGenomics.ts", folder], { cwd: root, encoding: "utf8" });
		expect(built.stderr).toBe("");
		const path = join(folder, "index.js");
		expect(readFileSync(path, "utf8")).not.toMatch(/^\s*import\b|^\s*export\b[^;]*\bfrom\s*["']|\bimport\s*\(|\brequire\s*\(/m);
		const program = `
			const { readFileSync, readdirSync } = await import("node:fs");
			const bytes = (path) => Uint8Array.from(readFileSync("knowledge/pgx/" + path));
			const genes = readdirSync("knowledge/pgx/genes").map((name) => bytes("genes/" + name));
			const manifest = bytes("manifest.json");
			const say = console.log;
			delete globalThis.Buffer;
			delete globalThis.process;
			const g = await import(${JSON.stringify(path)});
			const caller = g.createPgxCaller(g.parsePgxKnowledge({ manifest, genes, sha256Hex: g.sha256Hex }));
			const line = (position, ref, alt, genotype) => ["chr10", position, ".", ref, alt, ".", "PASS", ".", "GT", genotype].join("\\t") + "\\n";
			const text = "##fileformat=VCFv4.2\\n#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\tFORMAT\\tone\\n"
				+ line(94775367, "A", "G", "0/1") + line(94781859, "G", "A", "0/1") + line(94842866, "A", "G", "1/1");
			const report = await g.callPgx(caller, { bytes: [new TextEncoder().encode(text)] }, { absent: "reference" });
			say(JSON.stringify(report.genes.find(({ gene }) => gene === "CYP2C19").diplotypes.map(({ name }) => name)));
		`;
		const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root, encoding: "utf8" });
		expect(run.stderr).toBe("");
		expect(JSON.parse(run.stdout)).toEqual(["*1/*2"]);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
