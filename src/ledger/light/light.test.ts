import { describe, expect, it } from "vitest";
import { canonicalText, type Digest } from "#base";
import { cosignNote } from "#log";
import type { StateProof, TransactionProof } from "../ledger.ts";
import type { Sealer } from "../sealer/sealer.ts";
import { openToySealer } from "../testing/openToySealer.ts";
import { chain, createTransaction, put, sealerKey, submit, toyKey } from "../testing/toyLedger.ts";
import { verifyCheckpoint } from "./verifyCheckpoint.ts";
import { verifyStateProof } from "./verifyStateProof.ts";
import { verifyTransactionProof } from "./verifyTransactionProof.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };
const proofInvalid = expect.objectContaining({ code: "LEDGER_PROOF_INVALID" });
const checkpointInvalid = expect.objectContaining({ code: "LEDGER_CHECKPOINT_INVALID" });

async function openFilled(): Promise<{ sealer: Sealer; id: Digest }> {
	const sealer = await openToySealer();
	const results = await submit(sealer, ...Array.from({ length: 30 }, (_, i) => put(`k${i}`, i)));
	await submit(sealer, createTransaction("delete", { key: "k3" }));
	return { sealer, id: results[4]!.id };
}

describe("light verification", () => {
	it("[LG27] takes no checkpoint of another sealer, another chain, or with another text", async () => {
		const { sealer } = await openFilled();
		const note = sealer.checkpoint();
		expect(verifyCheckpoint(note, trust)).toMatchObject({ origin: chain, size: sealer.head().logSize });
		for (const claim of [
			() => verifyCheckpoint(note, { ...trust, sealerKey: toyKey("mallory").publicKey }),
			() => verifyCheckpoint(note, { ...trust, origin: "other-chain" }),
			() => verifyCheckpoint(note.replace(/\n\d+\n/, "\n9\n"), trust),
			() => verifyCheckpoint("", trust),
			() => verifyCheckpoint(undefined as never, trust),
		]) {
			expect(claim).toThrow(checkpointInvalid);
		}
	});

	it("[LG27] takes a sealer's heartbeat alone for no checkpoint", async () => {
		const { sealer } = await openFilled();
		const note = sealer.checkpoint();
		const [text, lines] = [note.slice(0, note.indexOf("\n\n") + 2), note.slice(note.indexOf("\n\n") + 2).split("\n")];
		expect(() => verifyCheckpoint(`${text}${lines[1]}\n`, trust)).toThrow(checkpointInvalid);
		expect(verifyCheckpoint(`${text}${lines[0]}\n`, trust).cosignedAtMs).toBeUndefined();
	});

	it("[LG27] names the witnesses that cosigned, and only those that are trusted", async () => {
		const { sealer } = await openFilled();
		const witness = toyKey("witness");
		const note = cosignNote(sealer.checkpoint(), { name: "laboratory", key: witness, timeSeconds: 1 });
		expect(verifyCheckpoint(note, trust).witnesses).toEqual([]);
		expect(verifyCheckpoint(note, { ...trust, witnesses: [{ name: "laboratory", key: witness.publicKey }] }).witnesses).toEqual(["laboratory"]);
	});

	it("[LG28] a transaction's proof holds for that transaction at that place alone", async () => {
		const { sealer, id } = await openFilled();
		const proof = sealer.proveTransaction(id);
		expect(verifyTransactionProof(proof, trust)).toMatchObject({ id, leafIndex: 5 });
		const other = put("k4", 99);
		const forgeries: TransactionProof[] = [
			{ ...proof, leaf: canonicalText(other) },
			{ ...proof, leafIndex: proof.leafIndex + 1 },
			{ ...proof, leafIndex: -1 },
			{ ...proof, inclusion: proof.inclusion.slice(1) },
			{ ...proof, inclusion: proof.inclusion.map((hash) => hash.toUpperCase()) },
			{ ...proof, inclusion: [...proof.inclusion, "00"] },
			{ ...proof, inclusion: undefined as never },
			{ ...proof, leaf: undefined as never },
		];
		for (const forgery of forgeries) expect(() => verifyTransactionProof(forgery, trust)).toThrow(proofInvalid);
	});

	it("[LG28] a block leaf does not pass for a transaction, nor a transaction for a block leaf", async () => {
		const { sealer, id } = await openFilled();
		const [transaction, state] = [sealer.proveTransaction(id), sealer.proveState("consent", "k4")];
		const asTransaction = { checkpoint: state.checkpoint, leaf: state.blockLeaf, leafIndex: state.blockLeafIndex, inclusion: state.blockInclusion };
		expect(() => verifyTransactionProof(asTransaction, trust)).toThrow(expect.objectContaining({ code: "LEDGER_TRANSACTION_FIELDS_DIFFER" }));
		const asBlock = { ...state, blockLeaf: transaction.leaf, blockLeafIndex: transaction.leafIndex, blockInclusion: transaction.inclusion };
		expect(() => verifyStateProof(asBlock, trust)).toThrow(proofInvalid);
	});

	it("[LG29] absence cannot be claimed of a key that is there, nor presence of one that is not", async () => {
		const { sealer } = await openFilled();
		const [present, deleted, never] = ["k4", "k3", "none"].map((key) => sealer.proveState("consent", key));
		expect(verifyStateProof(present!, trust).value).toMatchObject({ value: 4 });
		expect(verifyStateProof(deleted!, trust).value).toBeUndefined();
		expect(verifyStateProof(never!, trust).value).toBeUndefined();
		const forgeries: StateProof[] = [
			{ ...present!, value: undefined },
			{ ...present!, value: { value: 5 } },
			{ ...present!, value: undefined, sparse: deleted!.sparse },
			{ ...present!, value: undefined, sparse: never!.sparse },
			{ ...never!, key: "k4" },
			{ ...present!, key: "k3" },
			{ ...present!, contract: "access" },
			{ ...deleted!, value: present!.value },
			{ ...present!, sparse: { siblings: [], other: null } },
			{ ...present!, sparse: {} as never },
			{ ...present!, sparse: null as never },
			{ ...present!, blockLeaf: null as never },
		];
		for (const forgery of forgeries) expect(() => verifyStateProof(forgery, trust)).toThrow(proofInvalid);
	});

	it("[LG29] a state proof survives JSON, absent value included", async () => {
		const { sealer } = await openFilled();
		for (const key of ["k4", "k3"]) {
			const proof = sealer.proveState("consent", key);
			expect(verifyStateProof(JSON.parse(JSON.stringify(proof)) as StateProof, trust)).toEqual(verifyStateProof(proof, trust));
		}
	});
});
