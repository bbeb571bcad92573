import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callPgx, type PgxCaller } from "#genomics";
import { shippedPgx } from "#node";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const published = join(import.meta.dirname, "../../shared/data/pgx/pharmcat/positions/pharmcat_positions.vcf");
const rounds = 60;
const coldRounds = 5;

/**
 * A VCF of all known positions (PharmCAT's 1,202 where they are beside the repository, else those of the tables) to the report of every gene, in ms,
 * warm: tables loaded, code compiled. A sample of its own each round: one site in 97 heterozygous, other ones each round. Baseline: the same
 * text cut into lines and fields, and nothing understood. `cpuMs`: its processor time over all threads. `coldMs`: the whole command `aceso pgx` as a process.
 */
export async function pgxCall(): Promise<BenchRow> {
	const caller = shippedPgx();
	const [calls, cpuMs, baseline]: [number[], number[], number[]] = [[], [], []];
	for (let round = 0; round < rounds; round++) {
		const bytes = Buffer.from(sampleVcf(caller, round));
		const plainStart = performance.now();
		const fields = bytes
			.toString("utf8")
			.split("\n")
			.map((line) => line.split("\t"));
		if (fields.length < 1000) throw new RangeError("expected every position");
		baseline.push(performance.now() - plainStart);
		const cpu = process.cpuUsage();
		const start = performance.now();
		const report = await callPgx(caller, { bytes: [bytes] });
		calls.push(performance.now() - start);
		const { user, system } = process.cpuUsage(cpu);
		cpuMs.push((user + system) / 1000);
		if (report.genes.length < 20) throw new RangeError("expected every gene");
	}
	// The first rounds compile.
	const warm = calls.slice(rounds / 3);
	return benchRow({
		...{ name: "pgx.call", value: median(warm), unit: "ms", baseline: median(baseline.slice(rounds / 3)) },
		...{ positions: rowsOf(caller).length, p95Ms: Number((warm.toSorted((a, b) => a - b)[Math.floor(warm.length * 0.95)] as number).toFixed(2)) },
		cpuMs: Number(median(cpuMs.slice(rounds / 3)).toFixed(2)),
		coldMs: Number(median(coldTimes(sampleVcf(caller, 0))).toFixed(0)),
	});
}

function rowsOf({ index }: PgxCaller): readonly (readonly string[])[] {
	if (existsSync(published))
		return readFileSync(published, "utf8")
			.split("\n")
			.filter((line) => line.startsWith("chr"))
			.map((line) => line.split("\t").slice(0, 8));
	return index.sites.map(({ chromosome, position, ref, alts }) => [`chr${chromosome}`, String(position), ".", ref, alts.join(","), ".", "PASS", "."]);
}

function sampleVcf(caller: PgxCaller, round: number): string {
	const rows = rowsOf(caller).map((row, index) => `${row.join("\t")}\tGT\t${(index + round) % 97 === 0 ? "0/1" : "0/0"}`);
	return `##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n${rows.join("\n")}\n`;
}

function coldTimes(vcf: string): readonly number[] {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	try {
		const file = join(folder, "sample.vcf");
		writeFileSync(file, vcf);
		return Array.from({ length: coldRounds }, () => {
			const start = performance.now();
			const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "../src/cli/main.ts"), "pgx", file], { stdio: "ignore" });
			if (status !== 0) throw new RangeError("expected the command to end well");
			return performance.now() - start;
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
