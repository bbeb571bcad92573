/**
 * genomics: reads a VCF as a stream, names the pharmacogene alleles it shows, and gives their phenotype and activity score. Pure: bytes, tables
 * and the inflater come in as arguments, so that all of it runs in a browser.
 *
 * It does not call variants, phase them or judge their quality beyond reference blocks; it does not tell the structure of CYP2D6, HLA or
 * mitochondrial DNA from a VCF; it gives no dosing advice. GRCh38 only.
 */
export { GenomicsError, type GenomicsErrorCode, type GenomicsErrorDetails } from "./errors.ts";
export { callPgx, createPgxCaller, type PgxCaller, type PgxOptions, type PgxReport } from "./starAlleles/callPgx.ts";
export type { DiplotypeResult, GeneNote, GeneResult, NoCallReason } from "./starAlleles/geneResult.ts";
export { type PgxKnowledge, type PgxKnowledgeFiles, parsePgxKnowledge } from "./starAlleles/knowledge.ts";
export type { MissingPosition } from "./starAlleles/missingImpact.ts";
export { type OutsideCall, parseOutsideCalls } from "./starAlleles/outsideCalls.ts";
export type { PhenotypeResult } from "./starAlleles/phenotype.ts";
export { type Compression, detectCompression, type InflateRaw, inflateBgzip } from "./vcf/bgzip.ts";
export { type Genotype, readGenotype } from "./vcf/genotype.ts";
export type { VcfHeader } from "./vcf/header.ts";
export { type ReadVcfParameters, readVcf, type VcfReading } from "./vcf/readVcf.ts";
export type { VcfRecord } from "./vcf/record.ts";
