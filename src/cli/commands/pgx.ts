import {
	type AdjustedGenes,
	type Adjustment,
	type AdviceReport,
	adjustForMedicines,
	adviseOnAll,
	type CalledGene,
	callPgx,
	type GuidanceKnowledge,
	type PgxKnowledge,
	type PgxReport,
	parseOutsideCalls,
	recogniseDrugs,
	renderPassport,
	sayAdjustment,
} from "#genomics";
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { readTextFile, writePrivateFile } from "../files.ts";
import { jsonOption, oneOf, readWords } from "../options.ts";
import { describeAdvice } from "../pgx/describeAdvice.ts";
import { describeReport } from "../pgx/describeReport.ts";
import { fhirReport } from "../pgx/fhirReport.ts";
import { loadPgxGuidance } from "../pgx/loadPgxGuidance.ts";
import { loadPgxKnowledge } from "../pgx/loadPgxKnowledge.ts";
import { loadDrugTable, loadInteractions } from "../pgx/loadPgxTables.ts";
import { openVcfFile } from "../pgx/openVcfFile.ts";
import { recall, recallUsage } from "../pgx/recall.ts";
import { reportSealed } from "../pgx/reportSealed.ts";

const usage = `Usage: aceso pgx FILE.vcf[.gz] [--sample NAME] [--outside FILE] [--absent auto|missing|reference] [--all] [--combinations]
                 [--drug NAME]... [--taking NAME]... [--json | --fhir [--patient FILE] | --passport FILE [--name NAME]]
       aceso pgx --staff KEY --person KEY [--member ID] [--record TYPE/ID] [--level identified|compute] [--purpose CODE]
                 [--emergency REASON] [--drug NAME]... [--json]
       aceso pgx recall RESULT… [--knowledge DIR]: whose results newer tables change, told below

Names the pharmacogene alleles that a VCF shows, with phenotype and activity score, and says what CPIC and DPWG advise for them, offline.
GRCh38, and GRCh37 where a position's place is known; VCF 4.1 to 4.5, plain, bgzip or gzip, also gVCF. Nothing is stored and nothing leaves this machine.

  --sample NAME   the sample to read; needed where the file has several
  --outside FILE  calls from elsewhere, a line each: gene, diplotype, phenotype, activity score, separated by tabs. CYP2D6, HLA and
                  MT-RNR1 can come in no other way: a VCF cannot tell their structure
  --absent WHAT   what a position without a line means: missing, reference, or auto (default): reference where the file lists variants
                  only, else missing. Assumed positions are counted for each gene
  --all           all diplotypes that explain the sample, not only those that explain the most positions
  --combinations  where no pair of alleles fits, combinations and single changes; for research, no guideline speaks of them
  --drug NAME     all that the guidelines say on this drug, and no other; may be given again
  --taking NAME   a medicine that is taken: inhibitors and inducers of CYP2C19, CYP2C9, CYP2D6 and CYP3A4 are counted in; may be given again
  --knowledge DIR tables of another release, made by npm run knowledge -- --from RELEASE --to DIR
  --json          the whole report, with the versions of the tables
  --fhir          a FHIR R4 transaction Bundle by HL7's Genomics Reporting guide (STU 3): Genotypes, Haplotypes, Therapeutic Implications,
                  Genomic Report; checked by Aceso's own validator of FHIR R4 (not of the guide's profiles), which is said on stderr
  --patient FILE  a FHIR Patient with a UUID as its id, to go with --fhir: then aceso import files the Bundle with that patient
  --passport FILE a page to carry and to print (HTML; print it to PDF): each gene in plain words, the drugs to tell a doctor about, what is not
                  known. It asks for nothing from anywhere, and leaves out what is taken at the moment
  --name NAME     the name on it; the sample's name where one was given, else left blank

With --staff a node is asked, through its gate, what the patient's sealed genome says (\`aceso import GENOME.vcf.gz\` files one): the newest, or that
of --record. Of the genome only the chunks around the known positions are opened, and how many is told; the patient sees it in the history.
--level compute asks as the model pgx-genome, for those whom the patient let have the result and not the genome.

Exit codes: 0 reported, 65 no such VCF (another build, a cut file, a line that cannot be read), 66 no such file, 77 not available to the one who asks.

Examples:
  aceso pgx genome.vcf.gz
  aceso pgx cohort.vcf.gz --sample NA18526 --outside calls.tsv --json
  aceso pgx --staff dr-adler --person walter-lehmann --drug clopidogrel`;

const options = {
	...jsonOption,
	sample: { type: "string" },
	outside: { type: "string" },
	absent: { type: "string", default: "auto" },
	all: { type: "boolean", default: false },
	combinations: { type: "boolean", default: false },
	drug: { type: "string", multiple: true },
	taking: { type: "string", multiple: true },
	fhir: { type: "boolean", default: false },
	patient: { type: "string" },
	passport: { type: "string" },
	name: { type: "string" },
	knowledge: { type: "string" },
} as const;

export const pgx: Command = {
	name: "pgx",
	summary: "name the pharmacogene alleles of a VCF and say what guidelines advise, offline",
	usage: `${usage}\n\n${recallUsage}`,
	async run(args, io) {
		if (args[0] === "recall") return recall(args.slice(1), io);
		if (args.some((word) => word === "--staff" || word.startsWith("--staff="))) return reportSealed(args, io);
		const { values, positionals } = readWords(args, options, { min: 1, max: 1, what: "one VCF file" });
		const absent = oneOf(values.absent, ["auto", "missing", "reference"], "--absent");
		const outside = values.outside === undefined ? [] : parseOutsideCalls(readTextFile(values.outside));
		const caller = loadPgxKnowledge(values.knowledge);
		const guidance = loadPgxGuidance(values.knowledge);
		const bytes = openVcfFile(positionals[0] as string);
		const { sample } = values;
		const report = await callPgx(
			caller,
			{ bytes, ...(sample === undefined ? {} : { sample }) },
			{
				...{ absent, outside, allMatches: values.all, combinations: values.combinations },
			},
		);
		const drugs = values.drug as readonly string[] | undefined;
		const { genes, adjustments } = adjustForTaken(report, caller.knowledge, (values.taking as readonly string[] | undefined) ?? []);
		const advice = advise(genes, guidance, drugs);
		if (values.fhir) {
			const bundle = fhirReport({ report, advice, patient: values.patient, now: new Date().toISOString() });
			io.note(`${bundle.entry.length} resources, valid FHIR R4 by Aceso's validator`);
			io.out(JSON.stringify(bundle, undefined, 2));
		} else if (values.passport !== undefined) {
			const byGenes = advise(report.genes, guidance, undefined);
			if (byGenes === undefined) throw new CliError("CLI_USAGE", "expected tables with guidance, without which a passport says nothing");
			writePrivateFile(values.passport, renderPassport({ report, advice: byGenes, name: values.name ?? sample, today: byGenes.today }));
			io.note(`wrote ${values.passport}; open it in a browser to print it`);
		} else if (values.json) io.out(JSON.stringify({ ...report, adjustments, guidance: advice ?? null }, undefined, 2));
		else for (const line of [...describeReport(report), ...describeAdjustments(adjustments), ...describe(advice, drugs !== undefined)]) io.out(line);
		return 0;
	},
};

/** @throws CliError `CLI_USAGE` for a medicine that no table names: it could not be counted in, and silence would say that it does nothing. */
function adjustForTaken({ genes }: PgxReport, knowledge: PgxKnowledge, taking: readonly string[]): AdjustedGenes {
	if (taking.length === 0) return { genes, adjustments: [] };
	const known = loadDrugTable();
	const medicines = taking.flatMap((name) => {
		const found = recogniseDrugs({ text: name }, known);
		if (found.length === 0) throw new CliError("CLI_USAGE", "expected --taking to name a drug that the tables know, by its ingredient in English");
		return found;
	});
	return adjustForMedicines({ genes, medicines, table: loadInteractions(), knowledge });
}

function describeAdjustments(adjustments: readonly Adjustment[]): readonly string[] {
	return adjustments.length === 0 ? [] : ["", "Medicines that change what genes mean", ...adjustments.map((each) => `  ${sayAdjustment(each)}`)];
}

function advise(
	genes: readonly CalledGene[],
	guidance: GuidanceKnowledge | undefined,
	drugs: readonly string[] | undefined,
): AdviceReport | undefined {
	if (guidance === undefined) return undefined;
	return adviseOnAll({ genes, guidance, today: new Date().toISOString().slice(0, 10), drugs });
}

function describe(advice: AdviceReport | undefined, named: boolean): readonly string[] {
	return advice === undefined ? ["", "These tables have no guidance: nothing is advised."] : describeAdvice(advice, named);
}
