import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adviseOnAll } from "../guidance/adviseOnAll.ts";
import type { PgxReport } from "../starAlleles/callPgx.ts";
import { parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import type { BuilderOp } from "../testing/buildVcf.ts";
import { loadGuidance } from "../testing/guidanceFiles.ts";
import { loadCaller } from "../testing/knowledgeFiles.ts";
import { callOps } from "../testing/pharmcatCases.ts";
import { isOrdinary, plainPhenotype } from "./plainWords.ts";
import { renderPassport } from "./renderPassport.ts";

const outside = parseOutsideCalls("CYP2D6\t*4/*4\nHLA-B\t*57:01/*58:01");
const poor: readonly BuilderOp[] = [
	["reference", "CYP2C9"],
	["missing", "CYP2C9", "rs1057910"],
	["variation", "CYP2C19", "rs12769205", "G", "G"],
	["variation", "CYP2C19", "rs4244285", "A", "A"],
	["variation", "CYP2C19", "rs3758581", "G", "G"],
];

async function passport(change: Partial<PgxReport> = {}, name?: string): Promise<string> {
	const report = { ...(await callOps(poor, { outside })), ...change };
	const advice = adviseOnAll({ genes: report.genes, guidance: loadGuidance(), today: "2026-11-29" });
	return renderPassport({ report, advice, name, today: "2026-11-29" });
}

const rowOf = (html: string, gene: string) => new RegExp(`<th scope="row">${gene}</th>[\\s\\S]*?</tr>`).exec(html)?.[0] ?? "";

describe("the passport", () => {
	it("[GN28] names the drugs to speak about at the gene on whose account", async () => {
		const html = await passport();
		expect(rowOf(html, "CYP2C19")).toMatch(/\*2\/<wbr>\*2[\s\S]*much more slowly than most[\s\S]*clopidogrel/);
		expect(rowOf(html, "CYP2D6")).toMatch(/tested elsewhere[\s\S]*codeine/);
		expect(rowOf(html, "HLA-B")).toMatch(/You carry \*57:01[\s\S]*You carry \*58:01[\s\S]*abacavir/);
		expect(rowOf(html, "CYP2C9")).not.toMatch(/phenytoin/);
	});

	it("[GN28] says what is missing, and that an ordinary result holds as far as it was seen", async () => {
		const html = await passport();
		expect(rowOf(html, "CYP2C9")).toMatch(/1 of \d+ positions missing[\s\S]*as most do, as far as it was looked at/);
		expect(html).toMatch(/Not known, which is not the same as normal:<\/strong>[^<]*CYP3A5/);
		expect(html).toMatch(/Guidelines say nothing for these results, which is not the same as safe/);
		expect(html).toMatch(/more than 18 months ago: ask whether they changed/);
	});

	it.each([
		"<script>alert(1)</script>",
		'"><img src=x onerror=alert(1)>',
		"' onmouseover='alert(1)",
		"</style><script>",
		"`backtick`",
		"\u202egnp.exe",
	])("[GN28] a sample's name, a gene's or an allele's is text: %s", async (hostile) => {
		const plain = await passport();
		const { genes } = await callOps(poor, { outside });
		const [first] = genes.filter(({ diplotypes }) => diplotypes.length > 0);
		const forged = genes.map((gene) =>
			gene === first ? { ...gene, gene: hostile, diplotypes: [{ name: hostile, alleles: [hostile, hostile], score: 0 }] } : gene,
		);
		const html = await passport({ genes: forged, knowledgeReleased: hostile, knowledgeVersion: hostile }, hostile);
		const tags = (text: string) => [...text.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag as string);
		expect(tags(html).filter((tag) => !tags(plain).includes(tag))).toEqual([]);
		expect(html).not.toMatch(/<script|<img|\son[a-z]+\s*=\s*['"]|\u202e/i);
	});

	it("[GN28] asks for nothing from anywhere and runs nothing", async () => {
		const html = await passport();
		expect(html).toMatch(/default-src 'none'/);
		expect(html).not.toMatch(/\s(?:src|href|srcset|action|formaction)=|url\(|@import|https?:|javascript:/i);
	});

	it("[GN28] has plain words for every phenotype of the tables", () => {
		for (const [gene, { phenotypes }] of loadCaller().knowledge.genes)
			for (const { phenotype } of phenotypes?.rows.values() ?? []) {
				expect(plainPhenotype(gene, phenotype), `${gene} ${phenotype}`).not.toBe(phenotype);
				if (/Poor|Intermediate|Decreased|Deficient|Malignant|increased/.test(phenotype) && gene !== "CYP3A5")
					expect(isOrdinary(gene, phenotype)).toBe(false);
			}
		expect(plainPhenotype("CYP2D6", undefined)).toBeUndefined();
	});

	const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
	it.skipIf(chromium === undefined)(
		"[GN28] prints on one page of A4 (skipped where there is no Chromium)",
		async () => {
			const folder = mkdtempSync(join(tmpdir(), "aceso-passport-"));
			try {
				const [page, pdf] = [join(folder, "p.html"), join(folder, "p.pdf")];
				writeFileSync(page, await passport());
				const flags = [
					"--headless",
					"--no-sandbox",
					"--disable-gpu",
					"--no-pdf-header-footer",
					`--user-data-dir=${join(folder, "profile")}`,
					`--print-to-pdf=${pdf}`,
				];
				execFileSync(chromium as string, [...flags, `file://${page}`], { stdio: "ignore", timeout: 100_000 });
				const printed = readFileSync(pdf, "latin1");
				expect(printed.match(/\/Type\s*\/Page[^s]/g)).toHaveLength(1);
				expect(printed).toMatch(/\/MediaBox\s*\[0 0 59[45](?:\.\d+)? 84[12]/);
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		},
		120_000,
	);
});
