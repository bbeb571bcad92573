import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeHex, decodeUtf8, encodeHex, sha256Utf8 } from "#base";
import { openWitness, type Sealer, type Witness, witnessName } from "#ledger";
import { encodeAddCheckpoint, signNote } from "#log";
import { fixedChain, fixedKey } from "./fixed.ts";
import { ledgerDefinition, openFixedSealer, putValue, sealerKey, witnessKey } from "./fixedLedger.ts";

const name = witnessName(fixedChain, "lab-b");

async function openBoth(folder: string): Promise<{ readonly sealer: Sealer; readonly witness: Witness }> {
	const sealer = await openFixedSealer(join(folder, "ledger.db"));
	const source = async (resource: string) => sealer.tile(resource);
	return { sealer, witness: await openWitness({ ...ledgerDefinition, path: join(folder, "witness.db"), name, key: witnessKey, source }) };
}

/** A log of three blocks, all its tiles, and what a witness answers while it grows. */
export async function witnessVectors() {
	const folder = mkdtempSync(join(tmpdir(), "aceso-vectors-"));
	const { sealer, witness } = await openBoth(folder);
	const exchanges: object[] = [];
	const ask = async (title: string, oldSize: number, checkpoint: string, proof: readonly string[]) => {
		const request = encodeAddCheckpoint({ oldSize, proof: proof.map((hash) => decodeHex(hash, 32)), checkpoint });
		const { status, contentType, body } = await witness.addCheckpoint(request);
		exchanges.push({ name: title, request: decodeUtf8(request), status, contentType, response: body });
	};
	try {
		await putValue(sealer, 1);
		const first = sealer.checkpoint();
		await ask("the first checkpoint, to a witness that holds none", 0, first, []);
		const oldSize = sealer.head().logSize;
		await putValue(sealer, 2);
		const next = sealer.checkpoint();
		const proof = sealer.proveConsistency(oldSize);
		const text = next.slice(0, next.indexOf("\n\n") + 1);
		await ask("an old size that is not the witness's", 0, next, []);
		await ask("an old size beyond the checkpoint's", 9, next, []);
		await ask("a checkpoint of another log", oldSize, next.replace(fixedChain, "vectors-2"), proof);
		await ask("a checkpoint that the sealer did not sign", oldSize, signNote(text, { name: fixedChain, key: fixedKey("stranger") }), proof);
		await ask("a signature that does not verify", oldSize, next.replace(/^(.*\n)\d+\n/, "$17\n"), proof);
		await ask("a proof that is one hash short", oldSize, next, proof.slice(1));
		await ask("the log grown by a block", oldSize, next, proof);
		await ask("the same again", sealer.head().logSize, next, []);
		return {
			about:
				"A tiled log (C2SP tlog-tiles) and what a verifying witness answers to add-checkpoint (C2SP tlog-witness), in order. Bodies of tiles are hex, those of requests and answers text.",
			log: { origin: fixedChain, key: sealerKey.publicKey, originHash: encodeHex(sha256Utf8(fixedChain)) },
			witness: { name, key: witnessKey.publicKey },
			resources: resourcesOf(sealer),
			exchanges,
			monitored: witness.latest(),
		};
	} finally {
		await witness.close();
		await sealer.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function resourcesOf(sealer: Sealer) {
	const { logSize } = sealer.head();
	return [`tile/0/000.p/${logSize}`, `tile/entries/000.p/${logSize}`].map((path) => ({ path, body: encodeHex(sealer.tile(path) as Uint8Array) }));
}
