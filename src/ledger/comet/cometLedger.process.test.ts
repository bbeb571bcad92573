import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMemberId, systemClock } from "#base";
import { createEnvelope } from "../envelope.ts";
import { validatorsHash } from "../light/comet/validatorSet.ts";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { verifyTransactionProof } from "../light/verifyTransactionProof.ts";
import { cometProgram, putNow, TestNetwork } from "../testing/cometNetwork.ts";
import { codesOf, createTransaction, toyKey } from "../testing/toyLedger.ts";
import { askCometVersion, cometVersion } from "./findComet.ts";

describe.skipIf(cometProgram === undefined)("a ledger on one CometBFT process (skipped where CometBFT is not installed)", () => {
	it("[CB20] what was submitted is decided, readable and provable; the next header holds its app hash; the process may be killed", async () => {
		expect(await askCometVersion(cometProgram!)).toBe(cometVersion);
		const network = await TestNetwork.create(1);
		await network.start();
		await network.reach(1);
		const ledger = network.ledgerOf(0);
		const refused = createTransaction("refuse", { key: "x" }, { until: putNow("", 0).until });
		const first = putNow("a", 1);
		expect(codesOf(await network.submit(0, first, refused, putNow("b", 2)))).toEqual(["", "CONSENT_TOY", ""]);
		expect(ledger.get("consent", "b")).toMatchObject({ value: 2 });
		expect(await ledger.cosigned(60_000)).toBe(true);
		const id = (await network.submit(0, first))[0]!.id;
		const note = { origin: ledger.chain, sealerKey: toyKey("replica of member-0").publicKey };
		expect(verifyTransactionProof(ledger.proveTransaction(id), note).transaction).toEqual(first);

		// A reader who pins the validators believes the header after the block, and neither needs nor takes the replica's word.
		const block = await ledger.rpc.lightBlock(1);
		const trust = {
			origin: ledger.chain,
			pins: [{ validatorsHash: validatorsHash(block.validators), pinnedAtMs: systemClock() }],
			now: systemClock(),
		};
		const decided = verifyTransactionProof(await ledger.proveDecidedTransaction(id), trust);
		expect(decided.transaction).toEqual(first);
		expect(verifyStateProof(await ledger.proveDecidedState("consent", "b"), trust).value).toMatchObject({ value: 2 });
		expect(verifyStateProof(await ledger.proveDecidedState("consent", "x"), trust).value).toBeUndefined();
		expect(() => verifyTransactionProof(ledger.proveTransaction(id), trust)).toThrow(expect.objectContaining({ code: "LEDGER_CHECKPOINT_INVALID" }));

		// CometBFT dies with a submission under way; the submission is followed over its restart.
		await network.members[0]!.comet!.kill();
		const waiting = network.submit(0, putNow("c", 3));
		network.startComet(network.members[0]!);
		expect(codesOf(await waiting)).toEqual([""]);
		expect(codesOf(await network.submit(0, first))).toEqual(["LEDGER_REPLAYED"]);
		expect(ledger.stalenessMs(systemClock())).toBeLessThan(30_000);
		const stranger = createEnvelope([putNow("d", 4)], { chain: ledger.chain, member: parseMemberId("stranger"), key: toyKey("stranger") });
		await expect(ledger.submit(stranger)).rejects.toMatchObject({ code: "LEDGER_NOT_A_MEMBER" });

		// A replica that was lost is made again from the blocks that CometBFT keeps, to the same roots.
		const [member, hash] = [network.members[0]!, ledger.appHash()];
		const height = ledger.consensus()!.changedAt;
		await member.comet!.stop();
		await ledger.close();
		for (const suffix of ["", ".state"]) rmSync(member.options.path + suffix);
		await network.startMember(member);
		await network.reach(height);
		expect(network.ledgerOf(0).appHash()).toBe(hash);
	}, 180_000);
});
