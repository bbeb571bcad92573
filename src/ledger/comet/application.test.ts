import { ResponseProcessProposal_ProposalStatus as Status } from "cosmjs-types/tendermint/abci/types";
import { describe, expect, it } from "vitest";
import { createSigningKey, decodeHex, encodeHex, type JsonObject, type MemberId, parseMemberId, sha256Utf8 } from "#base";
import { genesisState, readMember, readValidators, rules, validatorKeyMessage } from "#contracts";
import { createEnvelope } from "../envelope.ts";
import type { Genesis, Transaction } from "../ledger.ts";
import { batchOf, decide, openToyReplica, timestamp } from "../testing/cometToys.ts";
import { temporaryPath } from "../testing/openToySealer.ts";
import {
	chain,
	createTransaction,
	definition,
	genesis,
	hospital,
	hospitalKey,
	patientKey,
	put,
	startMs,
	toyKey,
	wrap,
} from "../testing/toyLedger.ts";
import { latestUntil, signTransaction } from "../transaction.ts";
import { CometApplication, encodeAppState } from "./application.ts";

const time = timestamp(startMs);
const { ACCEPT, REJECT } = Status;

/** A transaction whose signature is another's. */
function forged(): Transaction {
	const good = put("forged", 1);
	return { ...good, signature: patientKey.sign(sha256Utf8("anything")) };
}

describe("the application", () => {
	it("[CB6] [CB7] a proposer that is not honest finds its block refused", () => {
		const { application } = openToyReplica();
		const statusOf = (...txs: Uint8Array[]) => application.processProposal({ txs }).status;
		const good = batchOf(wrap(put("a", 1)));
		const stranger = createEnvelope([put("b", 1)], { chain, member: parseMemberId("stranger"), key: toyKey("stranger") });
		const impostor = createEnvelope([put("c", 1)], { chain, member: hospital, key: toyKey("impostor") });
		const elsewhere = createEnvelope([put("d", 1)], { chain: "other", member: hospital, key: hospitalKey });
		expect(statusOf(good, batchOf(wrap(put("e", 1), forged())))).toBe(ACCEPT);
		for (const bad of [stranger, impostor, elsewhere, wrap(forged())]) expect(statusOf(good, batchOf(bad))).toBe(REJECT);
		expect(statusOf(good, Uint8Array.of(1, 2, 3))).toBe(REJECT);
		expect(statusOf(good, good)).toBe(REJECT);
		expect(statusOf()).toBe(ACCEPT);
	});

	it("[CB7] in a decided block every transaction that is not admissible is refused for itself, and the others stand", async () => {
		const toy = openToyReplica();
		const heard: string[] = [];
		toy.replica.onResults(({ results }) => heard.push(...results.map((result) => (result.accepted ? "" : result.code))));
		const impostor = createEnvelope([put("c", 1)], { chain, member: hospital, key: toyKey("impostor") });
		await decide(toy, startMs, Uint8Array.of(9), batchOf(wrap(forged(), put("a", 1)), impostor));
		expect(heard).toEqual(["", "LEDGER_SIGNATURE_INVALID", "LEDGER_MEMBER_KEY_DIFFERS"]);
		expect(toy.replica.get("consent", "a")).toMatchObject({ value: 1 });
		expect([toy.replica.get("consent", "c"), toy.replica.get("consent", "forged")]).toEqual([undefined, undefined]);
	});

	it("[CB8] what can no longer apply is left out, what is too much waits, and every honest member takes the rest", async () => {
		const toy = openToyReplica();
		const application = new CometApplication({
			replica: toy.replica,
			readMember: () => ({ key: hospitalKey.publicKey, status: "active" }),
			now: () => startMs,
			maxBlockTransactions: 4,
		});
		const sealed = batchOf(wrap(put("sealed", 1)));
		await decide(toy, startMs, sealed);
		const [three, two, one] = [3, 2, 1].map((count) => batchOf(wrap(...Array.from({ length: count }, (_, i) => put(`k${count}-${i}`, i)))));
		const late = batchOf(wrap(put("late", 1, { until: startMs })));
		const prepared = application.prepareProposal({ maxTxBytes: 1_000_000n, txs: [sealed, late, Uint8Array.of(7), three!, three!, two!, one!], time });
		expect(prepared.txs).toEqual([three, one]);
		expect(application.processProposal(prepared).status).toBe(ACCEPT);
		expect(application.processProposal({ txs: [three!, two!] }).status).toBe(REJECT);
		const room = BigInt(three!.length + 4);
		expect(application.prepareProposal({ maxTxBytes: room, txs: [three!, one!], time }).txs).toEqual([one]);
	});

	it("[CB43] a batch that no block can hold is kept out of the mempool, and so are its transactions", () => {
		const toy = openToyReplica();
		const application = new CometApplication({
			replica: toy.replica,
			readMember: () => ({ key: hospitalKey.publicKey, status: "active" }),
			now: () => startMs,
			maxBlockTransactions: 2,
		});
		const [two, three] = [2, 3].map((count) => batchOf(wrap(...Array.from({ length: count }, (_, i) => put(`k${count}-${i}`, i)))));
		expect(application.checkTx({ tx: three!, type: 0 })).toMatchObject({ code: 1, log: expect.stringContaining("LEDGER_BATCH_MALFORMED") });
		expect(application.checkTx({ tx: two!, type: 0 }).code).toBe(0);
	});

	it("[CB9] [CB6] the mempool refuses what does not decode, is sealed already, is late, or is too much for a member's minute", async () => {
		const toy = openToyReplica();
		const application = new CometApplication({
			replica: toy.replica,
			readMember: (_, member) => (member === hospital ? { key: hospitalKey.publicKey, status: "active", quota: 2 } : undefined),
			now: () => startMs,
		});
		const check = (tx: Uint8Array, type = 0) => application.checkTx({ tx, type }).log.split(":")[0];
		const first = batchOf(wrap(put("a", 1)));
		expect(check(first)).toBe("");
		expect(check(Uint8Array.of(1))).toBe("LEDGER_BATCH_MALFORMED");
		expect(check(batchOf(wrap(put("late", 1, { until: startMs }))))).toBe("LEDGER_REPLAYED");
		await decide(toy, startMs, first);
		expect(check(first)).toBe("LEDGER_REPLAYED");
		expect(check(batchOf(wrap(put("b", 1), put("c", 1))))).toBe("LEDGER_QUOTA_EXCEEDED");
		expect(check(batchOf(wrap(put("b", 1))), 1)).toBe("");
		expect(check(batchOf(wrap(put("b", 1))))).toBe("");
		expect(check(batchOf(wrap(put("c", 1))))).toBe("LEDGER_QUOTA_EXCEEDED");
	});

	it("[CB3] a block that was finalised and not committed is nowhere, and may be handed over again", async () => {
		const toy = openToyReplica();
		const { application, replica } = toy;
		const txs = [batchOf(wrap(put("a", 1)))];
		const before = replica.head();
		const first = application.finalizeBlock({ txs, height: 1n, time });
		expect([replica.head(), replica.get("consent", "a"), application.info().lastBlockHeight]).toEqual([before, undefined, 0n]);
		expect(replica.proveState("consent", "a").value).toBeUndefined();
		const other = application.finalizeBlock({ txs: [batchOf(wrap(put("other", 1)))], height: 1n, time });
		expect(other.appHash).not.toEqual(first.appHash);
		expect(application.finalizeBlock({ txs, height: 1n, time })).toEqual(first);
		await replica.commit();
		expect(replica.get("consent", "a")).toMatchObject({ value: 1 });
		expect([application.info().lastBlockHeight, application.info().lastBlockAppHash]).toEqual([1n, first.appHash]);
		await expect(replica.commit()).rejects.toMatchObject({ code: "LEDGER_CONSENSUS_DIFFERS" });
	});

	it("[CB3] closed and opened again, it is as far as it committed", async () => {
		const toy = openToyReplica();
		await decide(toy, startMs, batchOf(wrap(put("a", 1))));
		await decide(toy, startMs + 5_000);
		toy.application.finalizeBlock({ txs: [batchOf(wrap(put("b", 1)))], height: 3n, time });
		const [head, hash] = [toy.replica.head(), toy.replica.appHash()];
		await toy.replica.close();
		const again = openToyReplica(toy.path);
		expect([again.replica.head(), again.replica.appHash(), again.replica.nextHeight]).toEqual([head, hash, 3]);
		expect(encodeHex(again.application.info().lastBlockAppHash)).toBe(hash);
	});

	it("[CB4] it goes on from its own height, chain, state and validators, and from nothing else", () => {
		const { application, replica } = openToyReplica();
		const right = { chainId: chain, initialHeight: 1n, validators: [], appStateBytes: encodeAppState(replica.appHash()) };
		const validator = { pubKey: { ed25519: decodeHex(hospitalKey.publicKey, 32) }, power: 1n };
		const wrong = [{ chainId: "other" }, { initialHeight: 2n }, { appStateBytes: new Uint8Array() }, { validators: [validator] }];
		for (const each of wrong) {
			expect(() => application.initChain({ ...right, ...each })).toThrow(expect.objectContaining({ code: "LEDGER_CONSENSUS_DIFFERS" }));
		}
		expect(encodeHex(application.initChain(right).appHash)).toBe(replica.appHash());
		for (const height of [0n, 2n, 7n]) {
			expect(() => application.finalizeBlock({ txs: [], height, time })).toThrow(expect.objectContaining({ code: "LEDGER_CONSENSUS_DIFFERS" }));
		}
	});

	it("[CB3] a contract that breaks ends the replica: nothing of the block stands, and no later block is run", async () => {
		const toy = openToyReplica();
		const broken = batchOf(wrap(put("a", 1), createTransaction("break", { key: "x" })));
		expect(() => toy.application.finalizeBlock({ txs: [broken], height: 1n, time })).toThrow(expect.objectContaining({ code: "LEDGER_HALTED" }));
		expect(() => toy.application.finalizeBlock({ txs: [], height: 1n, time })).toThrow(expect.objectContaining({ code: "LEDGER_HALTED" }));
		expect(toy.replica.get("consent", "a")).toBeUndefined();
	});

	it("[CB5] members vote a validator in, at another power, and out again, and CometBFT hears of each with its block", async () => {
		const ids = ["ant", "bee", "cat"] as MemberId[];
		const validators = ids.map((id) => createSigningKey(sha256Utf8(`validator ${id}`)));
		const founded: Genesis = {
			...genesis,
			members: ids.map((id, i) => ({
				id,
				name: id,
				key: toyKey(id).publicKey,
				roles: ["hospital"],
				implicitPolicy: "deny",
				...(i < 2 ? { validator: validators[i]!.publicKey } : {}),
			})),
		};
		const toy = openToyReplica(temporaryPath(), { ...definition, genesis: founded, rules, genesisState, readMember });
		let proposals = 0;
		const pass = (proposal: JsonObject) => {
			const proposalId = (++proposals).toString(16).padStart(32, "0");
			const votes = ids.map((id, i): Transaction => {
				const [action, body] = i === 0 ? ["propose", { proposalId, proposal }] : ["vote", { proposalId, approve: true }];
				return signTransaction({ chain, contract: "membership", action, body, until: latestUntil(startMs), salt: proposalId }, toyKey(id));
			});
			return batchOf(...votes.map((each, i) => createEnvelope([each], { chain, member: ids[i]!, key: toyKey(ids[i]!) })));
		};
		const updatesOf = async (proposal: JsonObject) => {
			const { validatorUpdates } = toy.application.finalizeBlock({ txs: [pass(proposal)], height: BigInt(toy.replica.nextHeight), time });
			await toy.replica.commit();
			return validatorUpdates.map(({ pubKey, power }) => [encodeHex(pubKey.ed25519), power]);
		};
		const [id, key] = [ids[2]!, validators[2]!];
		const keySignature = key.sign(validatorKeyMessage({ chain, id, key: key.publicKey }));
		const named = { kind: "validator", id, key: key.publicKey, keySignature };
		expect(await updatesOf({ ...named, power: 10 })).toEqual([[key.publicKey, 10n]]);
		expect(await updatesOf({ ...named, power: 30 })).toEqual([[key.publicKey, 30n]]);
		expect(await updatesOf({ ...named, power: 30 })).toEqual([]);
		expect(await updatesOf({ kind: "suspend", id })).toEqual([[key.publicKey, 0n]]);
		expect(readValidators(toy.replica).map((validator) => validator.id)).toEqual(ids.slice(0, 2));
	});
});
