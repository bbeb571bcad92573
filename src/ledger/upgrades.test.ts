import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Digest, minuteMs, sha256Hex } from "#base";
import { type Contract, createRulebook, defineAction, genesisState, type Rulebook, type Rules, readMember, readUpgrade, rules } from "#contracts";
import { encodeBlockLeaf, parseBlockLeaf } from "./blockLeaf.ts";
import { replayLedger } from "./replayLedger.ts";
import { fsckLedger } from "./sealer/fsckLedger.ts";
import { inspectLedger } from "./sealer/inspectLedger.ts";
import type { SealerOptions } from "./sealer/options.ts";
import type { Sealer } from "./sealer/sealer.ts";
import { openToySealer, temporaryPath } from "./testing/openToySealer.ts";
import { chain, codesOf, genesis, hospitalKey, sealerKey, startMs, submit } from "./testing/toyLedger.ts";
import { ask, openToyWitness, tilesOf } from "./testing/toyWitness.ts";
import { signTransaction } from "./transaction.ts";

const first = rules.at(genesis.rulesVersion) as Rules;
const hash = "ab".repeat(32) as Digest;

/** Version 2 of a test: a policy can no longer be set, and an action is new. */
const renewed: Contract = {
	name: "membership",
	actions: {
		propose: first.contracts.membership.actions["propose"]!,
		vote: first.contracts.membership.actions["vote"]!,
		greet: defineAction(z.strictObject({}), (context) => context.put("greeted", { height: context.height, rules: context.rulesVersion })),
	},
};
const second: Rules = { version: 2, hash, contracts: { ...first.contracts, membership: renewed } };

const old = createRulebook([first]);
const both = createRulebook([first, second]);
const differing = createRulebook([first, { ...second, hash: "cd".repeat(32) as Digest }]);

let salt = 0;

function sign(action: string, body: Parameters<typeof signTransaction>[0]["body"]) {
	const fields = { chain, contract: "membership", action, body, until: startMs + 5 * minuteMs } as const;
	return signTransaction({ ...fields, salt: sha256Hex(Uint8Array.of(salt++)).slice(0, 32) }, hospitalKey);
}

const setPolicy = () => sign("setPolicy", { implicitPolicy: "deny" });
const greet = () => sign("greet", {});

/** The genesis has one member, whose proposal passes at once. */
function upgradeAt(height: number) {
	const proposal = { kind: "upgrade", rulesVersion: 2, rulesHash: hash, height };
	return sign("propose", { proposalId: sha256Hex(Uint8Array.of(height)).slice(0, 32), proposal });
}

function open(path: string, rulebook: Rulebook): Promise<Sealer> {
	return openToySealer(path, { rules: rulebook, genesisState, readMember } satisfies Partial<SealerOptions>);
}

async function codeOf(sealer: Sealer, ...transactions: Parameters<typeof submit>[1][]): Promise<string> {
	return codesOf(await submit(sealer, ...transactions)).join();
}

/** Heights 1 to 4 under both bundles, the second from height 3 on. */
async function upgradedLedger(path: string): Promise<Sealer> {
	const sealer = await open(path, both);
	for (const transaction of [upgradeAt(3), setPolicy(), greet(), greet()]) expect(await codeOf(sealer, transaction)).toBe("");
	return sealer;
}

function leavesOf(path: string): Uint8Array[] {
	const inspection = inspectLedger(path);
	const leaves = [...inspection.leaves()];
	inspection.close();
	return leaves;
}

function findingsOf(leaves: readonly Uint8Array[], rulebook: Rulebook): string[] {
	const run = replayLedger(leaves, { genesis, rules: rulebook, genesisState });
	for (;;) {
		const { done, value } = run.next();
		if (done) return value.findings.map(({ code, leafIndex }) => `${code} ${leafIndex}`);
	}
}

function fsck(path: string, rulebook: Rulebook) {
	return fsckLedger({ path, genesis, genesisState, rules: rulebook, sealerKey: sealerKey.publicKey }).findings;
}

describe("upgrades of the rules at a height", () => {
	it("[LG40] below the height the old rules refuse what is new, from it on the new rules refuse what is gone; leaves and head name the version", async () => {
		const path = temporaryPath();
		const sealer = await open(path, both);
		expect(await codeOf(sealer, upgradeAt(3))).toBe("");
		expect(readUpgrade(sealer)).toEqual({ version: 2, hash, height: 3 });
		expect(await codeOf(sealer, greet(), setPolicy())).toBe("LEDGER_ACTION_UNKNOWN,");
		expect(sealer.head()).toMatchObject({ height: 2, rulesVersion: 1 });
		expect(await codeOf(sealer, setPolicy(), greet())).toBe("LEDGER_ACTION_UNKNOWN,");
		expect(sealer.head()).toMatchObject({ height: 3, rulesVersion: 2 });
		expect(sealer.get("membership", "greeted")).toEqual({ height: 3, rules: 2 });
		await sealer.close();
		expect(fsck(path, both)).toEqual([]);
	});

	it("[LG40] a vote in the block before the height counts for it, and all of a block runs under one version", async () => {
		const sealer = await open(temporaryPath(), both);
		expect(await codeOf(sealer, upgradeAt(2), greet(), setPolicy())).toBe(",LEDGER_ACTION_UNKNOWN,");
		expect(await codeOf(sealer, setPolicy(), greet())).toBe("LEDGER_ACTION_UNKNOWN,");
	});

	it("[LG40] a file goes on after a restart on either side of the height", async () => {
		const path = temporaryPath();
		for (const transaction of [upgradeAt(3), setPolicy(), greet(), greet()]) {
			const sealer = await open(path, both);
			expect(await codeOf(sealer, transaction)).toBe("");
			await sealer.close();
		}
		expect(fsck(path, both)).toEqual([]);
		expect(findingsOf(leavesOf(path), both)).toEqual([]);
	});

	it.each([
		["lacks the version", old],
		["holds another bundle under the version", differing],
	])("[LG41] a program that %s halts before it seals; what was sealed stays readable, and the updated program goes on", async (_, rulebook) => {
		const path = temporaryPath();
		const sealer = await open(path, rulebook);
		expect(await codeOf(sealer, upgradeAt(3))).toBe("");
		expect(await codeOf(sealer, setPolicy())).toBe("");
		const unknown = expect.objectContaining({ code: "LEDGER_RULES_UNKNOWN", kind: "stop" });
		await expect(submit(sealer, setPolicy())).rejects.toEqual(unknown);
		await expect(submit(sealer, setPolicy())).rejects.toEqual(unknown);
		expect(sealer.head().height).toBe(2);
		expect(readUpgrade(sealer)?.version).toBe(2);
		await sealer.close();
		expect(fsck(path, rulebook)).toEqual([]);
		const updated = await open(path, both);
		expect(await codeOf(updated, setPolicy(), greet())).toBe("LEDGER_ACTION_UNKNOWN,");
		await updated.close();
		expect(fsck(path, both)).toEqual([]);
	});

	it("[LG42] a replay that lacks the rules judges to the height, then says so once and accuses nobody", async () => {
		const path = temporaryPath();
		await (await upgradedLedger(path)).close();
		const leaves = leavesOf(path);
		expect(findingsOf(leaves, both)).toEqual([]);
		for (const rulebook of [old, differing]) {
			expect(findingsOf(leaves, rulebook)).toEqual(["REPLAY_RULES_UNKNOWN 6"]);
			expect(fsck(path, rulebook)[0]).toEqual({ code: "REPLAY_RULES_UNKNOWN", where: "leaves 6" });
		}
		expect(findingsOf(leaves.slice(0, 5), old)).toEqual([]);
	});

	it("[LG42] a witness that lacks the rules cosigns to the height, keeps no evidence, and goes on when updated", async () => {
		const sealer = await open(temporaryPath(), both);
		const path = temporaryPath("witness.sqlite");
		const openWith = (rulebook: Rulebook) =>
			openToyWitness(
				"w",
				tilesOf(() => sealer),
				{ path, rules: rulebook, genesisState },
			);
		const late = await openWith(old);
		expect(await codeOf(sealer, upgradeAt(2))).toBe("");
		expect((await ask(late, sealer, 0)).status).toBe(200);
		const seen = sealer.head().logSize;
		expect(await codeOf(sealer, greet())).toBe("");
		expect(await ask(late, sealer, seen)).toMatchObject({ status: 503 });
		expect(late.evidence()).toEqual([]);
		await late.close();
		const again = await openWith(old);
		expect(again.size).toBe(seen);
		await again.close();
		const updated = await openWith(both);
		expect((await ask(updated, sealer, seen)).status).toBe(200);
		await updated.close();
		await expect(openWith(old)).rejects.toEqual(expect.objectContaining({ code: "LEDGER_RULES_UNKNOWN" }));
	});

	it("[LG43] a log whose rules begin a block sooner or later than voted is found", async () => {
		const path = temporaryPath();
		await (await upgradedLedger(path)).close();
		const leaves = leavesOf(path);
		const relabelled = (position: number, rulesVersion: number) =>
			leaves.map((bytes, at) => (at === position ? encodeBlockLeaf({ ...parseBlockLeaf(bytes), rulesVersion }) : bytes));
		expect(findingsOf(relabelled(4, 2), both)).toEqual(["REPLAY_BLOCK_DIFFERS 4"]);
		expect(findingsOf(relabelled(6, 1), both)).toEqual(["REPLAY_BLOCK_DIFFERS 6"]);
		expect(findingsOf(relabelled(6, 3), both)).toEqual(["REPLAY_BLOCK_DIFFERS 6"]);
	});
});
