import { describe, expect, it } from "vitest";
import { decodeHex, minuteMs } from "#base";
import { parseCheckpoint, verifyConsistency } from "#log";
import { createEnvelope } from "../envelope.ts";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { verifyTransactionProof } from "../light/verifyTransactionProof.ts";
import {
	chain,
	codesOf,
	createTransaction,
	hospital,
	hospitalKey,
	openToySealer,
	patientKey,
	put,
	sealerKey,
	startMs,
	stoppedClock,
	submit,
	temporaryPath,
	toyKey,
	toyRules,
	wrap,
} from "../testing/toyLedger.ts";

const trust = { origin: chain, sealerKey: sealerKey.publicKey };

describe("Sealer", () => {
	it("[LG1] seals an accepted transaction into a block that a light client can verify", async () => {
		const sealer = await openToySealer();
		const [result] = await submit(sealer, put("a", 1));
		if (!result?.accepted) throw new Error("expected the transaction to be accepted");
		expect(result).toMatchObject({ accepted: true, height: 1, time: startMs, leafIndex: 1 });
		expect(result.events).toEqual([{ type: "consent.put", data: { key: "a" } }]);
		expect(sealer.head()).toMatchObject({ height: 1, logSize: 3 });
		const verified = verifyTransactionProof(sealer.proveTransaction(result.id), trust);
		expect(verified.id).toBe(result.id);
		const state = verifyStateProof(sealer.proveState("consent", "a"), trust);
		expect(state.value).toEqual({ value: 1, signer: patientKey.publicKey, height: 1 });
		expect(verifyStateProof(sealer.proveState("consent", "b"), trust).value).toBeUndefined();
	});
});
