import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeHex, decodeUtf8, encodeHex, type Instant, type MemberId, sha256Utf8 } from "#base";
import { createEnvelope, type Genesis, latestUntil, openSealer, openWitness, type Sealer, signTransaction, type Witness, witnessName } from "#ledger";
import { encodeAddCheckpoint, signNote } from "#log";
import { definition, readToyMember } from "../../src/ledger/testing/toyLedger.ts";
import { fixedBytes, fixedChain, fixedKey, fixedMember, fixedStartMs } from "./fixed.ts";

const member = fixedMember as MemberId;
const now = () => fixedStartMs as Instant;
const [sealerKey, memberKey, witnessKey] = [fixedKey("sealer"), fixedKey(member), fixedKey("witness of lab-b")];
const name = witnessName(fixedChain, "lab-b");

const genesis: Genesis = {
	format: "aceso/genesis/1",
	chain: fixedChain,
	time: fixedStartMs,
	sealer: sealerKey.publicKey,
	members: [
		{ id: member, name: "Clinic A", key: memberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" },
		{
			id: "lab-b" as MemberId,
			name: "Laboratory B",
			key: fixedKey("lab-b").publicKey,
			roles: ["laboratory"],
			implicitPolicy: "deny",
			witness: witnessKey.publicKey,
		},
	],
	rulesVersion: 1,
};

/** One block. The rules are an invented contract's: how a log is shown and cosigned does not depend on them, nor do these vectors. */
async function putValue(sealer: Sealer, value: number): Promise<void> {
	const salt = encodeHex(fixedBytes(`salt ${value}`, 16));
	const body = { key: "invented", value };
	const draft = { chain: fixedChain, contract: "consent", action: "put", body, until: latestUntil(fixedStartMs), salt } as const;
	const [result] = await sealer.submit(createEnvelope([signTransaction(draft, memberKey)], { chain: fixedChain, member, key: memberKey }));
	if (!result?.accepted) throw new Error(`expected the transaction to be accepted, found ${result?.code}`);
}

async function openBoth(folder: string): Promise<{ readonly sealer: Sealer; readonly witness: Witness }> {
	const common = { ...definition, genesis, now };
	const path = join(folder, "ledger.db");
	const sealer = await openSealer({
		...common,
		path,
		readMember: readToyMember,
		sealerKey,
		blockWindowMs: 0,
		verifyThreads: 0,
		heartbeatMs: 86_400_000,
	});
	const source = async (resource: string) => sealer.tile(resource);
	return { sealer, witness: await openWitness({ ...common, path: join(folder, "witness.db"), name, key: witnessKey, source }) };
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
