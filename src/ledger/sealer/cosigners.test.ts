import { copyFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeUtf8, encodeHex, type Instant } from "#base";
import { cosignNote, fetchEntries } from "#log";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { chain, put, sealerKey, startMs, stoppedClock, submit, toyKey } from "../testing/toyLedger.ts";
import { deadLink, linkTo, openToyWitness, tilesOf, toyWitness } from "../testing/toyWitness.ts";
import type { Witness } from "../witness/witness.ts";
import type { WitnessLink } from "./cosigners.ts";
import type { SealerOptions } from "./options.ts";
import type { Sealer } from "./sealer.ts";

const names = ["laboratory", "harbor"];
const trust = { origin: chain, sealerKey: sealerKey.publicKey, witnesses: names.map(toyWitness) };
const code = (expected: string) => expect.objectContaining({ code: expected });

interface Watched {
	readonly sealer: Sealer;
	readonly witnesses: readonly Witness[];
}

/** A sealer with two witnesses that read its tiles. */
async function openWatched(path?: string, options: Partial<SealerOptions> = {}): Promise<Watched> {
	let sealer: Sealer | undefined;
	const witnesses = await Promise.all(
		names.map((name) =>
			openToyWitness(
				name,
				tilesOf(() => sealer),
			),
		),
	);
	sealer = await openToySealer(path, { witnesses: witnesses.map(linkTo), witnessIntervalMs: 5, ...options });
	return { sealer, witnesses };
}

describe("a sealer with witnesses", () => {
	it("[LW11] its checkpoint and proofs carry the cosignatures of all that answer", async () => {
		const { sealer } = await openWatched();
		await submit(sealer, put("a", 1));
		expect(verifyCheckpoint(sealer.checkpoint(), trust).standing).toBe("signed by one party");
		expect(await sealer.cosigned(5_000)).toBe(true);
		const proof = verifyStateProof(sealer.proveState("consent", "a"), trust);
		expect(proof.checkpoint).toMatchObject({ size: 3, standing: "witnessed", witnessedAtMs: startMs });
		expect([...proof.checkpoint.witnesses].sort()).toEqual([...names].sort());
		expect(verifyCheckpoint(sealer.witnessedCheckpoint()!, trust).size).toBe(3);
		expect(decodeUtf8(sealer.tile("checkpoint")!)).toBe(sealer.checkpoint());
	});

	it("[LW11] sealing does not wait for them, and what they cosigned last stays to be shown while blocks follow", async () => {
		const { sealer } = await openWatched();
		await submit(sealer, put("a", 1));
		await sealer.cosigned(5_000);
		await submit(sealer, put("b", 1));
		expect(verifyCheckpoint(sealer.checkpoint(), trust)).toMatchObject({ size: 5, standing: "signed by one party" });
		expect(verifyCheckpoint(sealer.witnessedCheckpoint()!, trust)).toMatchObject({ size: 3, standing: "witnessed" });
		for (let i = 0; i < 20; i++) await submit(sealer, put("c", i));
		expect(await sealer.cosigned(5_000)).toBe(true);
		expect(verifyCheckpoint(sealer.checkpoint(), trust)).toMatchObject({ size: 45, standing: "witnessed" });
	});

	it("[LW11] they say again, with the heartbeat, that it is the newest", async () => {
		const clock = stoppedClock();
		let sealer: Sealer | undefined;
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ now: clock.now },
		);
		sealer = await openToySealer(undefined, { witnesses: [linkTo(witness)], now: clock.now, heartbeatMs: 5, witnessIntervalMs: 1 });
		await sealer.cosigned(5_000);
		clock.at += 30_000;
		const one = { ...trust, witnesses: [toyWitness("laboratory")] };
		await expect.poll(() => verifyCheckpoint(sealer!.checkpoint(), one).witnessedAtMs).toBe(startMs + 30_000);
	});

	it("[LW12] one that cannot be reached stops nothing; a quorum is enough, fewer is one party's word", async () => {
		let sealer: Sealer | undefined;
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
		);
		sealer = await openToySealer(undefined, { witnesses: [linkTo(witness), deadLink("harbor")], witnessIntervalMs: 5 });
		await submit(sealer, put("a", 1));
		expect(await sealer.cosigned(5_000)).toBe(true);
		expect(verifyCheckpoint(sealer.checkpoint(), trust)).toMatchObject({ standing: "witnessed", witnesses: ["laboratory"] });
		const alone = await openToySealer(undefined, { witnesses: [deadLink("laboratory"), deadLink("harbor")] });
		await submit(alone, put("a", 1));
		expect(await alone.cosigned(20)).toBe(false);
		expect(alone.witnessedCheckpoint()).toBeUndefined();
		expect(verifyCheckpoint(alone.checkpoint(), trust).standing).toBe("signed by one party");
		expect(await (await openToySealer()).cosigned(20)).toBe(false);
	});

	it("[LW13] yesterday's backup under a running witness is refused, a lost file too, and the true file goes on", async () => {
		const [path, backup, nothing] = [temporaryPath(), temporaryPath(), temporaryPath()];
		let sealer: Sealer | undefined;
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
		);
		const open = (at: string) => openToySealer(at, { witnesses: [linkTo(witness), deadLink("harbor")], witnessIntervalMs: 5 });
		sealer = await open(path);
		await submit(sealer, put("yesterday", 1));
		await sealer.close();
		copyFileSync(path, backup);
		sealer = await open(path);
		await submit(sealer, put("today", 1));
		expect(await sealer.cosigned(5_000)).toBe(true);
		await sealer.close();
		await expect(open(backup)).rejects.toEqual(
			expect.objectContaining({ code: "LEDGER_ROLLED_BACK", kind: "stop", details: { finding: "FSCK_ROLLED_BACK", where: "seen 5" } }),
		);
		await expect(open(nothing)).rejects.toEqual(code("LEDGER_ROLLED_BACK"));
		sealer = await open(path);
		await submit(sealer, put("tomorrow", 1));
		expect(await sealer.cosigned(5_000)).toBe(true);
	});

	it("[LW14] a backup that went on sealing while no witness could be reached stops as soon as one shows what it holds", async () => {
		const [path, backup] = [temporaryPath(), temporaryPath()];
		let sealer: Sealer | undefined;
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
		);
		sealer = await openToySealer(path, { witnesses: [linkTo(witness)], witnessIntervalMs: 5 });
		await submit(sealer, put("yesterday", 1));
		await sealer.close();
		copyFileSync(path, backup);
		sealer = await openToySealer(path, { witnesses: [linkTo(witness)], witnessIntervalMs: 5 });
		await submit(sealer, put("today", 1));
		await sealer.cosigned(5_000);
		await sealer.close();
		let reachable = false;
		const real = linkTo(witness);
		const flaky: WitnessLink = {
			...real,
			addCheckpoint: async (body) => (reachable ? real.addCheckpoint(body) : Promise.reject(new Error("not reachable"))),
			latest: async () => (reachable ? real.latest() : Promise.reject(new Error("not reachable"))),
		};
		const fork = await openToySealer(backup, { witnesses: [flaky], witnessIntervalMs: 1 });
		await submit(fork, put("instead", 1), put("more", 2), put("still-more", 3));
		reachable = true;
		await fork.cosigned(50);
		await expect
			.poll(() =>
				submit(fork, put("late", 1)).then(
					() => "",
					(error) => (error as { code: string }).code,
				),
			)
			.toBe("LEDGER_CORRUPT");
		expect(witness.size).toBe(5);
	});

	it("[LW14] a witness that lies about its size, or shows what nobody signed, cannot stop the ledger", async () => {
		const foreign = cosignNote((await openToySealer()).checkpoint(), { name: "x", key: toyKey("x"), timeSeconds: 1 }).replace(/\n1\n/, "\n999\n");
		const answers: WitnessLink["addCheckpoint"][] = [
			async () => ({ status: 409, body: "999\n" }),
			async () => ({ status: 409, body: "0\n" }),
			async () => ({ status: 409, body: "a lot\n" }),
			async () => ({ status: 422, body: "no\n" }),
			async () => ({ status: 200, body: "— laboratory AAAA\n" }),
			async () => ({ status: 200, body: "" }),
			async () => ({ status: 500, body: "" }),
		];
		for (const addCheckpoint of answers) {
			const liar = { name: "laboratory", key: toyKey("laboratory").publicKey, addCheckpoint, latest: async () => foreign };
			const sealer = await openToySealer(undefined, { witnesses: [liar], witnessIntervalMs: 1 });
			await submit(sealer, put("a", 1));
			expect(await sealer.cosigned(15)).toBe(false);
			expect(await submit(sealer, put("b", 1))).toMatchObject([{ accepted: true }]);
		}
	});

	it("[LW15] tiles lead from the checkpoint to every entry, and end where the log does", async () => {
		const sealer = await openToySealer();
		await submit(sealer, ...Array.from({ length: 250 }, (_, i) => put(`k${i}`, i)));
		await submit(sealer, ...Array.from({ length: 50 }, (_, i) => put(`k${i}`, i)));
		const { logSize } = sealer.head();
		let count = 0;
		for await (const entry of fetchEntries(async (path) => sealer.tile(path), 0, logSize)) if (decodeUtf8(entry).startsWith("{")) count++;
		expect(count).toBe(logSize);
		expect(sealer.tile(`tile/entries/001.p/${logSize - 255}`)).toBeUndefined();
		expect(sealer.tile("tile/../x")).toBeUndefined();
	});

	it("[LW16] a checkpoint's witnesses count once by key, and the operator's own not at all", async () => {
		const { sealer } = await openWatched();
		await sealer.cosigned(5_000);
		const note = sealer.checkpoint();
		const [laboratory, harbor] = names.map(toyWitness);
		const twice = { ...laboratory!, name: "laboratory-again" };
		const own = cosignNote(note, { name: "own", key: sealerKey, timeSeconds: 5 });
		const doubled = cosignNote(own, { name: twice.name, key: toyKey("laboratory"), timeSeconds: 5 });
		const standing = (witnesses: typeof trust.witnesses, quorum?: number) =>
			verifyCheckpoint(doubled, { ...trust, witnesses, ...(quorum === undefined ? {} : { quorum }) });
		expect(standing([{ name: "own", key: sealerKey.publicKey }]).standing).toBe("signed by one party");
		expect(standing([laboratory!, twice], 2)).toMatchObject({ standing: "signed by one party", witnesses: ["laboratory"] });
		expect(standing([laboratory!, harbor!], 2).standing).toBe("witnessed");
		const five = ["a", "b", "c"].map(toyWitness);
		expect(standing([laboratory!, harbor!, ...five]).standing).toBe("signed by one party");
		expect(standing([laboratory!, harbor!, ...five.slice(0, 2)]).standing).toBe("witnessed");
		expect(standing([]).standing).toBe("signed by one party");
	});

	it("[LW17] a clock that jumps by a day, either way, makes the head stale and not fresh, until the next heartbeat", async () => {
		const clock = stoppedClock();
		const { sealer } = await openWatched(undefined, { now: clock.now, heartbeatMs: 10 });
		const dayMs = 86_400_000;
		for (const jump of [dayMs, -dayMs]) {
			clock.at += jump;
			expect(sealer.stalenessMs(clock.at as Instant)).toBeGreaterThan(dayMs - 60_000);
			await expect.poll(() => sealer.stalenessMs(clock.at as Instant)).toBe(0);
		}
		expect(encodeHex(verifyCheckpoint(sealer.checkpoint(), trust).root)).toBe(sealer.head().logRoot);
	});
});
