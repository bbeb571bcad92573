import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { dayMs, decodeBase64, encodeUtf8 } from "#base";
import { createRulebook } from "#contracts";
import { cosignNote, encodeAddCheckpoint, formatCheckpoint, openNote, signNote, type TileSource } from "#log";
import type { LedgerError } from "../errors.ts";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import type { Sealer } from "../sealer/sealer.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import {
	chain,
	createTransaction,
	definition,
	genesis,
	put,
	sealerKey,
	startMs,
	stoppedClock,
	submit,
	toyKey,
	toyRules,
} from "../testing/toyLedger.ts";
import { ask, openToyWitness, tilesOf, toyWitness } from "../testing/toyWitness.ts";
import { fsckWitness } from "./fsckWitness.ts";
import { openWitness } from "./openWitness.ts";
import type { Witness } from "./witness.ts";

const laboratory = toyWitness("laboratory");
const verifier = { ...laboratory, type: "cosignature/v1" } as const;

async function openBoth(): Promise<{ sealer: Sealer; witness: Witness }> {
	const sealer = await openToySealer();
	await submit(sealer, put("a", 1), put("b", 2));
	return {
		sealer,
		witness: await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
		),
	};
}

/** A sealer under the same key that tells another history of the same length. */
async function openOther(puts = 2): Promise<Sealer> {
	const other = await openToySealer();
	await submit(other, ...Array.from({ length: puts }, (_, i) => put(`other${i}`, i)));
	return other;
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("Witness: add-checkpoint", () => {
	it("[LW1] cosigns what it has replayed, and the cosignature is a line that the note takes", async () => {
		const { sealer, witness } = await openBoth();
		const answer = await ask(witness, sealer, 0);
		expect(answer).toMatchObject({ status: 200, contentType: "text/plain; charset=utf-8" });
		expect(openNote(sealer.checkpoint() + answer.body, [verifier]).signatures).toEqual([{ verifier, timeSeconds: startMs / 1000 }]);
		expect(witness.size).toBe(4);
		await submit(sealer, put("c", 3));
		expect((await ask(witness, sealer, 4)).status).toBe(200);
		expect((await ask(witness, sealer, 6)).status).toBe(200);
		expect(witness.evidence()).toEqual([]);
	});

	it("[LW2] answers 409 with the size it stands at, and cosigns nothing", async () => {
		const { sealer, witness } = await openBoth();
		await ask(witness, sealer, 0);
		await submit(sealer, put("c", 3));
		expect(await ask(witness, sealer, 0)).toEqual({ status: 409, contentType: "text/x.tlog.size", body: "4\n" });
		expect(await ask(witness, sealer, 3)).toMatchObject({ status: 409, body: "4\n" });
		expect(witness.size).toBe(4);
	});

	it("[LW2] two requests at once: one moves it, the other is told the new size", async () => {
		const { sealer, witness } = await openBoth();
		const statuses = (await Promise.all([ask(witness, sealer, 0), ask(witness, sealer, 0)])).map(({ status }) => status);
		expect(statuses).toEqual([200, 409]);
	});

	it("[LW3] answers 400, 403, 404 and 422 as the specification says", async () => {
		const { sealer, witness } = await openBoth();
		const note = sealer.checkpoint();
		const send = async (checkpoint: string, oldSize = 0, proof: Uint8Array[] = []) =>
			(await witness.addCheckpoint(encodeAddCheckpoint({ oldSize, proof, checkpoint }))).status;
		for (const body of ["", "old 0\n", "old 00\n\nx", "old -1\n\nx", "old 1\nAAAA\n\nx", `old 0\n${"A\n".repeat(64)}\nx`, "new 0\n\nx"]) {
			expect((await witness.addCheckpoint(encodeUtf8(body))).status).toBe(400);
		}
		expect((await witness.addCheckpoint(Uint8Array.of(0xff, 10, 10))).status).toBe(400);
		expect((await witness.addCheckpoint(new Uint8Array(200_000).fill(0x61))).status).toBe(400);
		expect(await send(note, 5)).toBe(400);
		expect(await send(`${chain}\nno note`)).toBe(400);
		expect(await send("other-chain\n1\nAAAA\n")).toBe(404);
		const text = note.slice(0, note.indexOf("\n\n") + 1);
		expect(await send(signNote(text, { name: chain, key: toyKey("mallory") }))).toBe(403);
		expect(await send(note.replace("\n4\n", "\n3\n"))).toBe(403);
		expect(await send(note, 0, [new Uint8Array(32)])).toBe(422);
		expect(await send(note)).toBe(200);
		await submit(sealer, put("c", 3));
		const proof = sealer.proveConsistency(4).map((hash) => Buffer.from(hash, "hex"));
		expect(await send(sealer.checkpoint(), 4, proof.slice(1))).toBe(422);
		expect(await send(sealer.checkpoint(), 4, [...proof, new Uint8Array(32)])).toBe(422);
		expect(await send(sealer.checkpoint(), 4, proof)).toBe(200);
		expect(
			await send(
				signNote(formatCheckpoint({ origin: chain, size: 0, root: decodeBase64("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") }), {
					name: chain,
					key: sealerKey,
				}),
				0,
			),
		).toBe(409);
	});

	it("[LW19] keeps and shows what it cosigned under the sealer's and its own signature alone, whatever lines a stranger added", async () => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const source = tilesOf(() => sealer);
		const witness = await openToyWitness("laboratory", source, { path });
		let stuffed = sealer.checkpoint();
		for (let i = 0; i < 62; i++) stuffed = cosignNote(stuffed, { name: `junk-${i}`, key: toyKey("mallory"), timeSeconds: 1 });
		const answer = await witness.addCheckpoint(encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: stuffed }));
		expect(answer.status).toBe(200);
		const own = sealer.checkpoint().split("\n").slice(0, 5).join("\n");
		expect(witness.latest()).toBe(`${own}\n${answer.body}`);
		await witness.close();
		expect((await openToyWitness("laboratory", source, { path })).latest()).toBe(`${own}\n${answer.body}`);
	});

	it("[LW20] rests after downloads that come to nothing, longer each time, and asks the sealer for nothing meanwhile", async () => {
		const { sealer } = await openBoth();
		let asked = 0;
		const absent: TileSource = async () => {
			asked++;
			return undefined;
		};
		const witness = await openToyWitness("laboratory", absent, { restMs: 3_600_000 });
		expect(await ask(witness, sealer, 0)).toMatchObject({ status: 503, body: "LOG_TILE_UNAVAILABLE\n" });
		for (let i = 0; i < 5; i++) expect(await ask(witness, sealer, 0)).toMatchObject({ status: 503, body: "WITNESS_RESTS\n" });
		expect(asked).toBe(1);
	});

	it("[LW21] a clock that jumps by a day, either way, is said in the cosignature and changes nothing else", async () => {
		const clock = stoppedClock();
		const sealer = await openToySealer();
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ now: clock.now },
		);
		const trust = { origin: chain, sealerKey: sealerKey.publicKey, witnesses: [laboratory] };
		for (const [jump, oldSize] of [
			[0, 0],
			[dayMs, 1],
			[-2 * dayMs, 3],
		] as const) {
			clock.at += jump;
			if (oldSize > 0) await submit(sealer, put(`k${oldSize}`, 1));
			const { status, body } = await ask(witness, sealer, oldSize);
			expect(status).toBe(200);
			expect(verifyCheckpoint(sealer.checkpoint() + body, trust)).toMatchObject({ standing: "witnessed", witnessedAtMs: clock.at });
		}
		expect(witness.evidence()).toEqual([]);
		expect(witness.size).toBe(5);
	});

	it("[LW3] an empty log is nothing to cosign", async () => {
		const { witness } = await openBoth();
		const empty = formatCheckpoint({ origin: chain, size: 0, root: decodeBase64("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") });
		const body = encodeAddCheckpoint({ oldSize: 0, proof: [], checkpoint: signNote(empty, { name: chain, key: sealerKey }) });
		expect((await witness.addCheckpoint(body)).status).toBe(422);
	});
});

describe("Witness: what it refuses to vouch for", () => {
	it("[LW4] entries that do not lead to the signed root are not believed, and the sealer may show the right ones later", async () => {
		const { sealer } = await openBoth();
		const other = await openOther();
		let shown: Sealer = other;
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => shown),
		);
		expect(await ask(witness, sealer, 0)).toMatchObject({ status: 422, body: "LEDGER_PROOF_INVALID\n" });
		expect(witness.latest()).toBeUndefined();
		shown = sealer;
		expect((await ask(witness, sealer, 0)).status).toBe(200);
	});

	it("[LW4] tiles that cannot be had are a reason to try again, not to accuse", async () => {
		const { sealer } = await openBoth();
		const missing: TileSource = async () => undefined;
		const failing: TileSource = async () => {
			throw new Error("not reachable");
		};
		const witness = await openToyWitness("laboratory", missing);
		expect((await ask(witness, sealer, 0)).status).toBe(503);
		expect(witness.evidence()).toEqual([]);
		const broken = await openToyWitness("harbor", failing);
		expect(await ask(broken, sealer, 0)).toMatchObject({ status: 503, body: "LOG_TILE_UNAVAILABLE\n" });
	});

	it("[LW5] a sealer that seals what the rules refuse is caught, though every hash and signature holds, and stays caught", async () => {
		const path = temporaryPath("laboratory.witness");
		const lax = {
			...toyRules.contracts.consent,
			actions: { ...toyRules.contracts.consent.actions, refuse: toyRules.contracts.consent.actions.delete! },
		};
		const sealer = await openToySealer(undefined, { rules: createRulebook([{ ...toyRules, contracts: { ...toyRules.contracts, consent: lax } }]) });
		await submit(sealer, put("a", 1));
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		expect((await ask(witness, sealer, 0)).status).toBe(200);
		const good = witness.latest();
		await submit(sealer, createTransaction("refuse", { key: "a" }));
		expect(await ask(witness, sealer, 3)).toMatchObject({ status: 422, body: "REPLAY_REFUSED\n" });
		expect(witness.latest()).toBe(good);
		const theirs = sealer.checkpoint().split("\n").slice(0, 5).join("\n");
		expect(witness.evidence()).toEqual([{ code: "EVIDENCE_RULES_BROKEN", ours: good, theirs: `${theirs}\n` }]);
		await witness.close();
		const again = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		expect(again.size).toBe(3);
		expect(await ask(again, sealer, 3)).toMatchObject({ status: 422, body: "WITNESS_STOPPED\n" });
	});

	it("[LW6] another history of the same size is evidence; one that does not grow out of its own is refused", async () => {
		const { sealer, witness } = await openBoth();
		await ask(witness, sealer, 0);
		const [same, longer] = [await openOther(2), await openOther(5)];
		expect((await ask(witness, longer, 4)).status).toBe(422);
		expect(witness.evidence()).toEqual([]);
		expect(await ask(witness, same, 4)).toMatchObject({ status: 422, body: "EVIDENCE_SPLIT_VIEW\n" });
		const [evidence] = witness.evidence();
		expect(evidence).toMatchObject({ code: "EVIDENCE_SPLIT_VIEW" });
		const trust = { origin: chain, sealerKey: sealerKey.publicKey };
		const [ours, theirs] = [verifyCheckpoint(evidence!.ours, trust), verifyCheckpoint(evidence!.theirs, trust)];
		expect(ours.size).toBe(theirs.size);
		expect(ours.root).not.toEqual(theirs.root);
		expect((await ask(witness, sealer, 4)).status).toBe(422);
	});

	it("[LW7] a split view shown to two witnesses is found when they compare, whichever is ahead", async () => {
		const { sealer, witness } = await openBoth();
		const other = await openOther(5);
		const second = await openToyWitness(
			"harbor",
			tilesOf(() => other),
		);
		expect([(await ask(witness, sealer, 0)).status, (await ask(second, other, 0)).status]).toEqual([200, 200]);
		expect(await witness.compare(second.latest()!)).toBe("larger");
		expect(await second.compare(witness.latest()!)).toBe("split");
		expect(second.evidence()).toHaveLength(1);
		expect((await ask(second, other, 7)).body).toBe("WITNESS_STOPPED\n");
		await expect(second.compare("nonsense\n")).rejects.toEqual(code("LEDGER_CHECKPOINT_INVALID"));
	});

	it("[LW22] shown the tiles of one that is ahead, it judges by itself, and tiles that lead nowhere convince it of nothing", async () => {
		const { sealer, witness } = await openBoth();
		const other = await openOther(5);
		await ask(witness, sealer, 0);
		const tiles = (of: Sealer): TileSource => tilesOf(() => of);
		expect(await witness.compare(other.checkpoint(), tiles(sealer))).toBe("larger");
		expect(await witness.compare(other.checkpoint(), async () => Promise.reject(new Error("not reachable")))).toBe("larger");
		expect(await witness.compare(other.checkpoint(), async () => new Uint8Array(8 * 32))).toBe("larger");
		expect(witness.evidence()).toEqual([]);
		await submit(sealer, put("c", 3));
		expect(await witness.compare(sealer.checkpoint(), tiles(sealer))).toBe("agrees");
		expect(await witness.compare(other.checkpoint(), tiles(other))).toBe("split");
		expect(witness.evidence()).toHaveLength(1);
	});

	it("[LW7] witnesses of one log agree at every size", async () => {
		const { sealer, witness } = await openBoth();
		const notes = [sealer.checkpoint()];
		for (let i = 0; i < 5; i++) {
			await submit(sealer, ...Array.from({ length: 60 }, (_, j) => put(`k${i * 60 + j}`, j)));
			notes.push(sealer.checkpoint());
		}
		await ask(witness, sealer, 0);
		for (const note of notes) expect(await witness.compare(note)).toBe("agrees");
	});
});

describe("Witness: its file", () => {
	it("[LW8] goes on where it stood after a restart, and leaves fetched but not cosigned are forgotten", async () => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const first = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await ask(first, sealer, 0);
		await first.close();
		const db = new DatabaseSync(path);
		db.exec("INSERT INTO leaves VALUES (4, x'00'), (5, x'01')");
		db.close();
		await submit(sealer, put("c", 3));
		const second = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		expect(second.size).toBe(4);
		expect(await ask(second, sealer, 0)).toMatchObject({ status: 409, body: "4\n" });
		expect((await ask(second, sealer, 4)).status).toBe(200);
	});

	it.each([
		["INSERT ON leaves", "BEFORE INSERT ON leaves BEGIN SELECT RAISE(ABORT, 'fault'); END"],
		["UPDATE ON tiles", "AFTER UPDATE ON tiles BEGIN SELECT RAISE(FAIL, 'fault'); END"],
		["UPDATE ON tip", "BEFORE UPDATE ON tip BEGIN SELECT RAISE(ABORT, 'fault'); END"],
		["UPDATE ON tip, stored", "AFTER UPDATE ON tip BEGIN SELECT RAISE(FAIL, 'fault'); END"],
	])("[LW8] a write that fails (%s) gives no cosignature; a restart goes on from the tip before", async (_, trigger) => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const first = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await ask(first, sealer, 0);
		await submit(sealer, ...Array.from({ length: 200 }, (__, i) => put(`k${i}`, i)));
		const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
		onTestFinished(() => warn.mockRestore());
		const run = (sql: string) => {
			const db = new DatabaseSync(path);
			db.exec(sql);
			db.close();
		};
		run(`CREATE TRIGGER fault ${trigger}`);
		expect(await ask(first, sealer, 4)).toMatchObject({ status: 503, body: "WITNESS_HALTED\n" });
		expect(await ask(first, sealer, 4)).toMatchObject({ status: 503, body: "WITNESS_HALTED\n" });
		expect(first.size).toBe(4);
		await first.close();
		run("DROP TRIGGER fault");
		const second = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		expect(second.size).toBe(4);
		expect((await ask(second, sealer, 4)).status).toBe(200);
		expect(second.evidence()).toEqual([]);
	});

	it("[LW8] one process has it at a time, for one genesis", async () => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const first = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await expect(
			openToyWitness(
				"laboratory",
				tilesOf(() => sealer),
				{ path },
			),
		).rejects.toEqual(code("LEDGER_LOCKED"));
		await first.close();
		await expect(first.addCheckpoint(new Uint8Array(0))).rejects.toEqual(code("LEDGER_CLOSED"));
		await expect(
			openToyWitness(
				"laboratory",
				tilesOf(() => sealer),
				{ path, genesis: { ...genesis, chain: "other" } },
			),
		).rejects.toEqual(code("LEDGER_GENESIS_DIFFERS"));
	});

	it("[LW18] fsck finds nothing in a sound file, also while the witness runs", async () => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const audit = () => fsckWitness({ ...definition, path, witnesses: [toyWitness("laboratory")] });
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		expect(audit()).toEqual({ findings: [], size: 0 });
		await ask(witness, sealer, 0);
		const told: number[][] = [];
		const onProgress = (done: number, total: number) => told.push([done, total]);
		expect(fsckWitness({ ...definition, path, witnesses: [toyWitness("laboratory")], onProgress })).toMatchObject({ findings: [], size: 4 });
		expect(told).toEqual([[4, 4]]);
		await witness.close();
		expect(audit()).toMatchObject({ findings: [], size: 4 });
		expect(fsckWitness({ ...definition, path: `${path}.none`, witnesses: [laboratory] }).findings).toEqual([
			{ code: "WITNESS_FILE_UNREADABLE", where: "file" },
		]);
		const other = { ...definition, genesis: { ...genesis, chain: "other" } };
		expect(fsckWitness({ ...other, path, witnesses: [laboratory] }).findings).toEqual([{ code: "WITNESS_GENESIS_DIFFERS", where: "meta genesis" }]);
	});

	it("[LW18] evidence against the sealer is a finding", async () => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const witness = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await ask(witness, sealer, 0);
		await ask(witness, await openOther(2), 4);
		expect(fsckWitness({ ...definition, path, witnesses: [toyWitness("laboratory")] }).findings).toEqual([
			{ code: "EVIDENCE_SPLIT_VIEW", where: "evidence 0" },
		]);
	});

	it.each([
		["a changed leaf", "UPDATE leaves SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"value\":1', '\"value\":9') AS BLOB)"],
		["a lost leaf", "DELETE FROM leaves WHERE position = 1"],
		["a changed tile", "UPDATE tiles SET hashes = zeroblob(length(hashes))"],
		["a tip set back", "UPDATE tip SET size = 3"],
		["another root", "UPDATE tip SET root = zeroblob(32)"],
		["a tip under another key", "PRAGMA ignore_check_constraints=1; UPDATE tip SET one = 5"],
	])("[LW9] a start on %s is refused, and fsck finds it: it believes nothing of its own file", async (_, sql) => {
		const { sealer } = await openBoth();
		const path = temporaryPath("laboratory.witness");
		const first = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await ask(first, sealer, 0);
		await first.close();
		const db = new DatabaseSync(path);
		db.exec(sql);
		db.close();
		const refusal = await openWitness({
			...definition,
			path,
			name: "laboratory",
			key: toyKey("laboratory"),
			source: tilesOf(() => sealer),
			now: () => startMs,
		}).then(
			() => undefined,
			(error: LedgerError) => error,
		);
		expect(refusal?.code).toBe("LEDGER_CORRUPT");
		const { findings } = fsckWitness({ ...definition, path, witnesses: [toyWitness("laboratory")] });
		expect(findings.map((finding) => finding.code)).toContain(refusal!.details.finding);
		expect(findings.some(({ where }) => where.startsWith(refusal!.details.where!))).toBe(true);
	});

	it("[LW9] set back as a whole to an older copy, it catches up with what its newer self cosigned", async () => {
		const { sealer } = await openBoth();
		const [path, backup] = [temporaryPath("laboratory.witness"), temporaryPath("laboratory.backup")];
		const first = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await ask(first, sealer, 0);
		await first.close();
		copyFileSync(path, backup);
		await submit(sealer, put("c", 3));
		const whole = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path },
		);
		await ask(whole, sealer, 4);
		const old = await openToyWitness(
			"laboratory",
			tilesOf(() => sealer),
			{ path: backup },
		);
		expect(await old.compare(whole.latest()!)).toBe("larger");
		expect((await ask(old, sealer, 4)).status).toBe(200);
		expect(await old.compare(whole.latest()!)).toBe("agrees");
	});

	it("[LW10] serves its own copy of the log, with which another witness can be begun", async () => {
		const { sealer, witness } = await openBoth();
		await ask(witness, sealer, 0);
		const second = await openToyWitness("harbor", async (path) => witness.tile(path));
		expect((await ask(second, sealer, 0)).status).toBe(200);
		expect(witness.tile("tile/entries/000.p/5")).toBeUndefined();
	});
});
