import { describe, expect, it } from "vitest";
import { createSigningKey, encodeUtf8, type Instant, sha256 } from "#base";
import { appHash, formatHeaderEvidence, type Header, headerHash, type Ledger, type LightBlock, precommitBytes, validatorsHash } from "#ledger";
import { type HistoryTrust, verifyHistory } from "#wallet";
import { draftOf, testMember } from "./testing.ts";
import { createHistoryBench, type HistoryBench, testChain, testSealerKey } from "./testingLedger.ts";

const validator = createSigningKey(sha256(encodeUtf8("validator")));
const set = [{ key: validator.publicKey as string, power: "1" }];

/** A header over these roots by the one validator. */
function decide(hash: string, timeMs: number): LightBlock {
	const [none, parts, timeNs] = ["00".repeat(32), { total: 1, hash: "11".repeat(32) }, `${timeMs}000000`];
	const header: Header = {
		...{
			version: { block: 11, app: 1 },
			chainId: testChain,
			height: 7,
			timeNs,
			lastBlock: { hash: none, parts },
			lastCommitHash: none,
			dataHash: none,
		},
		...{ validatorsHash: validatorsHash(set), nextValidatorsHash: validatorsHash(set), consensusHash: none, appHash: hash, lastResultsHash: none },
		...{ evidenceHash: none, proposer: "00".repeat(20) },
	};
	const message = precommitBytes({ chainId: testChain, height: 7, round: 0, block: { hash: headerHash(header), parts }, timeNs });
	return { header, commit: { round: 0, parts, votes: [{ for: "block", timeNs, signature: validator.sign(message) }] }, validators: set };
}

/** The ledger as a member of a consortium has it: its own signature on checkpoints, and the validators' header for who asks. */
function decided({ ledger, clock }: HistoryBench): Pick<Ledger, "chain" | "cosigned" | "proveState" | "proveDecidedState"> {
	return {
		chain: ledger.chain,
		cosigned: (timeoutMs) => ledger.cosigned(timeoutMs),
		proveState: (contract, key, height) => ledger.proveState(contract, key, height),
		async proveDecidedState(contract, key) {
			const [proof, { logRoot, stateRoot, logSize }] = [ledger.proveState(contract, key), ledger.head()];
			const path = [decide(appHash({ logRoot, stateRoot }), clock.now)];
			await Promise.resolve();
			return { ...proof, checkpoint: formatHeaderEvidence({ logSize, logRoot, stateRoot, path }) };
		},
	};
}

describe("a history on a ledger on whose blocks validators decide", () => {
	it("[WA39] rests on their header, and not on the custodian's own signature", async () => {
		const bench = await createHistoryBench();
		const anna = await bench.enrol("anna");
		await bench.append(anna, 3);
		await bench.anchor();
		const access = await bench.log.append(draftOf(anna.pseudonym, { requesterKind: "patient", purpose: "PATRQT", compartments: [] }), anna);
		const history = await bench.log.history({ access, keyring: bench.keyring, ledger: decided(bench) });
		const [now, whose] = [bench.clock.now as Instant, { chain: testChain, pseudonym: anna.pseudonym, member: testMember }];
		const pinned: HistoryTrust = { ...whose, now, consortium: { pin: { validatorsHash: validatorsHash(set), pinnedAtMs: now } } };
		const report = verifyHistory(JSON.parse(JSON.stringify(history)), pinned);
		expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
		expect(report).toMatchObject({ verdict: "verified", cosignatures: { found: 1, asked: 1 }, seen: { header: { height: 7 } } });
		expect(report.entries).toHaveLength(4);
		expect(verifyHistory(history, { ...whose, now, ledgerKey: testSealerKey.publicKey }).verdict).toBe("refused");
	});
});
