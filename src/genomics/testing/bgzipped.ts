import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { TabixIndex } from "../tabix/tabixIndex.ts";
import { type IndexedVcf, type IndexVcfParameters, VcfIndexer } from "../tabix/vcfIndexer.ts";
import { type ByteSource, type InflateRaw, inflateBlocks } from "../vcf/bgzip.ts";
import { packBgzip } from "../vcf/packBgzip.ts";

export const inflate: InflateRaw = (deflated, maxOutputLength) => inflateRawSync(deflated, { maxOutputLength: Math.max(1, maxOutputLength) });

/** Bytes in memory as a file, and how many of them were asked for. */
export function sourceOf(bytes: Uint8Array): ByteSource & { readonly asked: () => number } {
	let asked = 0;
	return {
		sizeBytes: bytes.length,
		read: async (start, end) => {
			asked += end - start;
			return bytes.slice(start, end);
		},
		asked: () => asked,
	};
}

export async function packed(text: string | Uint8Array, blockBytes = 65_280): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	const bytes = typeof text === "string" ? Buffer.from(text) : text;
	for await (const block of packBgzip([bytes], (plain) => deflateRawSync(plain), { blockBytes })) parts.push(block.packed);
	return Buffer.concat(parts);
}

/** The index of a bgzipped VCF, read in pieces of a size. */
export async function indexOf(file: Uint8Array, parameters: IndexVcfParameters = {}, pieceBytes = 70_000): Promise<IndexedVcf> {
	const indexer = new VcfIndexer(parameters);
	function* pieces(): Generator<Uint8Array> {
		for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes);
	}
	for await (const block of inflateBlocks(pieces(), inflate)) indexer.take(block);
	return indexer.finish(file.length);
}

export interface IndexedFile {
	readonly source: ReturnType<typeof sourceOf>;
	readonly index: TabixIndex;
	readonly inflate: InflateRaw;
	readonly file: Buffer;
}

export async function indexedFile(text: string | Uint8Array, blockBytes?: number): Promise<IndexedFile> {
	const file = await packed(text, blockBytes);
	return { source: sourceOf(file), index: (await indexOf(file)).index, inflate, file };
}
