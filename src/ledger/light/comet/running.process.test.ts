import { describe, expect, it } from "vitest";
import { secondMs, systemClock } from "#base";
import { cometProgram, putNow, TestNetwork } from "../../testing/cometNetwork.ts";
import { turnBit } from "../../testing/headerChain.ts";
import { verifyStateProof } from "../verifyStateProof.ts";
import { verifyTransactionProof } from "../verifyTransactionProof.ts";
import { findPath } from "./findPath.ts";
import { formatHeaderEvidence } from "./headerEvidence.ts";
import { createRpcHeaderSource } from "./rpcHeaderSource.ts";
import type { ConsortiumTrust } from "./verifyPath.ts";

describe.skipIf(cometProgram === undefined)(
	"a running ledger's proofs under its validators' headers (skipped where CometBFT is not installed)",
	() => {
		it("[LC15] a reader who pinned the first header believes what the members decided, and nothing else", { timeout: 120_000 }, async () => {
			const network = await TestNetwork.create(2);
			await network.start();
			await network.reach(2);
			const ledger = network.ledgerOf(0);
			const [result] = await network.submit(0, putNow("a", 1));
			await network.submit(1, putNow("b", 2));
			await network.reach(ledger.consensus()!.height);
			expect(await ledger.cosigned(30 * secondMs)).toBe(true);

			const to = ledger.consensus()!.changedAt + 1;
			// The member that is asked decides it a moment later, maybe.
			await network.reach(to);
			const source = createRpcHeaderSource(network.members[1]!.options.rpcUrl);
			const first = await source.lightBlock(2);
			const pin = { validatorsHash: first.header.validatorsHash, pinnedAtMs: systemClock() };
			const trust: ConsortiumTrust = { origin: ledger.chain, pins: [pin], now: systemClock() };
			const { logRoot, stateRoot, logSize } = ledger.head();
			const path = await findPath({ source, trust, from: 2, to });
			const checkpoint = formatHeaderEvidence({ logSize, logRoot, stateRoot, path });

			const proof = { ...ledger.proveState("consent", "b"), checkpoint };
			expect(verifyStateProof(proof, trust)).toMatchObject({ value: { value: 2 }, checkpoint: { standing: "agreed", header: { height: to } } });
			expect(verifyTransactionProof({ ...ledger.proveTransaction(result!.id), checkpoint }, trust).id).toBe(result!.id);
			expect(verifyStateProof({ ...ledger.proveState("consent", "none"), checkpoint }, trust).value).toBeUndefined();
			const forged = { ...proof, value: { value: 3 } };
			expect(() => verifyStateProof(forged, trust)).toThrow(expect.objectContaining({ code: "LEDGER_PROOF_INVALID" }));
			const another = { ...trust, pins: [{ ...pin, validatorsHash: turnBit(pin.validatorsHash) }] };
			expect(() => verifyStateProof(proof, another)).toThrow(expect.objectContaining({ code: "LEDGER_HEADER_UNTRUSTED" }));
			const { changedAt } = ledger.consensus()!;
			await network.reach(changedAt + 3);
			const fresh = verifyStateProof(await ledger.proveDecidedState("consent", "b"), { ...trust, now: systemClock() });
			expect(fresh.checkpoint.header?.height).toBeGreaterThanOrEqual(changedAt + 3);
			expect(fresh.value).toMatchObject({ value: 2 });
			await expect(source.lightBlock(1_000_000)).rejects.toMatchObject({ code: "LEDGER_CONSENSUS_SILENT" });
		});
	},
);
