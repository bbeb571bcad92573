import { existsSync } from "node:fs";
import { ResponseApplySnapshotChunk_Result as Apply, ResponseOfferSnapshot_Result as Offer } from "cosmjs-types/tendermint/abci/types";
import { describe, expect, it } from "vitest";
import { decodeHex, sha256 } from "#base";
import { fsckLedger } from "../sealer/fsckLedger.ts";
import { batchOf, decide, openToyReplica, replicaKey, type ToyReplica } from "../testing/cometToys.ts";
import { temporaryPath } from "../testing/openToySealer.ts";
import { createTransaction, definition, genesis, put, startMs, wrap } from "../testing/toyLedger.ts";
import { encodeManifest, parseManifest } from "./snapshotFormat.ts";
import type { OfferedSnapshot } from "./snapshotStore.ts";

interface Origin extends ToyReplica {
	readonly snapshot: OfferedSnapshot;
	readonly chunks: readonly Uint8Array[];
	/** Of the snapshot's height. */
	readonly appHash: Uint8Array;
}

/** A replica of some blocks, and the snapshot that it wrote of its newest. */
async function createOrigin(): Promise<Origin> {
	const toy = openToyReplica(temporaryPath(), { snapshotEvery: 3 });
	for (let block = 0; block < 7; block++) {
		const transactions = Array.from({ length: 5 }, (_, i) => put(`k${(block * 3 + i) % 11}`, block * 10 + i));
		await decide(toy, startMs + block * 1_000, batchOf(wrap(...transactions, createTransaction("delete", { key: `k${block}` }))));
		await toy.replica.snapshots.close();
	}
	const [snapshot] = toy.replica.snapshots.list();
	const { height, format, chunks } = snapshot!;
	const bytes = Array.from({ length: chunks }, (_, chunk) => toy.replica.snapshots.loadChunk({ height, format, chunk }));
	return { ...toy, snapshot: snapshot!, chunks: bytes, appHash: decodeHex(toy.replica.appHash()) };
}

async function applyAll({ application }: ToyReplica, chunks: readonly Uint8Array[]): Promise<Apply[]> {
	const results: Apply[] = [];
	for (const [index, chunk] of chunks.entries()) results.push((await application.applySnapshotChunk({ index, chunk, sender: "peer" })).result);
	return results;
}

describe("snapshots", () => {
	it("[CB11] one is written at the first block and then every so many; two are kept", async () => {
		const { replica, application } = await createOrigin();
		expect(replica.snapshots.heights()).toEqual([7, 4]);
		// A newcomer that is offered one whose next two headers are not decided gives it up for good.
		expect(application.listSnapshots().map(({ height }) => height)).toEqual([4n]);
		expect(replica.snapshots.loadChunk({ height: 1n, format: 1, chunk: 0 })).toHaveLength(0);
		expect(replica.snapshots.loadChunk({ height: 7n, format: 2, chunk: 0 })).toHaveLength(0);
	});

	it("[CB11] [CB12] who joins by one has the whole log and the same state, goes on with the same app hashes, and its file is sound", async () => {
		const origin = await createOrigin();
		const joined = openToyReplica();
		const { snapshot, appHash, chunks } = origin;
		expect(joined.application.offerSnapshot({ snapshot, appHash })).toBe(Offer.ACCEPT);
		expect(new Set(await applyAll(joined, chunks))).toEqual(new Set([Apply.ACCEPT]));
		expect(joined.replica.head()).toEqual(origin.replica.head());
		expect(joined.application.info()).toMatchObject({ lastBlockHeight: 7n, lastBlockAppHash: appHash });
		expect(joined.replica.tile("tile/entries/000.p/40")).toEqual(origin.replica.tile("tile/entries/000.p/40"));
		const again = put("k1", 1_000);
		for (const [i, transaction] of [again, put("k2", 5), again].entries()) {
			const [one, other] = [
				await decide(origin, startMs + 9_000 + i, batchOf(wrap(transaction))),
				await decide(joined, startMs + 9_000 + i, batchOf(wrap(transaction))),
			];
			expect(one).toBe(other);
		}
		// What came before it joined it has the roots of, and not the values.
		expect(() => joined.replica.getAt("consent", "k1", 6)).toThrow(expect.objectContaining({ code: "LEDGER_HEIGHT_TOO_OLD" }));
		expect(joined.replica.getAt("consent", "k1", 7)).toEqual(origin.replica.getAt("consent", "k1", 7));
		await joined.replica.close();
		expect(fsckLedger({ ...definition, path: joined.path, sealerKey: replicaKey.publicKey }).findings).toEqual([]);
		expect(openToyReplica(joined.path).replica.appHash()).toBe(origin.replica.appHash());
	});

	it("[CB12] a chunk that is not the one named is asked for again from another sender, and nothing is lost", async () => {
		const { snapshot, appHash, chunks } = await createOrigin();
		const joined = openToyReplica();
		joined.application.offerSnapshot({ snapshot, appHash });
		const bad = Uint8Array.from(chunks[0]!);
		bad[bad.length - 1]! ^= 1;
		expect(await joined.application.applySnapshotChunk({ index: 0, chunk: bad, sender: "liar" })).toEqual({
			result: Apply.RETRY,
			refetchChunks: [0],
			rejectSenders: ["liar"],
		});
		expect(await joined.application.applySnapshotChunk({ index: 1, chunk: chunks[1]!, sender: "" })).toMatchObject({ result: Apply.RETRY });
		expect(new Set(await applyAll(joined, chunks))).toEqual(new Set([Apply.ACCEPT]));
	});

	it("[CB12] a snapshot of another state than members agreed on is left, whole and well formed though it is, and the replica stays as it was", async () => {
		const { snapshot, appHash, chunks, replica } = await createOrigin();
		const before = replica.head();
		const joined = openToyReplica();
		const { application } = joined;
		expect(application.offerSnapshot({ snapshot, appHash: sha256(appHash) })).toBe(Offer.ACCEPT);
		expect((await applyAll(joined, chunks)).at(-1)).toBe(Apply.REJECT_SNAPSHOT);
		// A row of state that is another one: the manifest names it, the state root does not.
		const rows = chunks.length - 1;
		const forged = Uint8Array.from(chunks[rows]!);
		forged[forged.length - 2]! ^= 1;
		const manifest = parseManifest(snapshot.metadata);
		const metadata = encodeManifest({
			...manifest,
			chunks: manifest.chunks.map((hash, i) => (i === rows ? Buffer.from(sha256(forged)).toString("hex") : hash)),
		});
		const other = { ...snapshot, metadata, hash: sha256(metadata) };
		expect(application.offerSnapshot({ snapshot: other, appHash })).toBe(Offer.ACCEPT);
		expect((await applyAll(joined, [...chunks.slice(0, rows), forged])).at(-1)).toBe(Apply.REJECT_SNAPSHOT);
		const short = encodeManifest({ ...manifest, leaves: manifest.leaves - 1 });
		expect(application.offerSnapshot({ snapshot: { ...snapshot, metadata: short, hash: sha256(short) }, appHash })).toBe(Offer.ACCEPT);
		expect((await applyAll(joined, chunks)).at(-1)).toBe(Apply.REJECT_SNAPSHOT);
		expect([joined.replica.head().height, joined.replica.consensus(), existsSync(`${joined.path}.joining`)]).toEqual([0, undefined, false]);
		expect(before.height).toBe(7);
	});

	it("[CB12] what is no snapshot of this format, of this genesis, or comes to a replica that has agreed already, is not begun", async () => {
		const origin = await createOrigin();
		const { snapshot, appHash, chunks } = origin;
		const { application } = openToyReplica();
		expect(application.offerSnapshot({ snapshot: { ...snapshot, format: 2 }, appHash })).toBe(Offer.REJECT_FORMAT);
		for (const wrong of [{ hash: new Uint8Array(32) }, { chunks: 9 }, { metadata: Uint8Array.of(1), hash: sha256(Uint8Array.of(1)) }]) {
			expect(application.offerSnapshot({ snapshot: { ...snapshot, ...wrong }, appHash })).toBe(Offer.REJECT);
		}
		expect(origin.application.offerSnapshot({ snapshot, appHash })).toBe(Offer.ABORT);
		expect(await application.applySnapshotChunk({ index: 0, chunk: chunks[0]!, sender: "" })).toMatchObject({ result: Apply.ABORT });
		const elsewhere = openToyReplica(temporaryPath(), { genesis: { ...genesis, time: genesis.time + 1 } });
		elsewhere.application.offerSnapshot({ snapshot, appHash });
		expect((await applyAll(elsewhere, chunks))[0]).toBe(Apply.REJECT_SNAPSHOT);
	});
});
