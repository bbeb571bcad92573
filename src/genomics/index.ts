/**
 * genomics: reads a VCF as a stream, names the pharmacogene alleles it shows, and gives their phenotype and activity score; looks up
 * what CPIC and DPWG advise for them, and says it. Pure: bytes, tables and the inflater come in as arguments, so that all of it runs in a browser.
 *
 * It does not call variants, phase them or judge their quality beyond reference blocks; it does not tell the structure of CYP2D6, HLA or
 * mitochondrial DNA from a VCF; it gives no advice of its own: a guideline that is silent is no statement of safety. GRCh38, and GRCh37 where a position's place is known.
 */
export { type DrugTable, parseDrugTable } from "./drugs/drugTable.ts";
export { type Concept, recogniseDrugs } from "./drugs/recogniseDrugs.ts";
export { GenomicsError, type GenomicsErrorCode, type GenomicsErrorDetails } from "./errors.ts";
export { type GenotypeCoverage, type ReadGenotypes, readGenotypes } from "./fhir/readGenotypes.ts";
export type { MadeResource } from "./fhir/renderGenotypes.ts";
export { type RenderReportParameters, type ReportBundle, renderReport } from "./fhir/renderReport.ts";
export { type RenderResultsParameters, renderResults } from "./fhir/renderResults.ts";
export { type Action, silences } from "./guidance/actions.ts";
export { type Advice, type AdviceStatus, type AdviseOnParameters, adviseOn } from "./guidance/adviseOn.ts";
export {
	type AdviceCodes,
	type AdviceReport,
	adviseOnAll,
	type DrugAdvice,
	findingsOf,
	type Gist,
	type GivenAdvice,
	gistOf,
	gists,
	giveAdvice,
} from "./guidance/adviseOnAll.ts";
export type { Condition } from "./guidance/conditions.ts";
export type { Detail, details, NameDetail, Quantity } from "./guidance/details.ts";
export type { Effect } from "./guidance/effect.ts";
export type { EffectDirection, EffectQualifier, EffectSubject, effectOutcomes } from "./guidance/effects.ts";
export type { Figure } from "./guidance/figure.ts";
export { type CalledGene, findingOf, type GeneCall, type GeneFinding } from "./guidance/finding.ts";
export {
	type GuidanceFiles,
	type GuidanceKnowledge,
	type Guideline,
	type Population,
	parseGuidance,
	populations,
	type Recommendation,
	type Strength,
} from "./guidance/guidanceTable.ts";
export { type SaidAdvice, sayAdvice, staleAfterMonths } from "./guidance/sayAdvice.ts";
export type { Statement } from "./guidance/statement.ts";
export { type AdjustedGenes, type Adjustment, type AdjustParameters, adjustForMedicines } from "./interactions/adjustForMedicines.ts";
export { type ConvertedGene, convertedGenes, type Interaction, type InteractionTable, parseInteractions } from "./interactions/interactionTable.ts";
export { sayAdjustment } from "./interactions/sayAdjustment.ts";
export { drugsOf, isAllOrdinary, type OtherList, otherDrugs } from "./passport/advisedDrugs.ts";
export { type RenderPassportParameters, renderPassport } from "./passport/renderPassport.ts";
export { type DrugRecall, type GeneRecall, type Recall, type RecallParameters, recallResult } from "./recall/recallResult.ts";
export { fromResources, readStoredResult, type StoredResult } from "./recall/storedResult.ts";
export { type BuildCheck, createBuildCheck, type SeenBuild, type SeenGenome } from "./starAlleles/buildCheck.ts";
export { callIndexed, type IndexedGenome } from "./starAlleles/callIndexed.ts";
export { callPgx, createPgxCaller, type PgxCaller, type PgxOptions, type PgxReport, readCalls } from "./starAlleles/callPgx.ts";
export type { DiplotypeResult, GeneNote, GeneResult, NoCallReason } from "./starAlleles/geneResult.ts";
export { type Grch37Places, parseGrch37 } from "./starAlleles/grch37.ts";
export { type PgxKnowledge, type PgxKnowledgeFiles, parsePgxKnowledge } from "./starAlleles/knowledge.ts";
export type { MissingPosition } from "./starAlleles/missingImpact.ts";
export { type OutsideCall, parseOutsideCalls } from "./starAlleles/outsideCalls.ts";
export type { PhenotypeResult } from "./starAlleles/phenotype.ts";
export type { GenomeBuild } from "./starAlleles/sampleReader.ts";
export { encodeTabix } from "./tabix/encodeTabix.ts";
export { parseTabix } from "./tabix/parseTabix.ts";
export { type ReadRegionsParameters, type Region, type RegionReading, readRegions } from "./tabix/readRegions.ts";
export type { TabixChunk, TabixIndex, TabixReference } from "./tabix/tabixIndex.ts";
export { type IndexedVcf, type IndexVcfParameters, VcfIndexer } from "./tabix/vcfIndexer.ts";
export {
	type BgzipBlock,
	type ByteSource,
	type Compression,
	detectCompression,
	type InflateRaw,
	inflateBgzip,
	inflateBlocks,
} from "./vcf/bgzip.ts";
export { type Genotype, readGenotype } from "./vcf/genotype.ts";
export type { VcfHeader } from "./vcf/header.ts";
export { type DeflateRaw, packBgzip } from "./vcf/packBgzip.ts";
export { type ReadVcfParameters, readVcf, type VcfReading } from "./vcf/readVcf.ts";
export type { VcfRecord } from "./vcf/record.ts";
