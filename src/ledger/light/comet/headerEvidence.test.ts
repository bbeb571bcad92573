import { describe, expect, it } from "vitest";
import { decodeHex, encodeHex, sha256 } from "#base";
import type { StateProof, TransactionProof } from "../../ledger.ts";
import type { Sealer } from "../../sealer/sealer.ts";
import { decide, headerChainName, headerNow, listValidators, toyValidators, turnBit } from "../../testing/headerChain.ts";
import { openToySealer } from "../../testing/openToySealer.ts";
import { chain, put, sealerKey, submit } from "../../testing/toyLedger.ts";
import { collectEvidence, verifyEvidence } from "../stateEvidence.ts";
import { verifyCommitment } from "../verifyCommitment.ts";
import { verifyStateProof } from "../verifyStateProof.ts";
import { verifyTransactionProof } from "../verifyTransactionProof.ts";
import { formatHeaderEvidence, type HeaderEvidence, verifyHeaderEvidence } from "./headerEvidence.ts";
import { headerHash } from "./headerHash.ts";
import { validatorsHash } from "./validatorSet.ts";
import type { ConsortiumTrust } from "./verifyPath.ts";

const validators = toyValidators(10, 20, 30, 40);
const first = decide({ height: 1, validators });
const trust: ConsortiumTrust = { origin: headerChainName, pins: [{ height: 1, hash: headerHash(first.header) }], now: headerNow };
const checkpointInvalid = expect.objectContaining({ code: "LEDGER_CHECKPOINT_INVALID" });
const proofInvalid = expect.objectContaining({ code: "LEDGER_PROOF_INVALID" });

/** Evidence of a ledger's present roots, as if its members had decided on them at height 9. */
function evidenceOf(sealer: Sealer, changed: Partial<HeaderEvidence> = {}): HeaderEvidence {
	const { logRoot, stateRoot, logSize } = sealer.head();
	const appHash = encodeHex(sha256(Uint8Array.of(2), decodeHex(logRoot), decodeHex(stateRoot)));
	return { logSize, logRoot, stateRoot, path: [first, decide({ height: 9, validators, header: { appHash } })], ...changed };
}

async function openFilled(): Promise<Sealer> {
	const sealer = await openToySealer();
	await submit(sealer, ...Array.from({ length: 12 }, (_, i) => put(`k${i}`, i)));
	await submit(sealer, put("k1", 100));
	return sealer;
}

describe("evidence by headers", () => {
	it("[LC15] leads from what is pinned to the roots of log and state", async () => {
		const sealer = await openFilled();
		const { logRoot, stateRoot } = sealer.head();
		const verified = verifyHeaderEvidence(formatHeaderEvidence(evidenceOf(sealer)), trust);
		expect(encodeHex(verified.root)).toBe(logRoot);
		expect(verified.header).toMatchObject({ height: 9, stateRoot, fewest: 2 });
		expect(verified.standing).toBe("agreed");
		expect(verified.witnesses).toEqual(listValidators(validators).map(({ key }) => key));
	});

	it("[LC15] refuses roots that are not the app hash's: another log, another state, the two exchanged", async () => {
		const sealer = await openFilled();
		const { logRoot, stateRoot } = sealer.head();
		for (const changed of [
			{ logRoot: turnBit(logRoot) },
			{ stateRoot: turnBit(stateRoot) },
			{ logRoot: stateRoot, stateRoot: logRoot },
			{ path: [first] },
		]) {
			expect(() => verifyHeaderEvidence(formatHeaderEvidence(evidenceOf(sealer, changed)), trust)).toThrow(checkpointInvalid);
		}
	});

	it("[LC15] a state proof needs the last leaf and the state root that was decided on", async () => {
		const sealer = await openFilled();
		const checkpoint = formatHeaderEvidence(evidenceOf(sealer));
		const proof: StateProof = { ...sealer.proveState("consent", "k1"), checkpoint };
		const verified = verifyStateProof(proof, trust);
		expect(verified.value).toMatchObject({ value: 100 });
		expect(verified.checkpoint.header?.height).toBe(9);
		expect(verifyStateProof({ ...sealer.proveState("consent", "none"), checkpoint }, trust).value).toBeUndefined();
		expect(() => verifyStateProof({ ...proof, value: { value: 1 } }, trust)).toThrow(proofInvalid);
		expect(verifyStateProof({ ...sealer.proveState("consent", "k1", 1), checkpoint }, trust, 1).value).toMatchObject({ value: 1 });
	});

	// Whoever shows the proof tells the log's size. A patient would otherwise be shown a consent as it was before it was revoked.
	it("[LC15] no size that somebody tells makes an older state the present one", async () => {
		const sealer = await openFilled();
		const old = sealer.proveState("consent", "k1", 1);
		for (let logSize = 0; logSize < 40; logSize++) {
			const checkpoint = formatHeaderEvidence(evidenceOf(sealer, { logSize }));
			for (const blockLeafIndex of new Set([old.blockLeafIndex, logSize - 1])) {
				expect(() => verifyStateProof({ ...old, checkpoint, blockLeafIndex }, trust), `size ${logSize}`).toThrow(proofInvalid);
			}
		}
	});

	it("[LC15] a transaction's proof and evidence of state rest on it as on a checkpoint", async () => {
		const sealer = await openToySealer();
		const [result] = await submit(sealer, put("k1", 1));
		const checkpoint = formatHeaderEvidence(evidenceOf(sealer));
		const proof: TransactionProof = { ...sealer.proveTransaction(result!.id), checkpoint };
		expect(verifyTransactionProof(proof, trust).id).toBe(result!.id);
		expect(() => verifyTransactionProof({ ...proof, leaf: proof.leaf.replace('"k1"', '"k2"') }, trust)).toThrow(proofInvalid);
		const ledger = { proveState: (...asked: Parameters<Sealer["proveState"]>) => ({ ...sealer.proveState(...asked), checkpoint }) };
		const evidence = collectEvidence(ledger, (state) => void state.get("consent", "k1"));
		expect(verifyEvidence(evidence, trust).values).toMatchObject([{ key: "k1", value: { value: 1 } }]);
	});

	it("[LC17] a sealer's note convinces nobody who pins validators, nor the other way round", async () => {
		const sealer = await openFilled();
		const evidence = formatHeaderEvidence(evidenceOf(sealer));
		const sealerTrust = { origin: chain, sealerKey: sealerKey.publicKey };
		expect(verifyCommitment(sealer.checkpoint(), sealerTrust).standing).toBe("signed by one party");
		expect(verifyCommitment(evidence, trust).standing).toBe("agreed");
		expect(() => verifyCommitment(sealer.checkpoint(), trust)).toThrow(checkpointInvalid);
		expect(() => verifyCommitment(evidence, sealerTrust)).toThrow(checkpointInvalid);
		expect(() => verifyCommitment(undefined as never, trust)).toThrow(checkpointInvalid);
	});

	it("[LC11] a set that was pinned needs one header alone", async () => {
		const sealer = await openFilled();
		const pin = { validatorsHash: validatorsHash(listValidators(validators)), pinnedAtMs: headerNow - 1 };
		const { path, ...roots } = evidenceOf(sealer);
		const text = formatHeaderEvidence({ ...roots, path: path.slice(1) });
		expect(verifyHeaderEvidence(text, { ...trust, pins: [pin] }).header.height).toBe(9);
		expect(() => verifyHeaderEvidence(text, trust)).toThrow(expect.objectContaining({ code: "LEDGER_HEADER_UNTRUSTED" }));
	});

	it("[LC16] what is no such evidence is refused with a code, whatever it is", async () => {
		const text = formatHeaderEvidence(evidenceOf(await openFilled()));
		const value = JSON.parse(text) as Record<string, unknown>;
		const noise: unknown[] = [
			null,
			[],
			7,
			{ ...value, format: "aceso/header/2" },
			{ ...value, more: 1 },
			{ ...value, log: null },
			{ ...value, log: { root: "00", size: 1 } },
			{ ...value, log: { ...(value.log as object), size: -1 } },
			{ ...value, path: {} },
			{ ...value, path: Array.from({ length: 65 }, () => (value.path as unknown[])[0]) },
		];
		for (const one of noise)
			expect(() => verifyHeaderEvidence(JSON.stringify(one), trust), JSON.stringify(one).slice(0, 60)).toThrow(checkpointInvalid);
		for (const one of ["", "{", `${text}x`, text.padEnd(1_048_577), text.replace('"size":', '"size":-0,"x":')]) {
			expect(() => verifyHeaderEvidence(one, trust)).toThrow(checkpointInvalid);
		}
		expect(() => verifyHeaderEvidence(JSON.stringify({ ...value, path: [] }), trust)).toThrow(
			expect.objectContaining({ code: "LEDGER_HEADER_INVALID" }),
		);
	});
});
