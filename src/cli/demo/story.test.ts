import { beforeAll, describe, expect, it } from "vitest";
import type { StateProof, TransactionProof } from "#ledger";
import { verifyStateProof, verifyTransactionProof } from "#ledger";
import { demo } from "../commands/demo.ts";
import { createRecordingIo } from "../testing/recordingIo.ts";

type Receipt = { readonly [fact: string]: unknown };
const receipts = new Map<string, Receipt>();

beforeAll(async () => {
	const io = createRecordingIo();
	expect(await demo.run(["--json"], io)).toBe(0);
	for (const line of io.lines) {
		const { step, receipt } = JSON.parse(line) as { step: string; receipt: Receipt };
		receipts.set(step, receipt);
	}
}, 60_000);

const told = (step: string): Receipt => {
	const receipt = receipts.get(step);
	if (receipt === undefined) throw new Error(`the story has no step ${step}`);
	return receipt;
};

/** What a stranger would pin: taken from the first receipt, as at an enrolment. */
function trust() {
	const { genesis } = told("institutions") as { genesis: { chain: string; sealer: string } };
	return { origin: genesis.chain, sealerKey: genesis.sealer } as Parameters<typeof verifyStateProof>[1];
}

describe("the story of aceso demo --json: receipts that can be checked", () => {
	it("tells every step of the main job in order", () => {
		expect([...receipts.keys()]).toEqual([
			"institutions",
			"import",
			"consents",
			"case-drug-trial",
			"case-specialist",
			"case-population",
			"insight",
			"verification",
			"revocation",
			"break-glass",
			"erasure",
			"restore-drill",
			"audit",
		]);
	});

	it("a drug trial gets tumour variants of eleven or more people, no name and nothing inherited; an outsider gets nothing", () => {
		const receipt = told("case-drug-trial");
		expect(receipt["patients"]).toBeGreaterThanOrEqual(11);
		expect(receipt["variants"]).toBeGreaterThan(0);
		expect(receipt["namesFound"]).toBe(0);
		expect(receipt["outsider"]).toBe("GATE_COHORT_TOO_SMALL");
		expect(receipt["method"]).toBe("safe-harbor");
	});

	it("a specialist gets the history of one condition, a stranger of the same clinic nothing", () => {
		const receipt = told("case-specialist");
		expect(receipt["released"]).toBeGreaterThan(5);
		expect(receipt["released"]).toBeLessThan(receipt["patient"] as number);
		expect(receipt["stranger"]).toBe(0);
	});

	it("population research gets a number, the same one again, and no person", () => {
		const receipt = told("case-population");
		expect(receipt["again"]).toMatchObject({ fromStore: true });
		expect(receipt["direct"]).toBe(0);
	});

	it("the consent on the ledger is proved by a state proof, and holds none of its terms", () => {
		const { proof, example } = told("consents") as { proof: StateProof; example: object };
		expect(verifyStateProof(proof, trust()).value).toEqual(example);
		expect(JSON.stringify(example)).not.toMatch(/harbor|TREAT|conditions|prevent|identified/);
	});

	it("the patient's verification passes, one entry left out or one word altered does not", () => {
		const receipt = told("verification");
		expect(receipt["verdict"]).not.toBe("refused");
		expect(receipt["omitted"]).toMatch(/^WALLET_/);
		expect(receipt["altered"]).toMatch(/^WALLET_/);
	});

	it("a revocation stands in the log and ends the reads", () => {
		const { transaction, before, after } = told("revocation") as { transaction: TransactionProof; before: number; after: number };
		expect(verifyTransactionProof(transaction, trust()).leafIndex).toBe(transaction.leafIndex);
		expect(before).toBeGreaterThan(0);
		expect(after).toBe(0);
	});

	it("emergency access releases, tells the patient and is reviewed", () => {
		const { notices, review, obligations } = told("break-glass") as {
			notices: object[];
			review: { status: string; entryHash: string };
			obligations: string[];
		};
		expect(notices).toHaveLength(1);
		expect(told("break-glass")["anchored"], "before the answer left").toBe(true);
		expect(review.status).toBe("justified");
		expect(review.entryHash).toMatch(/^[0-9a-f]{64}$/);
		expect(obligations).toContain("review-break-glass");
	});

	it("an erasure is on the ledger, a legal hold is told, and a restored backup stays unreadable", () => {
		const { proof, legalHold } = told("erasure") as { proof: StateProof; legalHold: string };
		expect(verifyStateProof(proof, trust()).value).toBeDefined();
		expect(legalHold).toBe("GATE_LEGAL_HOLD");
		const drill = told("restore-drill");
		expect(drill["rowsBack"]).toBeGreaterThan(0);
		expect(drill["keyring"]).toBe("destroyed");
		expect(drill["refused"]).toBe("VAULT_ERASED");
		expect(drill["plaintextFound"]).toEqual([]);
	});

	it("the insight names its inputs with dates, its versions, and was signed off", () => {
		const { results, inputs, signOff } = told("insight") as {
			results: object[];
			inputs: { input: string; recorded: object | null; date: string | null; sources: object[] }[];
			signOff: { entryHash: string };
		};
		expect(results).toHaveLength(10);
		// What follows from absence in a class seen whole (no diabetes) has no record to point at; every recorded value has.
		const recorded = inputs.filter((input) => input.recorded !== null);
		expect(recorded.length).toBeGreaterThan(5);
		for (const { input, sources, date } of recorded) {
			expect(sources.length).toBeGreaterThan(0);
			if (input !== "sex") expect(date).toMatch(/^\d{4}-/);
		}
		expect(signOff.entryHash).toMatch(/^[0-9a-f]{64}$/);
	});

	it("the auditor finds nothing", () => {
		expect(told("audit")["findings"]).toEqual([]);
	});
});
