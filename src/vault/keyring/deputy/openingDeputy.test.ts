import { MessageChannel } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { canonicalText, concatBytes, decodeHex, encodeHex, encodeUtf8, type Instant, type MemberId, type Pseudonym, type SubjectId } from "#base";
import type { AccessEntry, Compartment } from "#contracts";
import { leafHash } from "#log";
import { entryLeafData } from "../../receipt.ts";
import { decryptRecord, readRecord, sealRecord } from "../../record.ts";
import { unenrolledPseudonym } from "../../unenrolledPseudonym.ts";
import { bodyOf, createBench, custodian, newPseudonym, newSubject, newToken, randomBytes } from "../../vault.fixtures.ts";
import type { DurableEntry, OpeningOrder, StoredRecord, WrappedDataKey } from "../../vault.ts";
import type { LocalKeyring } from "../localKeyring.ts";
import { createPaperVerifier, PaperLedger } from "../testing/paperLedger.ts";
import { OpeningDeputy } from "./openingDeputy.ts";

const log = "klinik-nord/1";
const text = '{"resourceType":"Observation","id":"o1","valueQuantity":{"value":1.50}}';

interface Patient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
}

/** A keyring with its deputy, which in a test is in the same thread, and a patient with a row. */
async function appointed() {
	const bench = await createBench();
	const deputy = deputyOf(bench.keyring);
	const patient = await newPatient(bench.keyring);
	const { key, row } = await newRow(bench.keyring, patient.subject);
	await heard();
	const order = bench.keyring.orderOpening(log, key, row) as OpeningOrder;
	const now = bench.clock.now as Instant;
	return { ...bench, deputy, patient, key, row, order, now };
}

function deputyOf(keyring: LocalKeyring): OpeningDeputy {
	const deputy = new OpeningDeputy(keyring.appointDeputy());
	onTestFinished(() => deputy.close());
	return deputy;
}

async function newPatient(keyring: LocalKeyring): Promise<Patient> {
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	return { subject, pseudonym };
}

async function newRow(keyring: LocalKeyring, subject: SubjectId, compartments: readonly Compartment[] = ["laboratory"]) {
	const handle = await keyring.sealFor(subject, compartments);
	const facts = { token: newToken(), version: 1, storedAtMs: 0, deleted: false, body: bodyOf(text), randomBytes };
	return { key: handle.wrapped, row: sealRecord({ custodian, handle, ...facts }), dataKey: handle.dataKey };
}

/** Until what one end said is heard at the other. */
const heard = () => new Promise((resolve) => setTimeout(resolve, 20));

function durable(entry: Partial<AccessEntry> & { readonly pseudonym: Pseudonym }): DurableEntry {
	const salt = randomBytes(32);
	const full = { ...plainEntry, ...entry } as AccessEntry;
	const entryHash = leafHash(entryLeafData(full, encodeHex(salt)));
	return { log: full.log, leafIndex: 3, entryHash, salted: concatBytes(salt, encodeUtf8(canonicalText(full))) };
}

const plainEntry = {
	...{ format: "aceso/entry/1", log, time: 0, member: custodian, requester: "07".repeat(32), requesterKind: "person", via: custodian },
	...{ action: "read", purpose: "TREAT", compartments: ["laboratory", "vitals"], level: "identified", count: 1, decision: "permit" },
	...{ reasons: ["PERMITTED_BY_CONSENT"], consents: [], height: 1, stalenessMs: 0, model: "", emergencyReason: "", seq: 0, previous: "0".repeat(64) },
};

describe("an opening that was ordered with an entry", () => {
	it("[VA130] gives what the row holds, once its entry is durable", async () => {
		const { deputy, patient, order, row, now, keyring, key, access } = await appointed();
		const [dataKey] = await keyring.unwrap(access(patient), [key]);
		const plaintext = deputy.open(durable(patient), order, now) as Buffer;
		expect(plaintext.equals(decryptRecord({ custodian, row, dataKey: dataKey as Uint8Array }))).toBe(true);
		expect(readRecord(plaintext).resourceText).toBe(text);
		expect(deputy.open(durable(patient), order, now)?.equals(plaintext)).toBe(true);
	});

	const falsehoods: readonly (readonly [string, (patient: Patient) => DurableEntry])[] = [
		["a refusal", (patient) => durable({ ...patient, decision: "deny" })],
		["another patient's entry", () => durable({ pseudonym: newPseudonym() })],
		["an entry of another log", (patient) => durable({ ...patient, log: "klinik-nord/2" })],
		["an entry that names another log than the one it is in", (patient) => ({ ...durable(patient), log: "klinik-nord/2" })],
		["another member's entry", (patient) => durable({ ...patient, member: "labor-sued" as MemberId })],
		["an entry that does not name the class", (patient) => durable({ ...patient, compartments: ["vitals"] })],
		["an entry that names nothing", (patient) => durable({ ...patient, compartments: [] })],
		["another text than the one that was hashed", (patient) => ({ ...durable(patient), salted: durable(patient).salted })],
		["what is no entry", (patient) => ({ ...durable(patient), salted: randomBytes(64) })],
	];
	it.each(falsehoods)("[VA130] is not carried out with %s", async (_, entryOf) => {
		const { deputy, patient, order, now } = await appointed();
		expect(deputy.open(entryOf({ pseudonym: patient.pseudonym } as Patient), order, now)).toBeUndefined();
		expect(deputy.open(durable({ pseudonym: patient.pseudonym }), order, now)).toBeDefined();
	});

	it("[VA130] needs every class of a row that touches several", async () => {
		const { deputy, patient, keyring, now } = await appointed();
		const { key, row } = await newRow(keyring, patient.subject, ["genomics", "laboratory"]);
		const order = keyring.orderOpening(log, key, row) as OpeningOrder;
		const { pseudonym } = patient;
		expect(deputy.open(durable({ pseudonym }), order, now)).toBeUndefined();
		expect(deputy.open(durable({ pseudonym, compartments: ["genomics", "laboratory"] }), order, now)).toBeDefined();
	});

	it("[VA130] opens the row of its own key and no other, under any label", async () => {
		const { deputy, patient, order, keyring, now } = await appointed();
		const { pseudonym } = patient;
		const other = await newRow(keyring, patient.subject);
		const stranger = await newRow(keyring, (await newPatient(keyring)).subject);
		const rows: readonly StoredRecord[] = [
			...[other.row, stranger.row, { ...stranger.row, subject: patient.subject, dataKey: order.row.dataKey }],
			...[
				{ ...order.row, ciphertext: other.row.ciphertext },
				{ ...order.row, version: 2 },
				{ ...order.row, compartments: "vitals" },
			],
		];
		for (const row of rows) expect(deputy.open(durable({ pseudonym }), { box: order.box, row }, now)).toBeUndefined();
	});

	it("[VA131] a box is the deputy's alone: it shows no key, and no other bytes pass for it", async () => {
		const { deputy, patient, order, keyring, now } = await appointed();
		const { pseudonym } = patient;
		const { key, row, dataKey } = await newRow(keyring, patient.subject);
		const { box } = keyring.orderOpening(log, key, row) as OpeningOrder;
		expect(Buffer.from(box).includes(Buffer.from(dataKey))).toBe(false);
		for (let at = 0; at < box.length; at += 7) {
			const turned = Uint8Array.from(box, (byte, i) => (i === at ? byte ^ 1 : byte));
			expect(deputy.open(durable({ pseudonym }), { box: turned, row }, now)).toBeUndefined();
		}
		expect(deputy.open(durable({ pseudonym }), { box: order.box, row }, now)).toBeUndefined();
		const elsewhere = await appointed();
		expect(elsewhere.deputy.open(durable({ pseudonym }), { box, row }, now)).toBeUndefined();
		expect(deputy.open(durable({ pseudonym }), { box, row }, now)).toBeDefined();
	});
});

describe("taking orders back", () => {
	it("[VA132] a destruction that was reported leaves no order that opens; who was not destroyed gets a new one", async () => {
		const { deputy, patient, order, keyring, key, row, now } = await appointed();
		const { pseudonym } = patient;
		const neighbour = await newPatient(keyring);
		const theirs = await newRow(keyring, neighbour.subject);
		const before = keyring.orderOpening(log, theirs.key, theirs.row) as OpeningOrder;
		expect(deputy.open(durable({ pseudonym }), order, now)).toBeDefined();
		await keyring.destroy(patient.subject, "all");
		expect(deputy.open(durable({ pseudonym }), order, now)).toBeUndefined();
		expect(keyring.orderOpening(log, key, row)).toBeUndefined();
		expect(deputy.open(durable(neighbour), before, now)).toBeUndefined();
		expect(deputy.open(durable(neighbour), keyring.orderOpening(log, theirs.key, theirs.row) as OpeningOrder, now)).toBeDefined();
	});

	it("[VA132] a class destroyed alone takes its orders with it and leaves the others", async () => {
		const { deputy, patient, order, keyring, key, row, now } = await appointed();
		const { pseudonym } = patient;
		const vitals = await newRow(keyring, patient.subject, ["vitals"]);
		await keyring.destroy(patient.subject, ["laboratory"]);
		expect([deputy.open(durable({ pseudonym }), order, now), keyring.orderOpening(log, key, row)]).toEqual([undefined, undefined]);
		const again = keyring.orderOpening(log, vitals.key, vitals.row) as OpeningOrder;
		expect(deputy.open(durable({ pseudonym }), again, now)).toBeDefined();
	});

	it("[VA132] a patient bound to another pseudonym is opened by no entry of the old one", async () => {
		const { deputy, patient, order, keyring, key, row, now } = await appointed();
		const next = newPseudonym();
		await keyring.bind(patient.subject, next);
		expect(deputy.open(durable({ pseudonym: patient.pseudonym }), order, now)).toBeUndefined();
		const again = keyring.orderOpening(log, key, row) as OpeningOrder;
		expect(deputy.open(durable({ pseudonym: patient.pseudonym }), again, now)).toBeUndefined();
		expect(deputy.open(durable({ pseudonym: next }), again, now)).toBeDefined();
	});

	it("[VA132] a log that the ledger has not shown open, or shows closed, gets no order", async () => {
		const clock = { now: Date.UTC(2026, 4, 1) };
		const ledger = new PaperLedger(clock);
		const { keyring } = await createBench({ ledger: createPaperVerifier(ledger.pins), now: () => clock.now as Instant });
		const deputy = deputyOf(keyring);
		const subject = newSubject();
		const pseudonym = unenrolledPseudonym(subject);
		await keyring.createSubject(subject, pseudonym);
		const { key, row } = await newRow(keyring, subject);
		expect(keyring.orderOpening(log, key, row)).toBeUndefined();
		ledger.setLog(log, "open");
		await keyring.showLogs(ledger.showLogs());
		const order = keyring.orderOpening(log, key, row) as OpeningOrder;
		expect(deputy.open(durable({ pseudonym }), order, 0 as Instant)).toBeDefined();
		ledger.setLog(log, "closed");
		await keyring.showLogs(ledger.showLogs());
		expect(deputy.open(durable({ pseudonym }), order, 0 as Instant)).toBeUndefined();
		expect(keyring.orderOpening(log, key, row)).toBeUndefined();
	});

	it("[VA133] without its deputy a keyring takes no orders and holds up nobody", async () => {
		const { deputy, patient, order, keyring, key, row, now } = await appointed();
		deputy.close();
		await keyring.destroy((await newPatient(keyring)).subject, "all");
		await heard();
		expect(keyring.orderOpening(log, key, row)).toBeUndefined();
		expect(deputy.open(durable({ pseudonym: patient.pseudonym }), order, now)).toBeUndefined();
	});

	it("[VA133] a deputy appointed in another's place opens no order of before; the keyring's end is everybody's", async () => {
		const { deputy, patient, order, keyring, key, row, now } = await appointed();
		const { pseudonym } = patient;
		const next = deputyOf(keyring);
		await heard();
		expect(next.open(durable({ pseudonym }), order, now)).toBeUndefined();
		expect(next.open(durable({ pseudonym }), keyring.orderOpening(log, key, row) as OpeningOrder, now)).toBeDefined();
		await keyring.close();
		expect(keyring.orderOpening(log, key, row)).toBeUndefined();
		await heard();
		expect([deputy, next].map((each) => each.open(durable({ pseudonym }), order, now))).toEqual([undefined, undefined]);
	});

	it("[VA133] one that was never appointed opens nothing", async () => {
		const { order, patient, now } = await appointed();
		const { port1, port2 } = new MessageChannel();
		onTestFinished(() => port2.close());
		const deputy = new OpeningDeputy(port1);
		expect(deputy.open(durable({ pseudonym: patient.pseudonym }), order, now)).toBeUndefined();
	});

	it("a key of an audit log is no row's", async () => {
		const { keyring, patient, row } = await appointed();
		const { wrapped } = await keyring.sealAudit(patient.subject);
		expect(keyring.orderOpening(log, wrapped as WrappedDataKey, { ...row, dataKey: decodeHex(wrapped.id).toString() })).toBeUndefined();
	});
});
