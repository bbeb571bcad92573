import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, it } from "vitest";
import { decodeHex, type MemberId } from "#base";
import { dataClasses, readEnrolment } from "#contracts";
import { createWallet } from "#wallet";
import { auditFolder } from "../auditFolder.ts";
import { byPseudonym, openSmallNetwork, type SmallNetwork, smallMembers } from "../testing/smallNetwork.ts";
import { crashPatient, objectFiles } from "../testing/smallObjects.ts";

/** Of each kind; commits and appends are killed in their own rooms. */
const kills = 6;
const members = smallMembers.slice(0, 1);
const folders: string[] = [];
afterEach(() => {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-kill-"));
	folders.push(folder);
	return folder;
}

/** Runs a child on the folder and kills it some milliseconds after so many lines. @returns What it said in whole lines. */
function runUntilKilled(
	child: string,
	folder: string,
	after: { readonly lines: number; readonly ms: number },
	mayEnd = false,
): Promise<readonly (readonly [string, string])[]> {
	return new Promise((resolve, reject) => {
		const running = spawn(process.execPath, [join(import.meta.dirname, child), folder], { stdio: ["ignore", "pipe", "inherit"] });
		let output = "";
		let condemned = false;
		running.stdout.on("data", (chunk: Buffer) => {
			output += chunk.toString();
			if (condemned || output.split("\n").length <= after.lines) return;
			condemned = true;
			setTimeout(() => running.kill("SIGKILL"), after.ms);
		});
		running.on("error", reject);
		running.on("close", (code, signal) => {
			if (signal !== "SIGKILL" && !(mayEnd && code === 0)) reject(new Error(`expected the child to run until it was killed, found exit ${code}`));
			else
				resolve(
					output
						.split("\n")
						.slice(0, -1)
						.map((line) => line.split(" ") as [string, string]),
				);
		});
	});
}

async function openClean(folder: string): Promise<SmallNetwork> {
	expect((await auditFolder(folder)).findings, "before it is opened again").toEqual([]);
	return openSmallNetwork({ folder, members });
}

const moments = (longestMs: number) =>
	Array.from({ length: kills }, (_, kill) => ({ lines: 1 + (kill % 4), ms: Math.round((kill * longestMs) / (kills - 1)) }));

it(`[ND10] kill -9 during imports through the gate, ${kills} times: what was acknowledged is there whole, the rest is there whole or not at all`, {
	timeout: 120_000,
}, async () => {
	const folder = newFolder();
	const begun = new Set<string>();
	const imported = new Set<string>();
	for (const moment of moments(120)) {
		for (const [word, localId] of await runUntilKilled("crashImport.ts", folder, moment)) (word === "begun" ? begun : imported).add(localId);
		const small = await openClean(folder);
		const { keyring, store, log } = small.institution();
		for (const localId of begun) {
			const [subject] = await store.findSubjects("local-id", await keyring.lookupToken("local-id", localId));
			const count = subject === undefined ? 0 : await store.countRecords(subject, dataClasses);
			expect(imported.has(localId) ? [300] : [0, 300]).toContain(count);
		}
		expect(log.size()).toBeGreaterThanOrEqual(imported.size);
		await small.close();
		expect((await auditFolder(folder)).findings).toEqual([]);
	}
	expect(imported.size).toBeGreaterThan(0);
	expect(begun.size).toBeGreaterThan(imported.size);
});

it(`[ND11] kill -9 during erasures through the gate, ${kills} times: who was told of an erasure is gone, one that was begun is finished at the start, nobody is half gone`, {
	timeout: 120_000,
}, async () => {
	const folder = newFolder();
	const admitted = new Set<string>();
	const erased = new Set<string>();
	const standing = new Set<string>();
	for (const moment of moments(60)) {
		for (const [word, seed] of await runUntilKilled("crashErase.ts", folder, moment)) (word === "admitted" ? admitted : erased).add(seed);
		const small = await openClean(folder);
		const { keyring, gate } = small.institution();
		expect(gate.memory.unfinishedErasures()).toEqual([]);
		for (const seed of admitted) {
			const key = createWallet(decodeHex(seed, 32)).pseudonymKey("north" as MemberId, 0);
			const subject = await keyring.subjectOf(key.publicKey);
			const gone = readEnrolment(small.network.ledger, key.publicKey)?.status === "destroyed";
			if (erased.has(seed)) expect(gone, "an acknowledged erasure was lost").toBe(true);
			else standing.add(seed);
			expect(subject === undefined ? "destroyed" : await keyring.status(subject)).toBe(gone ? "destroyed" : "live");
			const { resources } = await small.read(key, byPseudonym(key.publicKey), { purpose: "PATRQT", classes: ["conditions", "laboratory", "vitals"] });
			expect(resources.length).toBe(gone ? 0 : 43);
		}
		await small.close();
		expect((await auditFolder(folder)).findings).toEqual([]);
	}
	expect(erased.size).toBeGreaterThan(0);
	expect(standing.size, "no kill met an erasure under way").toBeGreaterThan(0);
});

it("[GA72] kill -9 while records are labelled under newer tables: nobody is half done, nobody is done twice, and the next start goes on", {
	timeout: 120_000,
}, async () => {
	const folder = newFolder();
	const patients = 30;
	const small = await openSmallNetwork({ folder, members });
	const { keyring } = small.institution();
	const admitted: string[] = [];
	for (let i = 0; i < patients; i++) {
		const { pseudonym } = await small.admit({ family: "Crash", given: "Test", birthDate: "1970-01-01", moreVitals: 20 });
		admitted.push((await keyring.subjectOf(pseudonym)) as string);
	}
	await small.close();
	let runs = 0;
	for (let finished = false; !finished; runs++) {
		const said = await runUntilKilled("crashRelabel.ts", folder, { lines: 6, ms: runs * 3 }, true);
		finished = said.some(([word]) => word === "finished");
		expect((await auditFolder(folder)).findings).toEqual([]);
		expect(runs).toBeLessThan(patients);
	}
	expect(runs, "no kill met the labelling under way").toBeGreaterThan(1);
	const file = new DatabaseSync(join(folder, "members", "north", "vault.db"), { readOnly: true });
	const versions = file
		.prepare("SELECT subject, count(*) AS rows, max(version) AS newest, sum(version = 2) AS again FROM records GROUP BY subject")
		.all();
	const labelled = file.prepare("SELECT count(*) AS count FROM labelled").get()?.["count"];
	file.close();
	const records = versions.filter(({ subject }) => admitted.includes(subject as string));
	expect(records).toHaveLength(patients);
	// Of each patient one record changes, and has one version more, whatever was killed.
	for (const each of records) expect(each).toMatchObject({ newest: 2, again: 1 });
	expect(labelled).toBe(patients);
});

it(`[GA106] kill -9 while objects are filed through the gate, ${kills} times: what was acknowledged reads back, of the rest there is all or nothing`, {
	timeout: 120_000,
}, async () => {
	const folder = newFolder();
	const filed = new Set<string>();
	for (const moment of moments(60)) {
		const said = await runUntilKilled("crashObject.ts", folder, moment);
		for (const [word, record] of said) if (word === "filed") filed.add(record);
		// An orphan is what a kill between object and record leaves; the start removes it, so it is the one finding there may be.
		const before = (await auditFolder(folder)).findings.filter(({ code }) => code !== "object-orphan");
		expect(before).toEqual([]);
		const small = await openSmallNetwork({ folder, members });
		const { keyring, store } = small.institution();
		const [subject] = await store.findSubjects("local-id", await keyring.lookupToken("local-id", crashPatient));
		const records = subject === undefined ? 0 : await store.countRecords(subject, ["genomics"]);
		expect(records).toBeGreaterThanOrEqual(filed.size);
		expect(objectFiles(small)).toHaveLength(records);
		await small.close();
		expect((await auditFolder(folder)).findings).toEqual([]);
	}
	expect(filed.size).toBeGreaterThan(0);
});
