import { CodedError, type ErrorKind } from "#base";

/** Codes of the genomics room. */
export type GenomicsErrorCode =
	/** The input has no bytes, or no header line. */
	| "VCF_EMPTY"
	/** The first line is not that of a VCF, or the column line is not there or off. */
	| "VCF_HEADER_INVALID"
	/** A version of VCF other than 4.1 to 4.5. */
	| "VCF_VERSION_UNSUPPORTED"
	/** A line is longer than the limit. */
	| "VCF_LINE_TOO_LONG"
	/** A record does not follow the format: too few columns, a position that is no number, a genotype that cannot be read. */
	| "VCF_RECORD_INVALID"
	/** A genotype names an allele that the record does not have. */
	| "VCF_ALLELE_OUT_OF_RANGE"
	/** The file has no sample column. */
	| "VCF_NO_SAMPLE"
	/** The sample that was named is not in the file. */
	| "VCF_SAMPLE_UNKNOWN"
	/** The file has several samples and none was named. */
	| "VCF_SAMPLE_UNCHOSEN"
	/** The file ends inside a block, or without the block that ends every bgzip file. */
	| "BGZIP_TRUNCATED"
	/** A block is damaged, or the file is no bgzip. */
	| "BGZIP_DAMAGED"
	/** Lines do not come in order of chromosome and position, so that no index of them can be made. */
	| "VCF_UNSORTED"
	/** An index of positions does not follow the format, or is not one of this file. */
	| "TABIX_INVALID"
	/** The reference alleles at the known positions are those of another genome build. */
	| "GENOME_BUILD_WRONG"
	/** A table of alleles or phenotypes does not have the form that this version reads. */
	| "PGX_KNOWLEDGE_INVALID"
	/** A stored result is none that this version wrote. */
	| "PGX_RESULT_INVALID"
	/** A line of calls from elsewhere cannot be read. */
	| "PGX_OUTSIDE_CALL_INVALID";

/** Where and what kind; never a genotype, a sample's name or a base of the file. */
export interface GenomicsErrorDetails {
	/** One-based line of the decompressed text. */
	readonly line?: number;
	/** Offset into the compressed file. */
	readonly byteOffset?: number;
	readonly expected?: string;
	readonly found?: string;
}

const kinds: Partial<Record<GenomicsErrorCode, ErrorKind>> = { PGX_KNOWLEDGE_INVALID: "stop" };

export class GenomicsError extends CodedError<GenomicsErrorCode, GenomicsErrorDetails> {
	constructor(code: GenomicsErrorCode, message: string, details: GenomicsErrorDetails = {}, cause?: unknown) {
		super(code, kinds[code] ?? "mistake", message, details, cause);
	}
}
