import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSigningKey, encodeHex, parseMemberId, systemClock } from "#base";
import { genesisState, readMember, readValidators, rules, validatorKeyMessage } from "#contracts";
import { appHash, createEnvelope, fsckLedger, type Genesis, latestUntil, openCometLedger, openSealer, signTransaction, startComet } from "#ledger";
import { loadMemberKey } from "../institution.ts";
import { systemRandom } from "../systemRandom.ts";
import { cometProgram, freePort, untilSeen } from "../testing/cometHere.ts";
import { applicationSocket, cometFolder, joinConsortium, loadOwnKeys, makeCard, planFrom } from "./consortiumFolder.ts";
import { genesisOf, type MemberCard, parseCard, parsePlan, planText } from "./consortiumPlan.ts";

const chain = "moved-1";
const time = Math.floor(systemClock() / 1_000) * 1_000;

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-cs-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

function cardOf(folder: string, id: string, peer = "127.0.0.1:26656"): MemberCard {
	return makeCard(folder, { id: parseMemberId(id), name: id, roles: ["hospital"], implicitPolicy: "deny", peer });
}

function codeOf(work: () => unknown): string {
	try {
		work();
		return "";
	} catch (error) {
		return (error as { code: string }).code;
	}
}

describe("a consortium's plan", () => {
	it("[CB30] cards carry no secret, and lead all who hold them to one plan, in whatever order", async () => {
		const folders = ["ant", "bee", "cat"].map((id) => [temporaryFolder(), id] as const);
		const cards = folders.map(([folder, id]) => parseCard(JSON.stringify(cardOf(folder, id))));
		const plans = await Promise.all(
			[cards, cards.toReversed()].map((each) =>
				planFrom(genesisOf(each, chain, time), each, { scratch: join(temporaryFolder(), "l.db"), nowMs: time }),
			),
		);
		expect(planText(plans[0]!)).toBe(planText(plans[1]!));
		expect(parsePlan(planText(plans[0]!))).toEqual(plans[0]);
		for (const [folder] of folders) {
			for (const name of ["validator.key", "node.key", "replica.key"]) {
				const path = join(folder, "ledger", name);
				expect(planText(plans[0]!)).not.toContain(readFileSync(path, "utf8"));
				expect(statSync(path).mode & 0o077).toBe(0);
			}
		}
		expect(plans[0]!.start).toMatchObject({ height: 0, timeMs: time });
		expect(plans[0]!.start.validators.map(({ id }) => id)).toEqual(["ant", "bee", "cat"]);
	});

	it("[CB30] what is no card or no plan is refused", () => {
		const card = cardOf(temporaryFolder(), "ant");
		const bad = [{ ...card, format: "x" }, { ...card, validator: "00" }, { ...card, peer: "nowhere" }, { ...card, id: "A" }, [], 1];
		for (const each of bad) expect(codeOf(() => parseCard(JSON.stringify(each)))).toBe("NODE_CONSORTIUM_INVALID");
		for (const text of ["", "{}", "null", JSON.stringify(card)]) expect(codeOf(() => parsePlan(text))).toBe("NODE_CONSORTIUM_INVALID");
		expect(codeOf(() => genesisOf([card, card], chain, time))).toBe("NODE_CONSORTIUM_INVALID");
	});

	it("[CB31] a validator without its card, or under another key, makes no plan", async () => {
		const [ant, bee] = [cardOf(temporaryFolder(), "ant"), cardOf(temporaryFolder(), "bee")];
		const genesis = genesisOf([ant, bee], chain, time);
		const plan = (cards: MemberCard[]) => planFrom(genesis, cards, { scratch: join(temporaryFolder(), "l.db"), nowMs: time });
		await expect(plan([ant])).rejects.toMatchObject({ code: "NODE_CONSORTIUM_INVALID" });
		await expect(plan([ant, { ...bee, validator: bee.node }])).rejects.toMatchObject({ code: "NODE_CONSORTIUM_INVALID" });
		expect((await plan([ant, bee])).start.height).toBe(0);
	});

	it("[CB33] a folder takes its own plan again, and no other's", async () => {
		const folder = temporaryFolder();
		const card = cardOf(folder, "ant");
		const planOf = (cards: MemberCard[], name = chain) =>
			planFrom(genesisOf(cards, name, time), cards, { scratch: join(temporaryFolder(), "l.db"), nowMs: time });
		const place = { member: parseMemberId("ant"), peerListen: "127.0.0.1:1", rpcListen: "127.0.0.1:2" };
		const join_ = (plan: Awaited<ReturnType<typeof planOf>>) => codeOf(() => joinConsortium({ folder, plan, place }));
		expect(join_(await planOf([cardOf(temporaryFolder(), "ant")]))).toBe("NODE_CONSORTIUM_INVALID");
		expect([join_(await planOf([card])), join_(await planOf([card]))]).toEqual(["", ""]);
		expect(join_(await planOf([card], "another"))).toBe("NODE_CONSORTIUM_INVALID");
	});
});

describe.skipIf(cometProgram === undefined)("a ledger that moves to a consortium (skipped where CometBFT is not installed)", () => {
	it("[CB32] [CB31] it goes on at the next height from the same app hash, with its history and under the validator its members voted in", {
		timeout: 60_000,
	}, async () => {
		const [before, folder] = [temporaryFolder(), temporaryFolder()];
		const [peer, rpc] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
		const card = cardOf(folder, "ant", peer);
		const memberKey = loadMemberKey(join(folder, "members", "ant"), systemRandom);
		const sealerKey = createSigningKey(systemRandom(32));
		const { validator: _, ...member } = genesisOf([card], chain, time).members[0]!;
		const genesis: Genesis = { ...genesisOf([card], chain, time), sealer: sealerKey.publicKey, members: [member] };
		const path = join(before, "ledger.db");
		const definition = { genesis, rules, genesisState, readMember };
		const act = (action: string, body: Parameters<typeof signTransaction>[0]["body"]) => {
			const draft = { chain, contract: "membership", action, body, until: latestUntil(systemClock()), salt: encodeHex(systemRandom(16)) } as const;
			return createEnvelope([signTransaction(draft, memberKey)], { chain, member: card.id, key: memberKey });
		};
		const sealer = await openSealer({ ...definition, path, sealerKey, now: systemClock });
		const validator = createSigningKey(loadOwnKeys(folder).validatorSeed);
		const keySignature = validator.sign(validatorKeyMessage({ chain, id: card.id, key: validator.publicKey }));
		await sealer.submit(act("setPolicy", { implicitPolicy: "break-glass-only" }));
		await sealer.submit(
			act("propose", {
				proposalId: "00".repeat(16),
				proposal: { kind: "validator", id: card.id, key: validator.publicKey, keySignature, power: 10 },
			}),
		);
		const last = sealer.head();
		const leaves = sealer.tile("tile/entries/000.p/5");
		await sealer.close();

		const ledgerToMove = { genesis, path, signedBy: sealerKey.publicKey };
		const plan = await planFrom(ledgerToMove, [card], { scratch: join(before, "scratch.db"), nowMs: systemClock() });
		expect(plan.start).toMatchObject({ height: last.height, appHash: appHash(last), validators: [{ id: "ant", key: validator.publicKey }] });
		joinConsortium({ folder, plan, place: { member: card.id, peerListen: peer, rpcListen: rpc }, ledger: ledgerToMove });
		const { replicaKey } = loadOwnKeys(folder);
		const moved = join(folder, "ledger", "ledger.db");
		const ledger = await openCometLedger({
			...definition,
			path: moved,
			replicaKey,
			now: systemClock,
			socketPath: applicationSocket(folder),
			rpcUrl: `http://${rpc}`,
		});
		const comet = startComet({ program: cometProgram!, home: cometFolder(folder), logFile: join(folder, "comet.log") });
		onTestFinished(async () => {
			await comet.kill();
			await ledger.close();
		});
		await untilSeen(() => ledger.consensus() !== undefined, 30_000);
		const first = await ledger.rpc.lightBlock(last.height + 1);
		expect([first.header.height, first.header.appHash]).toEqual([last.height + 1, appHash(last)]);
		expect([ledger.head(), ledger.tile("tile/entries/000.p/5")]).toEqual([last, leaves]);
		expect(readValidators(ledger)).toHaveLength(1);
		const [result] = await ledger.submit(act("setPolicy", { implicitPolicy: "deny" }));
		expect(result).toMatchObject({ accepted: true, height: last.height + 1 });
		await ledger.close();
		const copy = join(before, "audited.db");
		for (const suffix of ["", ".state"]) copyFileSync(moved + suffix, copy + suffix);
		expect(fsckLedger({ path: copy, genesis, rules, genesisState, sealerKey: replicaKey.publicKey }).findings).toEqual([]);
	});
});
