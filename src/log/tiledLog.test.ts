import { beforeAll, describe, expect, it } from "vitest";
import { encodeHex, encodeUtf8 } from "#base";
import { decodeEntryBundle, encodeEntryBundle } from "./entryBundle.ts";
import { leafHash } from "./hashes.ts";
import { MerkleTree } from "./merkleTree.ts";
import { serveTile } from "./serveTile.ts";
import { fetchConsistencyProof, fetchEntries, fetchEntry, fetchRootWithin, type TileSource } from "./tiledLog.ts";
import { formatTilePath, parseTilePath } from "./tilePath.ts";
import { tileWidth } from "./tiles.ts";
import { verifyConsistency } from "./verifyConsistency.ts";

const entries = Array.from({ length: 70_000 }, (_, i) => encodeUtf8(`entry ${i}`));
const tree = new MerkleTree();

function readTile(level: number, index: number): Uint8Array | undefined {
	const width = Math.min(tileWidth, Math.floor(tree.size / tileWidth ** level) - index * tileWidth);
	if (width <= 0) return undefined;
	return Buffer.concat(Array.from({ length: width }, (_, i) => tree.read(level * 8, index * tileWidth + i)));
}

const serve = (path: string, size = entries.length) => serveTile(path, { size, readTile, readEntry: (position) => entries[position] });
const source: TileSource = async (path) => serve(path);
const code = (expected: string) => expect.objectContaining({ code: expected });

beforeAll(() => {
	for (const entry of entries) tree.append(entry);
});

describe("tile paths", () => {
	it("[LO14] have the spelling of the specification's example, and no other", () => {
		expect(formatTilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
		expect(formatTilePath({ level: "entries", index: 0, width: 1 })).toBe("tile/entries/000.p/1");
		for (const index of [0, 9, 999, 1_000, 123_456_789]) {
			for (const level of [0, 7, 63, "entries"] as const) {
				for (const width of [1, 255, 256]) {
					const path = formatTilePath({ level, index, width });
					expect(parseTilePath(path)).toEqual({ level, index, width });
				}
			}
		}
		const others = [
			"tile/0/0",
			"tile/00/000",
			"tile/64/000",
			"tile/0/1000",
			"tile/0/x000/001",
			"tile/0/000.p/0",
			"tile/0/000.p/256",
			"tile/0/000.p/01",
			"tile/0/000/",
			"/tile/0/000",
			"tile/0/x001",
			"tile/0/x999/x999/x999/x999/x999/x999/999",
			"tile/0/000.p/1\n",
		];
		for (const path of [...others, "tile/../000", "checkpoint", ""]) expect(parseTilePath(path)).toBeUndefined();
	});
});

describe("served tiles", () => {
	it("[LO14] are those that the specification counts for a tree of 70,000", () => {
		const widths = (level: number | "entries", count: number) =>
			Array.from({ length: count }, (_, index) => serve(formatTilePath({ level, index, width: 256 })) !== undefined);
		expect(widths(0, 274).filter(Boolean)).toHaveLength(273);
		expect(serve("tile/0/273.p/112")?.length).toBe(112 * 32);
		expect(serve("tile/0/273.p/113")).toBeUndefined();
		expect(widths(1, 2)).toEqual([true, false]);
		expect(serve("tile/1/001.p/17")?.length).toBe(17 * 32);
		expect(serve("tile/2/000.p/1")).toEqual(Buffer.from(tree.read(16, 0)));
		expect(serve("tile/2/000.p/2")).toBeUndefined();
		expect(serve("tile/3/000.p/1")).toBeUndefined();
	});

	it("[LO14] a partial tile of an older size stays, and nothing beyond the shown size is shown", () => {
		expect(serve("tile/0/273.p/40")).toEqual(serve("tile/0/273.p/112")!.subarray(0, 40 * 32));
		expect(serve("tile/entries/000", 255)).toBeUndefined();
		expect(decodeEntryBundle(serve("tile/entries/000.p/3", 255)!, 3)).toEqual(entries.slice(0, 3).map((entry) => new Uint8Array(entry)));
	});

	it("[LO15] a changed or missing entry, and a missing or short tile, are damage and never served", () => {
		const changed = (position: number) => (position === 5 ? encodeUtf8("entry 6") : entries[position]);
		expect(() => serveTile("tile/entries/000", { size: 300, readTile, readEntry: changed })).toThrow(code("LOG_ENTRY_DIFFERS") as Error);
		expect(() => serveTile("tile/entries/000", { size: 300, readTile, readEntry: () => undefined })).toThrow(code("LOG_ENTRY_DIFFERS") as Error);
		const short = (level: number, index: number) => readTile(level, index)?.subarray(32);
		for (const broken of [short, () => undefined]) {
			expect(() => serveTile("tile/0/000", { size: 300, readTile: broken, readEntry: changed })).toThrow(code("LOG_NODE_MISSING") as Error);
		}
	});
});

describe("entry bundles", () => {
	it("[LO14] come back as they were, and a cut or lengthened one is refused", () => {
		const bundle = encodeEntryBundle([new Uint8Array(0), encodeUtf8("a"), new Uint8Array(65_535)]);
		expect(decodeEntryBundle(bundle, 3).map(({ length }) => length)).toEqual([0, 1, 65_535]);
		for (const [bytes, count] of [
			[bundle.subarray(0, -1), 3],
			[bundle.subarray(0, 4), 2],
			[bundle, 2],
			[bundle, 4],
			[Uint8Array.of(0), 1],
		] as const) {
			expect(() => decodeEntryBundle(bytes, count)).toThrow(code("LOG_BUNDLE_MALFORMED") as Error);
		}
		expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(code("LOG_BUNDLE_MALFORMED") as Error);
	});
});

describe("a log read by tiles", () => {
	const checkpoint = (size: number) => ({ origin: "log", size, root: tree.root(size) });

	it("[LO20] tells which root a larger log has at a smaller size, and believes no tiles that do not lead to the larger root", async () => {
		for (const [size, within] of [
			[1, 1],
			[1, 70_000],
			[255, 300],
			[256, 257],
			[65_536, 70_000],
			[69_999, 70_000],
		] as const) {
			expect(encodeHex(await fetchRootWithin(source, size, checkpoint(within)))).toBe(encodeHex(tree.root(size)));
		}
		const lying: TileSource = async (path) => (await source(path))?.map((byte, i) => (i === 40 ? byte ^ 1 : byte));
		await expect(fetchRootWithin(lying, 300, checkpoint(70_000))).rejects.toEqual(code("LOG_PROOF_INVALID"));
		await expect(fetchRootWithin(source, 300, { ...checkpoint(70_000), root: leafHash(new Uint8Array(0)) })).rejects.toEqual(
			code("LOG_PROOF_INVALID"),
		);
		await expect(fetchRootWithin(source, 301, checkpoint(300))).rejects.toEqual(code("LOG_RANGE_INVALID"));
	});

	it("[LO16] gives every entry of any range in order", async () => {
		for (const [from, to] of [
			[0, 0],
			[0, 1],
			[250, 260],
			[255, 256],
			[256, 700],
			[69_990, 70_000],
		] as const) {
			const read: Uint8Array[] = [];
			for await (const entry of fetchEntries(source, from, to)) read.push(entry);
			expect(read.map((entry) => Buffer.from(entry).toString())).toEqual(Array.from({ length: to - from }, (_, i) => `entry ${from + i}`));
		}
		await expect(fetchEntries(source, 69_999, 70_001).next()).rejects.toEqual(code("LOG_TILE_UNAVAILABLE"));
	});

	it("[LO16] verifies an entry by tiles alone, and refuses another log's", async () => {
		for (const [index, size] of [
			[0, 1],
			[300, 70_000],
			[69_999, 70_000],
			[65_535, 65_537],
		] as const) {
			expect(Buffer.from(await fetchEntry(source, index, checkpoint(size))).toString()).toBe(`entry ${index}`);
		}
		const foreign = { ...checkpoint(70_000), root: leafHash(new Uint8Array(0)) };
		await expect(fetchEntry(source, 3, foreign)).rejects.toEqual(code("LOG_PROOF_INVALID"));
		await expect(fetchEntry(source, 70_000, checkpoint(70_000))).rejects.toEqual(code("LOG_RANGE_INVALID"));
	});

	it("[LO16] computes consistency proofs that verify, and none from tiles that do not fit", async () => {
		for (const [from, to] of [
			[1, 70_000],
			[256, 257],
			[65_536, 70_000],
			[69_999, 70_000],
		] as const) {
			const proof = await fetchConsistencyProof(source, checkpoint(from), checkpoint(to));
			verifyConsistency({ from, to, fromRoot: tree.root(from), toRoot: tree.root(to), proof });
		}
		const lying: TileSource = async (path) => {
			const bytes = serve(path);
			return bytes?.map((byte, i) => (path === "tile/1/000" && i === 32 ? byte ^ 1 : byte));
		};
		await expect(fetchConsistencyProof(lying, checkpoint(1), checkpoint(70_000))).rejects.toEqual(code("LOG_PROOF_INVALID"));
		const cut: TileSource = async (path) => (await source(path))?.subarray(1);
		await expect(fetchConsistencyProof(cut, checkpoint(1), checkpoint(70_000))).rejects.toEqual(code("LOG_TILE_UNAVAILABLE"));
	});
});
