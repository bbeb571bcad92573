import { GenomicsError } from "../errors.ts";

export interface VcfHeader {
	/** `4.1` to `4.5`. */
	readonly version: string;
	/** Sample columns, in the file's order. */
	readonly samples: readonly string[];
	/** What the contig and reference lines say of the build, by contig: length in bases, and the words of `assembly`. */
	readonly contigs: readonly { readonly id: string; readonly lengthBases?: number; readonly assembly?: string }[];
}

const fixedColumns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];
/** Longer than any header of a file that is read here; a header is kept whole. */
const headerCharactersMax = 16_777_216;
const versions = ["4.1", "4.2", "4.3", "4.4", "4.5"];

/** Takes header lines one after the other until the line of the columns has come. */
export class HeaderReader {
	#version: string | undefined;
	readonly #contigs: VcfHeader["contigs"][number][] = [];
	#header: VcfHeader | undefined;
	#characters = 0;

	get header(): VcfHeader | undefined {
		return this.#header;
	}

	/** @throws GenomicsError `VCF_HEADER_INVALID`, `VCF_VERSION_UNSUPPORTED`. */
	take(text: string, line: number): void {
		this.#characters += text.length;
		if (this.#characters > headerCharactersMax) throw invalid(line, "a header of at most 16 MiB", "a longer one");
		if (this.#version === undefined) this.#version = readVersion(text, line);
		else if (text.startsWith("##contig=<")) this.#contigs.push(readContig(text));
		else if (text.startsWith("#CHROM")) this.#header = { version: this.#version, samples: readColumns(text, line), contigs: this.#contigs };
		else if (!text.startsWith("##")) throw invalid(line, "a header line before the records", "a line of another kind");
	}
}

function readVersion(text: string, line: number): string {
	const found = /^##fileformat=VCFv(\d+\.\d+)\s*$/.exec(text)?.[1];
	if (found === undefined) throw invalid(line, "##fileformat=VCFv4.x on the first line", "another line");
	if (!versions.includes(found))
		throw new GenomicsError("VCF_VERSION_UNSUPPORTED", `expected VCF 4.1 to 4.5, found ${found}`, { line, expected: "4.1 to 4.5", found });
	return found;
}

function readContig(text: string): VcfHeader["contigs"][number] {
	const length = /[<,]length=(\d{1,12})/.exec(text)?.[1];
	const assembly = /[<,]assembly=(?:"([^"]*)"|([^,>]*))/.exec(text);
	return {
		id: /[<,]ID=([^,>]*)/.exec(text)?.[1] ?? "",
		...(length === undefined ? {} : { lengthBases: Number(length) }),
		...(assembly === null ? {} : { assembly: assembly[1] ?? assembly[2] ?? "" }),
	};
}

function readColumns(text: string, line: number): readonly string[] {
	const columns = text.split("\t");
	const off = fixedColumns.findIndex((name, index) => columns[index] !== name);
	if (off !== -1) throw invalid(line, `column ${off + 1} to be ${fixedColumns[off]}`, "another column");
	if (columns.length > 8 && columns[8] !== "FORMAT") throw invalid(line, "column 9 to be FORMAT", "another column");
	const samples = columns.slice(9);
	if (new Set(samples).size < samples.length) throw invalid(line, "each sample once", "a name twice");
	return samples;
}

function invalid(line: number, expected: string, found: string): GenomicsError {
	return new GenomicsError("VCF_HEADER_INVALID", `line ${line}: expected ${expected}, found ${found}`, { line, expected, found });
}
