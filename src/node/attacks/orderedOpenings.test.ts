import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SubjectId } from "#base";
import { type AccessLog, createGate, type Gate, type Release } from "#gate";
import { LocalKeyring, type OpeningOrder } from "#vault";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** A row that is opened in the log's thread, in the moment in which its entry is durable: by the same rules, and never without the entry. */
let small: SmallNetwork;
let doctor: Staff;
let [patient, other]: SmallPatient[] = [];
let record: string;

type Append = AccessLog["append"];
type Logged = Awaited<ReturnType<Append>>;

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
});
beforeEach(async () => {
	patient = await small.admit({ family: "Lunde", given: "Kari", birthDate: "1952-03-04" });
	other = await small.admit({ family: "Moen", given: "Per", birthDate: "1983-11-12" });
	for (const each of [patient, other]) await small.grant(each, toPractitioners("north", ["conditions", "laboratory"]));
	for (const each of [patient, other]) await small.read(doctor.key, byLocal(each.localId));
	const { resources } = await small.read(doctor.key, byLocal(patient.localId), { classes: ["conditions"] });
	const { resourceType, id } = resources[0]!.resource;
	record = `${resourceType}/${id}`;
	await deputyIsThere();
});
afterAll(() => small.close());

/** A gate over the same keyring and store, whose log writer somebody has changed. */
function gateWith(patch: (append: Append) => Append, orders = true, store = small.institution().store): Gate {
	const { id, memberKey, keyring, objects, log, gate } = small.institution();
	const { ledger, now, randomBytes, folder } = small.network;
	const nobody = readFileSync(join(folder, "members", id, "nobody.id"), "utf8") as SubjectId;
	const patched = Object.assign(Object.create(log) as AccessLog, { log: log.log, member: log.member, writer: log.writer });
	patched.append = patch((draft, options) => log.append(draft, options));
	patched.size = () => log.size();
	const openings = orders && keyring instanceof LocalKeyring ? keyring : undefined;
	return createGate({
		member: id,
		memberKey,
		ledger,
		keyring,
		openings,
		store,
		objects,
		log: patched,
		memory: gate.memory,
		nobody,
		now,
		randomBytes,
	});
}

const signed = (level = "identified") =>
	small.sign(doctor.key, {
		...{ kind: "read", patient: byLocal((patient as SmallPatient).localId), purpose: "TREAT", classes: ["conditions"], level, record },
	});

/** The store with some methods of its own: the others run on the store itself, whose fields are private. */
function withMethodsOf<Store extends object>(store: Store, own: Store): Store {
	return new Proxy(own, {
		get(target, name) {
			const value: unknown = Object.hasOwn(target, name) ? Reflect.get(target, name) : Reflect.get(store, name, store);
			return typeof value === "function" && !Object.hasOwn(target, name) ? value.bind(store) : value;
		},
	});
}

/** Reads the one record; what was logged with it, and the orders that went along. */
async function readThrough(patch: (append: Append) => Append = (append) => append, orders = true) {
	const logged: Logged[] = [];
	const ordered: (OpeningOrder | undefined)[] = [];
	const gate = gateWith(
		(append) => async (draft, options) => {
			// A gate that is made anew opens the terms once, by an entry of its own.
			if (!draft.compartments.includes("conditions")) return append(draft, options);
			ordered.push(options.order);
			const access = await patch(append)(draft, options);
			logged.push(access);
			return access;
		},
		orders,
	);
	let release: Release | undefined;
	const code = await codeOf(
		gate.release(signed()).then((answer) => {
			release = answer;
		}),
	);
	return { code, release, entries: logged.length, access: logged.at(-1) as Logged, order: ordered.at(-1) };
}

/** It comes to its thread by itself, and until then everything is opened as without it. */
async function deputyIsThere(): Promise<void> {
	while ((await readThrough()).access.opened === undefined) await delay(20);
}

const subjectOf = async (who: SmallPatient) => (await small.institution().keyring.subjectOf(who.pseudonym)) as SubjectId;

describe("a record that is opened with its entry", () => {
	it("[GA225] is released as one that is opened afterwards, under an entry of its own; and its receipt opens nothing more", async () => {
		const { keyring, store } = small.institution();
		const [withEntry, afterwards] = [await readThrough(), await readThrough(undefined, false)];
		expect([withEntry.entries, afterwards.entries]).toEqual([1, 1]);
		expect([withEntry.access.opened === undefined, afterwards.access.opened === undefined, afterwards.order]).toEqual([false, true, undefined]);
		const { access: one, ...released } = withEntry.release as Release;
		const { access: two, ...same } = afterwards.release as Release;
		expect(released).toEqual(same);
		expect(released.resources).toHaveLength(1);
		expect(one.leafIndex).not.toBe(two.leafIndex);
		const keys = await store.getDataKeys([(withEntry.order as OpeningOrder).row.dataKey]);
		const refused = { code: "VAULT_RECEIPT_REFUSED", details: { reason: "malformed" } };
		await expect(keyring.unwrap(withEntry.access, keys)).rejects.toMatchObject(refused);
		await expect(keyring.dateShiftDays(withEntry.access, await subjectOf(patient as SmallPatient), "study")).rejects.toMatchObject(refused);
	});

	it("[GA225] is ordered only as it is: what has to be minimised is opened afterwards", async () => {
		const pseudonymised = await small.admit({ family: "Nes", given: "Ola", birthDate: "1960-01-02" });
		await small.grant(pseudonymised, { ...toPractitioners("north", ["conditions"]), level: "pseudonymised" });
		let orders = 0;
		const gate = gateWith((append) => (draft, options) => {
			if (options.order !== undefined) orders++;
			return append(draft, options);
		});
		const body = { kind: "read", patient: byLocal(pseudonymised.localId), purpose: "TREAT", classes: ["conditions"], level: "pseudonymised", record };
		await gate.release(small.sign(doctor.key, body));
		expect(orders).toBe(0);
	});

	it("[GA225] is small: a row of more than 64 KiB is opened afterwards, since everybody's entries wait for the log's thread", async () => {
		const { store } = small.institution();
		for (const [bytes, isOrdered] of [
			[65_536, true],
			[65_537, false],
		] as const) {
			const grown = Object.create(store) as typeof store;
			grown.getDataKeys = (ids) => store.getDataKeys(ids);
			grown.getRecord = async (...of) => ({ ...(await store.getRecord(...of))!, ciphertext: new Uint8Array(bytes) });
			let ordered: boolean | undefined;
			const gate = gateWith(
				(append) => (draft, options) => {
					ordered = options.order !== undefined;
					return append(draft, options);
				},
				true,
				withMethodsOf(store, grown),
			);
			expect(await codeOf(gate.release(signed()))).toBe("VAULT_INTEGRITY");
			expect(ordered).toBe(isOrdered);
		}
	});

	const falsified: Readonly<Record<string, (append: Append) => Append>> = {
		"writes down a refusal": (append) => (draft, options) => append({ ...draft, decision: "deny" }, options),
		"writes down another patient": (append) => async (draft, options) =>
			append({ ...draft, pseudonym: (other as SmallPatient).pseudonym }, { ...options, subject: await subjectOf(other as SmallPatient) }),
		"writes down other classes": (append) => (draft, options) => append({ ...draft, compartments: ["laboratory"] }, options),
		"writes down none": (append) => (draft, options) => append({ ...draft, compartments: [] }, options),
	};
	it.each(Object.entries(falsified))("[GA225] a gate that %s with its order gets nothing opened, and no key afterwards", async (_what, patch) => {
		const { code, access, entries } = await readThrough(patch);
		expect([code, access.opened, entries]).toEqual(["VAULT_RECEIPT_REFUSED", undefined, 1]);
	});

	it("[GA225] a gate that puts another row into its order gets nothing opened", async () => {
		const { store } = small.institution();
		const [foreign] = await store.listRecords(await subjectOf(other as SmallPatient), ["conditions"]);
		const { access } = await readThrough(
			(append) => (draft, options) => append(draft, { ...options, order: { ...(options.order as OpeningOrder), row: foreign! } }),
		);
		expect(access.opened).toBeUndefined();
	});

	const malformed: Readonly<Record<string, (order: OpeningOrder) => unknown>> = {
		"no row": ({ box }) => ({ box }),
		"no box": ({ row }) => ({ row }),
		"a subject that is none": ({ box, row }) => ({ box, row: { ...row, subject: "x" } }),
		"a text for a ciphertext": ({ box, row }) => ({ box, row: { ...row, ciphertext: "x".repeat(40) } }),
		"more text than there is room for": ({ box, row }) => ({ box, row: { ...row, compartments: "ä€".repeat(40) } }),
		"another version than a number": ({ box, row }) => ({ box, row: { ...row, version: "1" } }),
	};
	it.each(Object.entries(malformed))("[GA225] an order with %s is refused with its entry and harms no other", async (_what, change) => {
		const patch =
			(append: Append): Append =>
			(draft, options) =>
				append(draft, { ...options, order: change(options.order as OpeningOrder) as OpeningOrder });
		const [bad, good] = await Promise.all([readThrough(patch), readThrough()]);
		expect([bad.code, good.code]).toEqual(["ACCESS_LOG_ENTRY_INVALID", "no error"]);
		expect((await readThrough()).code).toBe("no error");
	});

	it("[GA225] an order kept from before opens nothing once the patient's class, or the patient, was erased, whatever is written down", async () => {
		const { order: kept } = await readThrough();
		const draft = await new Promise<Parameters<Append>[0]>((resolve) => {
			void readThrough((append) => (each, options) => {
				resolve(each);
				return append(each, options);
			});
		});
		const subject = await subjectOf(patient as SmallPatient);
		const { log, keyring } = small.institution();
		expect((await log.append(draft, { subject, order: kept })).opened).toBeDefined();
		await keyring.destroy(subject, ["conditions"]);
		expect((await log.append(draft, { subject, order: kept })).opened).toBeUndefined();
		await keyring.destroy(subject, "all");
		expect((await log.append(draft, { subject, order: kept })).opened).toBeUndefined();
	});

	it("[GA225] an erasure that overtakes an order gives what an erased patient's reader gets", async () => {
		const subject = await subjectOf(patient as SmallPatient);
		const { release } = await readThrough((append) => async (draft, options) => {
			await small.institution().keyring.destroy(subject, "all");
			return append(draft, options);
		});
		expect(release?.classes).toEqual([{ class: "conditions", status: "not-available", levels: [] }]);
		expect(release?.resources).toEqual([]);
	});
});
