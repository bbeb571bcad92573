import { describe, expect, it } from "vitest";
import { decide, headerChainName, toyValidators } from "../../testing/headerChain.ts";
import { toyKey } from "../../testing/toyLedger.ts";
import { compareBlocks } from "./compareBlocks.ts";
import { verifyCommit } from "./verifyCommit.ts";

const validators = toyValidators(10, 10, 10, 10);
const block = (parameters: Partial<Parameters<typeof decide>[0]> = {}) => decide({ height: 7, validators, ...parameters });
const verified = verifyCommit(block(), headerChainName);
const other = { header: { dataHash: "12".repeat(32) } };

/** Validators of whom so many are trusted, the rest strangers with the same power. */
const partly = (trusted: number) => [
	...validators.slice(0, trusted),
	...Array.from({ length: 4 - trusted }, (_, at) => ({ key: toyKey(`stranger ${at}`), power: 10 })),
];

function codeOf(shown: ReturnType<typeof block>): string {
	try {
		compareBlocks(verified, shown);
		return "";
	} catch (error) {
		return (error as { code: string }).code;
	}
}

describe("what another node shows of a verified height", () => {
	it("[LC18] the same header is the same, whichever of its validators' votes it comes with", () => {
		expect(compareBlocks(verified, block())).toBeUndefined();
		expect(compareBlocks(verified, block({ ballots: ["absent", "block", "block", "block"], round: 3 }))).toBeUndefined();
	});

	it("[LC18] another block is a fork, which names who signed both", () => {
		const keys = validators.map(({ key }) => key.publicKey);
		expect(compareBlocks(verified, block(other))).toEqual({ kind: "equivocation", height: 7, signedBoth: keys, isProof: true });
		expect(compareBlocks(verified, block({ ...other, validators: partly(2) }))).toMatchObject({ kind: "lunatic", signedBoth: keys.slice(0, 2) });
	});

	it("[LC18] a block that at most a third of the trusted power signed accuses nobody", () => {
		for (const trusted of [0, 1]) expect(codeOf(block({ ...other, validators: partly(trusted) }))).toBe("LEDGER_HEADER_UNTRUSTED");
	});

	it("[LC18] another height, another chain, and what was not decided are no answer", () => {
		expect(codeOf(block({ height: 8 }))).toBe("LEDGER_HEADER_INVALID");
		expect(codeOf(block({ header: { chainId: "consortium-2" } }))).toBe("LEDGER_HEADER_INVALID");
		expect(codeOf(block({ ...other, ballots: ["block", "block", "nil", "absent"] }))).toBe("LEDGER_COMMIT_POWER_SHORT");
		expect(codeOf({ ...block(other), commit: block().commit })).toBe("LEDGER_COMMIT_INVALID");
	});
});
