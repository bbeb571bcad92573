import { randomUUID } from "node:crypto";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeHex, type SubjectId } from "#base";
import { type DataClass, readEnrolment } from "#contracts";
import { listEntries, verifyHistory } from "#wallet";
import { clinicalWords } from "../testing/smallBundle.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** Invariant 5: erasure destroys keys, and nothing that was kept elsewhere brings the record back. */
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

/** Two new patients, whose terms are opened and cached. */
async function open() {
	patient = await small.admit({ family: "Lund", given: randomUUID(), birthDate: "1944-04-04" });
	other = await small.admit({ family: "Moen", given: randomUUID(), birthDate: "1945-05-05" });
	for (const each of [patient, other]) await small.grant(each, toPractitioners("north", ["conditions", "laboratory", "vitals"]));
	for (const each of [patient, other]) expect(await seen(each)).toBe(2);
}

const seen = async (who: SmallPatient) => (await small.read(doctor.key, byLocal(who.localId))).resources.length;
const erase = (who: SmallPatient, compartments: "all" | readonly string[] = "all") =>
	small.institution().gate.erase(small.sign(who.key, { kind: "erase", patient: byPseudonym(who.pseudonym), compartments }));
const home = () => join(small.folder, "members", "north");

function everyFile(folder: string): readonly Buffer[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((each) => each.isFile())
		.map((each) => readFileSync(join(each.parentPath, each.name)));
}

/** Wrapped data keys of a patient's rows, as they lie in the store. */
async function wrappedKeys(who: SmallPatient): Promise<readonly Uint8Array[]> {
	const { keyring, store } = small.institution();
	const subject = (await keyring.subjectOf(who.pseudonym)) as SubjectId;
	const rows = await store.listRecords(subject, ["conditions", "laboratory", "vitals", "demographics", "consents", "link"]);
	return (await store.getDataKeys([...new Set(rows.map((row) => row.dataKey))])).map(({ wrapped }) => wrapped);
}

describe("erasure", () => {
	it("[GA10] after an erasure no file holds a word of the record or a wrapped key of it; the other patient's stand", async () => {
		await open();
		const { keyring, store } = small.institution();
		const keys = await wrappedKeys(patient);
		const kept = await wrappedKeys(other);
		expect(keys.length).toBeGreaterThan(3);
		const tokens = [await keyring.lookupToken("local-id", patient.localId), await keyring.lookupToken("person", "lund", patient.given, "1944-04-04")];
		expect((await store.findSubjects("person", tokens[1]!)).length).toBe(1);
		const receipt = await erase(patient);
		expect(receipt.transaction).toMatch(/^[0-9a-f]{64}$/);
		expect(readEnrolment(small.network.ledger, patient.pseudonym)?.status).toBe("destroyed");
		for (const [kind, token] of [
			["local-id", tokens[0]!],
			["person", tokens[1]!],
		] as const)
			expect(await store.findSubjects(kind, token)).toEqual([]);
		const files = everyFile(small.folder);
		const holds = (needle: Uint8Array | string) => files.some((file) => file.includes(Buffer.from(needle as Uint8Array)));
		for (const key of keys) expect(holds(key), "a wrapped key is still on disk").toBe(false);
		for (const token of tokens) expect(holds(token), "a look-up token is still on disk").toBe(false);
		for (const word of [...clinicalWords, patient.given, patient.localId, patient.mrn]) expect(holds(word), word).toBe(false);
		// The same search finds what is still there: it is not blind.
		for (const key of kept) expect(holds(key)).toBe(true);
		expect(await seen(other)).toBe(2);
	});

	it("[GA11] caches of the running process are gone as well: the next read, by doctor or patient, gets nothing, and so after a restart", async () => {
		await open();
		await erase(patient);
		const nothing = async () => {
			expect(await seen(patient)).toBe(0);
			const own = await small.read(patient.key, byPseudonym(patient.pseudonym), { purpose: "PATRQT", classes: ["demographics", "vitals"] });
			expect(own.resources).toEqual([]);
			expect(await codeOf(erase(patient))).toBe("GATE_NOT_AVAILABLE");
		};
		await nothing();
		small = await small.reopen();
		await nothing();
		expect(await seen(other)).toBe(2);
	});

	it("[GA12] a backup of the data from before brings nobody back", async () => {
		await open();
		const backup = join(small.folder, "before.db");
		await small.institution().backup(backup);
		await erase(patient);
		await small.close();
		for (const suffix of ["", "-wal", "-shm"]) rmSync(join(home(), `vault.db${suffix}`), { force: true });
		cpSync(backup, join(home(), "vault.db"));
		rmSync(backup);
		small = await openSmallNetwork({ folder: small.folder, members: smallMembers.slice(0, 1) });
		expect(await seen(patient)).toBe(0);
		expect(await seen(other)).toBe(2);
		const { keyring, store } = small.institution();
		expect(await store.findSubjects("local-id", await keyring.lookupToken("local-id", patient.localId))).toEqual([]);
	});

	it("[GA12] the institution's whole folder from before, keys and journals too, under the ledger of today: the ledger remembers", async () => {
		await open();
		const { folder } = small;
		await small.close();
		const copy = `${folder}-copy`;
		cpSync(home(), copy, { recursive: true });
		small = await openSmallNetwork({ folder, members: smallMembers.slice(0, 1) });
		await erase(patient);
		await small.close();
		rmSync(home(), { recursive: true });
		cpSync(copy, home(), { recursive: true });
		rmSync(copy, { recursive: true });
		small = await openSmallNetwork({ folder, members: smallMembers.slice(0, 1) });
		expect(await small.institution().keyring.pseudonymOf((await small.institution().keyring.subjectOf(patient.pseudonym)) as SubjectId)).toBe(
			patient.pseudonym,
		);
		expect(await seen(patient)).toBe(0);
		expect(await seen(other)).toBe(2);
	});

	it("[GA13] a partial erasure takes its classes and leaves the rest, also after a restart and a data backup restored", async () => {
		await open();
		const backup = join(small.folder, "before-partial.db");
		await small.institution().backup(backup);
		const receipt = await erase(patient, ["laboratory"]);
		expect(receipt.transaction).toBe("");
		const classes = async () => {
			const read = await small.read(doctor.key, byLocal(patient.localId), { classes: ["conditions", "laboratory", "vitals"] });
			return read.resources.map((each) => each.class).sort();
		};
		expect(await classes()).toEqual(["conditions", "vitals"]);
		await small.close();
		for (const suffix of ["", "-wal", "-shm"]) rmSync(join(home(), `vault.db${suffix}`), { force: true });
		cpSync(backup, join(home(), "vault.db"));
		small = await openSmallNetwork({ folder: small.folder, members: smallMembers.slice(0, 1) });
		expect(await classes()).toEqual(["conditions", "vitals"]);
	});

	it("[GA224] an erased class is not available to whom it is granted, as to whom it never was, and never empty: a doctor or the patient, by any reference, also after a restart", async () => {
		await open();
		const without = await small.admit({ family: "Dahl", given: randomUUID(), birthDate: "1946-06-06" });
		await small.grant(without, toPractitioners("north", ["conditions", "vitals"]));
		await erase(patient, ["laboratory"]);
		const verdicts = async (who: SmallPatient, classes: readonly DataClass[], reference = byLocal(who.localId)) => {
			const read = await small.read(doctor.key, reference, { classes });
			return { classes: read.classes, resources: read.resources.map(({ class: name }) => name), notice: read.notice };
		};
		const look = async () => {
			for (const classes of [["conditions", "laboratory", "vitals"], ["laboratory"]] as const) {
				const erased = await verdicts(patient, classes);
				expect(erased.classes).toContainEqual({ class: "laboratory", status: "not-available", levels: [] });
				expect(erased).toEqual(await verdicts(without, classes));
				expect(await verdicts(patient, classes, byPseudonym(patient.pseudonym))).toEqual(erased);
			}
			const own = await small.read(patient.key, byPseudonym(patient.pseudonym), { classes: ["laboratory", "vitals"], purpose: "PATRQT" });
			expect(own.classes.map(({ class: name, status }) => [name, status])).toEqual([
				["laboratory", "not-available"],
				["vitals", "released"],
			]);
		};
		await look();
		const history = await small.institution().gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
		const reads = listEntries(history).filter(({ entry }) => entry.action === "read");
		expect(reads.filter(({ entry }) => entry.decision === "deny").map(({ entry }) => entry.reasons)).toEqual([["ERASED"], ["ERASED"]]);
		expect(reads.filter(({ entry }) => entry.decision === "permit" && entry.compartments.includes("laboratory")).length).toBe(1);
		small = await small.reopen();
		await look();
	});

	it("[GA224] a class that is erased between the look-up of the patient and the count of the rows is not available, and not empty", async () => {
		await open();
		const { store } = small.institution();
		const count = store.countRecords.bind(store);
		let overtaken = 0;
		store.countRecords = async (...asked) => {
			if (overtaken++ === 0) await erase(patient, ["vitals"]);
			return count(...asked);
		};
		const read = await small.read(doctor.key, byLocal(patient.localId), { classes: ["conditions", "vitals"] });
		store.countRecords = count;
		expect(overtaken).toBe(2);
		expect(read.classes.map(({ class: name, status }) => [name, status])).toEqual([
			["conditions", "released"],
			["vitals", "not-available"],
		]);
	});

	it("[GA14] an erasure that stopped after any stage is finished at the next start, before anything is served", async () => {
		const erased: SmallPatient[] = [];
		for (const stage of ["started", "keys-destroyed", "purged"] as const) {
			await open();
			erased.push(patient);
			const { keyring, store, gate } = small.institution();
			const subject = (await keyring.subjectOf(patient.pseudonym)) as SubjectId;
			const journal = { subject, pseudonym: patient.pseudonym, compartments: "all", stage, report: "" };
			gate.memory.putErasure(journal);
			if (stage !== "started") await keyring.destroy(subject, "all");
			if (stage === "purged") await store.purge(subject, "all");
		}
		await open();
		erased.push(patient);
		const { gate, keyring } = small.institution();
		const subject = (await keyring.subjectOf(patient.pseudonym)) as SubjectId;
		// A partial erasure that ended after the whole one began took the whole one's line, and a stop then forgot the whole one.
		gate.memory.putErasure({ subject, pseudonym: patient.pseudonym, compartments: "all", stage: "started", report: "" });
		gate.memory.putErasure({ subject, pseudonym: patient.pseudonym, compartments: "vitals", stage: "recorded", report: "" });
		small = await small.reopen();
		expect(small.institution().gate.memory.unfinishedErasures()).toEqual([]);
		for (const each of erased) {
			expect(readEnrolment(small.network.ledger, each.pseudonym)?.status).toBe("destroyed");
			expect(await seen(each)).toBe(0);
		}
		expect(await seen(other)).toBe(2);
	});

	it("[GA15] the history stays verifiable for the erased patient's own key, and for nobody else's", async () => {
		await open();
		await erase(patient);
		const body = { kind: "history", patient: byPseudonym(patient.pseudonym) };
		const { gate } = small.institution();
		await gate.anchor(true);
		const history = await gate.showHistory(small.sign(patient.key, body));
		const { ledger, genesis, now } = small.network;
		const report = verifyHistory(history, { chain: ledger.chain, ledgerKey: genesis.sealer, pseudonym: patient.pseudonym, now: now() });
		expect(report.verdict).toBe("signed by one party");
		expect(listEntries(history).map(({ entry }) => entry.action)).toContain("erase");
		for (const key of [doctor.key, other.key, small.institution().memberKey]) {
			expect(await codeOf(gate.showHistory(small.sign(key, body)))).toBe("GATE_NOT_AVAILABLE");
		}
	});

	it("[GA16] a legal hold is told to the patient alone, and holds until it ends", async () => {
		await open();
		const { gate } = small.institution();
		gate.memory.placeHold(patient.pseudonym, "court order 17", small.network.now() + 60_000, small.network.now());
		expect(await codeOf(erase(patient))).toBe("GATE_LEGAL_HOLD");
		const byDoctor = small.sign(doctor.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" });
		expect(await codeOf(gate.erase(byDoctor))).toBe("GATE_NOT_AVAILABLE");
		expect(await seen(patient)).toBe(2);
		small.advance(60_000);
		expect((await erase(patient)).transaction).not.toBe("");
	});

	it("[GA160] holds are told to the patient before an erasure is asked for, to nobody else, and a look is an access", async () => {
		await open();
		const { gate, log } = small.institution();
		const list = (key: Staff["key"], who = byPseudonym(patient.pseudonym)) => gate.listHolds(small.sign(key, { kind: "list-holds", patient: who }));
		expect(await list(patient.key)).toEqual([]);
		const untilMs = small.network.now() + 60_000;
		gate.memory.placeHold(patient.pseudonym, "court order 17", untilMs, small.network.now());
		expect(await list(patient.key)).toEqual([{ basis: "court order 17", untilMs }]);
		const before = log.size();
		for (const key of [doctor.key, other.key, small.institution().memberKey]) {
			expect(await codeOf(list(key))).toBe("GATE_NOT_AVAILABLE");
			expect(await codeOf(list(key, byLocal("nobody-of-this-id")))).toBe("GATE_NOT_AVAILABLE");
		}
		expect(log.size()).toBe(before + 6);
		small.advance(60_000);
		expect(await list(patient.key)).toEqual([]);
	});

	it("[GA161] another patient's signature, the same request again, and one altered to reach further erase nothing", async () => {
		await open();
		const { gate } = small.institution();
		const asked = { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: ["laboratory"] };
		expect(await codeOf(gate.erase(small.sign(other.key, asked)))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(gate.erase(small.sign(other.key, { ...asked, compartments: "all" })))).toBe("GATE_NOT_AVAILABLE");
		const request = small.sign(patient.key, asked) as { readonly body: object };
		for (const body of [
			{ ...asked, compartments: "all" },
			{ ...asked, patient: byPseudonym(other.pseudonym) },
		]) {
			expect(await codeOf(gate.erase({ ...request, body }))).toMatch(/^GATE_/);
		}
		expect(await seen(patient)).toBe(2);
		expect((await gate.erase(request)).compartments).toEqual(["laboratory"]);
		expect(await codeOf(gate.erase(request))).toBe("GATE_REQUEST_REPLAYED");
		const left = await small.read(patient.key, byPseudonym(patient.pseudonym), { purpose: "PATRQT", classes: ["conditions", "vitals"] });
		expect(left.resources.length).toBeGreaterThan(0);
		expect(await seen(other)).toBe(2);
		expect(readEnrolment(small.network.ledger, patient.pseudonym)?.status).toBe("active");
	});

	it("[GA162] the entry of a partial erasure names its classes, so that the history shows what went", async () => {
		await open();
		await erase(patient, ["vitals", "laboratory"]);
		const history = await small.institution().gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
		const entry = listEntries(history).find((each) => each.entry.action === "erase")?.entry;
		expect([...(entry?.compartments ?? [])].sort()).toEqual(["laboratory", "vitals"]);
	});

	it("[GA11] the identity of an erased person's keys is gone: subject and wrapped keys cannot be asked for again", async () => {
		await open();
		const { keyring } = small.institution();
		const subject = (await keyring.subjectOf(patient.pseudonym)) as SubjectId;
		await erase(patient);
		expect(await keyring.status(subject)).toBe("destroyed");
		expect(await codeOf(keyring.sealFor(subject, ["vitals"]))).toBe("VAULT_ERASED");
		expect(await codeOf(keyring.createSubject(subject, encodeHex(small.network.randomBytes(32)) as never))).toMatch(/^VAULT_/);
	});
});
