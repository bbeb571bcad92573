import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { assertValidResource } from "#fhir";
import type { ObjectCompanions, ObjectImport } from "#gate";
import {
	type Compression,
	createBuildCheck,
	encodeTabix,
	type IndexedVcf,
	renderResults,
	type SeenBuild,
	type SeenGenome,
	VcfIndexer,
} from "#genomics";
import { NodeError } from "../errors.ts";
import type { Institution } from "../institution.ts";
import { createObjectRecord, type ObjectFacts } from "../objectRecord.ts";
import { vcfBlocks } from "./decompressVcf.ts";
import { shippedPgx } from "./pgxKnowledge.ts";

export interface GenomeFacts extends Pick<ObjectFacts, "localId" | "date" | "namesNobody"> {
	/** Absolute; on the machine of the node. */
	readonly path: string;
}

/** Bytes of the file that were read. */
export interface GenomeProgress {
	readonly done: number;
	readonly total: number;
}

export interface GenomeImport extends ObjectImport {
	/** Lines of variants and blocks. */
	readonly records: number;
	readonly compression: Compression;
	/** SHA-256 of the file as it came. */
	readonly sha256: string;
	/** Of which build it was seen to be, and by how many reference alleles at known positions; by none, nothing shows it. */
	readonly seen: SeenBuild;
}

/** Bytes between two words of progress. */
const progressBytes = 4 * 2 ** 20;

/**
 * Seals the genome of one person as a large object while it is read once, with an index of its positions beside it, what it says of the genes that drugs
 * depend on as records of their own, and a Provenance of the file.
 * What is no bgzip is packed into one on the way. Memory: some blocks, a line and the index, whatever the file's length.
 *
 * Nothing is stored of a file with any fault: a line that cannot be read, lines out of order, a cut file, several people, another build.
 *
 * @throws NodeError `NODE_FILE_UNREADABLE`; GenomicsError with the line; GateError and VaultError as `importObject`.
 */
export async function importGenome(
	{ gate, name }: Pick<Institution, "gate" | "name">,
	{ path, ...facts }: GenomeFacts,
	onProgress?: (progress: GenomeProgress) => void,
): Promise<GenomeImport> {
	try {
		const total = await sizeOf(path);
		const received = createHash("sha256");
		const { compression, blocks } = await vcfBlocks(
			counted(path, (piece, done, isStep) => {
				received.update(piece);
				if (isStep) onProgress?.({ done, total });
			}),
		);
		const build = createBuildCheck(shippedPgx());
		const indexer = new VcfIndexer({ onRecord: (record) => build.take(record) });
		let read: (IndexedVcf & SeenGenome & { readonly sha256: string }) | undefined;
		async function* content(): AsyncGenerator<Uint8Array> {
			let end = 0;
			for await (const block of blocks) {
				indexer.take(block);
				end = block.byteOffset + block.packed.length;
				yield block.packed;
			}
			const indexed = indexer.finish(end);
			read = { ...indexed, ...build.finish(indexed.header), sha256: received.digest("hex") };
		}
		const wasRead = () => read as NonNullable<typeof read>;
		const companions: ObjectCompanions = {
			beside: () => packed(encodeTabix(wasRead().index)),
			results: (newId, atMs) =>
				renderResults({
					...{ report: wasRead().report, newId, subject: { reference: `Patient/${facts.localId}` }, performer: { display: name } },
					effectiveDateTime: facts.date ?? new Date(atMs).toISOString(),
				}).map(assertResult),
			provenance: (id, targets, atMs) => renderProvenance({ id, targets, atMs, institution: name, compression, ...wasRead() }),
		};
		const filed = await gate.importObject(createObjectRecord({ kind: "vcf", contentType: "application/gzip", ...facts }), content(), companions);
		const { records, seen, sha256 } = wasRead();
		return { ...filed, records, compression, sha256, seen };
	} catch (error) {
		throw isFileError(error) ? new NodeError("NODE_FILE_UNREADABLE", "expected a file that can be read", { system: error.code ?? "" }, error) : error;
	}
}

async function sizeOf(path: string): Promise<number> {
	const found = await stat(path);
	if (!found.isFile()) throw new NodeError("NODE_FILE_UNREADABLE", "expected a file to import, found something else of that name");
	return found.size;
}

async function* counted(path: string, onPiece: (piece: Uint8Array, done: number, isStep: boolean) => void): AsyncGenerator<Uint8Array> {
	let [done, said] = [0, 0];
	for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Uint8Array>) {
		done += piece.length;
		const isStep = done - said >= progressBytes;
		if (isStep) said = done;
		onPiece(piece, done, isStep);
		yield piece;
	}
}

/** An index file as tabix writes it: bgzip as well. */
async function* packed(plain: Uint8Array): AsyncGenerator<Uint8Array> {
	const { blocks } = await vcfBlocks(
		(async function* () {
			yield plain;
		})(),
	);
	for await (const block of blocks) yield block.packed;
}

function assertResult<Result extends object>(result: Result): Result {
	assertValidResource(result);
	return result;
}

interface ProvenanceFacts extends IndexedVcf {
	readonly id: string;
	readonly targets: readonly string[];
	readonly atMs: number;
	readonly institution: string;
	readonly compression: Compression;
	readonly seen: SeenBuild;
	readonly sha256: string;
}

/** Who filed which file when, and what it was seen to be. It names no sample. */
function renderProvenance({ id, targets, atMs, institution, compression, records, header, seen, sha256 }: ProvenanceFacts) {
	const form =
		compression === "none" ? "plain text, packed with bgzip" : compression === "gzip" ? "gzip, packed anew with bgzip" : "bgzip, as it came";
	const build =
		seen.agreeing > 0 ? `${seen.agreeing} reference alleles of ${seen.build} at known positions` : "no known position in it: nothing shows its build";
	const resource = {
		resourceType: "Provenance",
		id,
		target: targets.map((reference) => ({ reference })),
		recorded: new Date(atMs).toISOString(),
		activity: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-DataOperation", code: "CREATE" }] },
		agent: [
			{
				type: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/provenance-participant-type", code: "enterer" }] },
				who: { display: institution },
			},
		],
		entity: [
			{
				role: "source",
				what: {
					identifier: { system: "urn:aceso:sha256", value: sha256 },
					display: `VCF ${header.version}, ${form}; ${records} records; ${build}`,
				},
			},
		],
	};
	assertValidResource(resource);
	return resource;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
	const { code, syscall } = error as NodeJS.ErrnoException;
	return typeof code === "string" && ["open", "read", "stat"].includes(syscall ?? "");
}
