import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GenomeComputation, PgxBody } from "#gate";
import type { PgxReport } from "#genomics";
import { type GenomeFacts, type GenomeImport, importGenome } from "../genome/importGenome.ts";
import { reportPgx } from "../genome/reportPgx.ts";
import type { SmallNetwork, SmallPatient, Staff } from "./smallNetwork.ts";

export const vcfHeader = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n";
export const vcfLine = (chromosome: string, position: number, ref: string, alt: string, genotype: string, info = ".") =>
	`${chromosome}\t${position}\t.\t${ref}\t${alt}\t.\tPASS\t${info}\tGT\t${genotype}\n`;

/** CYP2C19 *1/*2, by variants alone. */
export const cyp2c19Lines: string =
	vcfLine("chr10", 94_775_367, "A", "G", "0/1") + vcfLine("chr10", 94_781_859, "G", "A", "0/1") + vcfLine("chr10", 94_842_866, "A", "G", "1/1");

/** A genome whose file is large enough for many chunks: what lies around the known positions is noise that does not compress. */
export function smallGenome(noiseLines = 18_000): string {
	const noise = (chromosome: string, lines: number) =>
		Array.from({ length: lines }, (_, index) =>
			vcfLine(chromosome, 1_000 + index * 20_000, "C", "T", "0/1", `X=${randomBytes(48).toString("base64url")}`),
		);
	const around = noise("chr10", 8_000).join("").split("\n").slice(0, -1);
	const at = around.findIndex((line) => Number(line.split("\t")[1]) > 94_775_367);
	const before = around.slice(0, at).filter((line) => Number(line.split("\t")[1]) < 94_775_367);
	const after = around.slice(at).filter((line) => Number(line.split("\t")[1]) > 94_842_866);
	return `${vcfHeader}${noise("chr3", noiseLines / 2).join("")}${before.join("\n")}\n${cyp2c19Lines}${after.join("\n")}\n${noise("chr11", noiseLines / 2).join("")}`;
}

/** Files a genome as the desk does, from a file of its own. */
export function fileGenome(
	small: SmallNetwork,
	patient: Pick<SmallPatient, "localId">,
	content: string | Uint8Array,
	facts: Partial<GenomeFacts> = {},
): Promise<GenomeImport> {
	const path = join(mkdtempSync(join(small.folder, "genome-")), "genome.vcf.gz");
	writeFileSync(path, content);
	return importGenome(small.institution(), { path, localId: patient.localId, namesNobody: false, ...facts });
}

export function pgxBody(asked: Partial<PgxBody> & Pick<PgxBody, "patient">): PgxBody {
	return { kind: "pgx", purpose: "TREAT", classes: ["genomics"], level: "identified", ...asked };
}

export function askPgx(
	small: SmallNetwork,
	who: Pick<Staff, "key">,
	asked: Partial<PgxBody> & Pick<PgxBody, "patient">,
	where: { readonly audience?: string; readonly via?: string } = {},
): Promise<GenomeComputation<PgxReport>> {
	return reportPgx(small.network, small.institution(where.audience), small.sign(who.key, pgxBody(asked), where));
}
