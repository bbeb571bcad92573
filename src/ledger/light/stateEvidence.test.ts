import { describe, expect, it } from "vitest";
import { decodeUtf8, encodeUtf8 } from "#base";
import type { StateProof } from "../ledger.ts";
import type { Sealer } from "../sealer/sealer.ts";
import { openToySealer } from "../testing/openToySealer.ts";
import { chain, put, sealerKey, submit, toyKey } from "../testing/toyLedger.ts";
import { collectEvidence, evidenceValuesMax, verifyEvidence } from "./stateEvidence.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };
const proofInvalid = expect.objectContaining({ code: "LEDGER_PROOF_INVALID" });
const about = (sealer: Sealer, ...keys: readonly string[]) =>
	collectEvidence(sealer, (state) => keys.forEach((key) => void state.get("consent", key)));
const proofsOf = (evidence: Uint8Array) => JSON.parse(decodeUtf8(evidence)) as StateProof[];
const evidenceOf = (proofs: unknown) => encodeUtf8(JSON.stringify(proofs));

async function openFilled(): Promise<Sealer> {
	const sealer = await openToySealer();
	await submit(sealer, put("k1", 1), put("k2", 2));
	return sealer;
}

describe("evidence of state", () => {
	it("[LG29] proves each value that was looked at once, and that nothing stands where nothing does", async () => {
		const sealer = await openFilled();
		const evidence = about(sealer, "k1", "none", "k1");
		const { values, checkpoint } = verifyEvidence(evidence, trust);
		expect(checkpoint.size).toBe(sealer.head().logSize);
		expect(values).toMatchObject([
			{ contract: "consent", key: "k1", value: { value: 1 } },
			{ contract: "consent", key: "none", value: undefined },
		]);
	});

	it("[LG29] is of one state: proofs of two do not make one claim", async () => {
		const sealer = await openFilled();
		const before = proofsOf(about(sealer, "k1"));
		await submit(sealer, put("k1", 7), put("k3", 3));
		const after = proofsOf(about(sealer, "k3"));
		for (const proofs of [before, after]) expect(verifyEvidence(evidenceOf(proofs), trust).values).toHaveLength(1);
		expect(() => verifyEvidence(evidenceOf([...before, ...after]), trust)).toThrow(proofInvalid);
		expect(() => verifyEvidence(evidenceOf([{ ...before[0], checkpoint: after[0]?.checkpoint }, ...after]), trust)).toThrow(proofInvalid);
	});

	it("[LG29] one wrong proof among true ones spoils all, and what is no evidence is refused with a code", async () => {
		const sealer = await openFilled();
		const [one, two] = proofsOf(about(sealer, "k1", "k2")) as [StateProof, StateProof];
		const noise: unknown[] = [
			[],
			{},
			null,
			7,
			"x",
			[null],
			[[]],
			[{}],
			[{ ...one, key: 7 }],
			[{ ...one, checkpoint: null }],
			[one, { ...two, value: one.value }],
		];
		for (const proofs of [...noise, [{ ...one, key: "k2" }, two], Array.from({ length: evidenceValuesMax + 1 }, () => one)]) {
			expect(() => verifyEvidence(evidenceOf(proofs), trust), JSON.stringify(proofs).slice(0, 60)).toThrow(proofInvalid);
		}
		for (const bytes of [new Uint8Array(0), encodeUtf8("["), new Uint8Array([0xff])])
			expect(() => verifyEvidence(bytes, trust)).toThrow(proofInvalid);
		const foreign = { ...trust, sealerKey: toyKey("mallory").publicKey };
		expect(() => verifyEvidence(evidenceOf([one]), foreign)).toThrow(expect.objectContaining({ code: "LEDGER_CHECKPOINT_INVALID" }));
	});
});
