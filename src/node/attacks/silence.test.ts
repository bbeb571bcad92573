import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PatientReference } from "#gate";
import { createInstitutionApp } from "../app.ts";
import {
	byConsent,
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** Invariant 8: refused, absent and erased look the same to someone who may not know. */
let small: SmallNetwork;
let doctor: Staff;
let outsider: Staff;
let refused: SmallPatient;
let erased: SmallPatient;
let references: Readonly<Record<string, PatientReference>>;

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
	outsider = await small.hire("practitioner", { member: "south" });
	refused = await small.admit({ family: "Greve", given: "Tove", birthDate: "1950-01-01" });
	const silent = await small.admit({ family: "Holm", given: "Per", birthDate: "1951-01-01" });
	const desk = await small.importPerson({ family: "Iversen", given: "Nora", birthDate: "1952-01-01" });
	erased = await small.admit({ family: "Juhl", given: "Arne", birthDate: "1953-01-01" });
	// To somebody else: there are terms to be opened before the answer is no.
	const grants = await Promise.all([refused, erased].map((each) => small.grant(each, toPractitioners("south", ["conditions"]))));
	const { gate } = small.institution();
	await gate.erase(small.sign(erased.key, { kind: "erase", patient: byLocal(erased.localId), compartments: "all" }));
	references = {
		"refused, with consents": byLocal(refused.localId),
		"refused, without any": byLocal(silent.localId),
		"not enrolled": byLocal(desk.localId),
		absent: byLocal("00000000-no-such-person"),
		erased: byLocal(erased.localId),
		"refused, by pseudonym": byPseudonym(refused.pseudonym),
		"erased, by pseudonym": byPseudonym(erased.pseudonym),
		"absent, by pseudonym": byPseudonym(doctor.key.publicKey as never),
		"refused, by consent": byConsent(grants[0]!),
		"erased, by consent": byConsent(grants[1]!),
		"absent, by consent": byConsent("0123456789abcdef0123456789abcdef" as never),
	};
});
afterAll(() => small.close());

const bodies: Readonly<Record<string, (patient: PatientReference) => object>> = {
	"/api/records": (patient) => ({ kind: "read", patient, purpose: "TREAT", classes: ["conditions", "laboratory"], level: "identified" }),
	"/api/history": (patient) => ({ kind: "history", patient }),
	"/api/erasures": (patient) => ({ kind: "erase", patient, compartments: "all" }),
	"/api/insights/sign-off": (patient) => ({ kind: "sign-off", patient, insightHash: "ab".repeat(32), decision: "accept", reason: "" }),
};

/** Everything an outsider sees, without the two things that differ from one answer to the next: the entry's place and its hash. */
async function ask(url: string, body: object, who: Staff) {
	const app = createInstitutionApp(small.network, small.institution());
	const before = small.institution().log.size();
	const { statusCode, headers, body: text } = await app.inject({ method: "POST", url, payload: small.sign(who.key, body) });
	await app.close();
	const { date: _date, "content-length": _length, ...rest } = headers;
	const shown = text
		.replace(/"leafIndex":\d+/, '"leafIndex":0')
		.replace(/"entryHash":"[0-9a-f]+"/, '"entryHash":""')
		.replace(/"decidedAtHeight":\d+/, "");
	return { statusCode, headers: rest, shown, appended: small.institution().log.size() - before };
}

describe("silence leaks nothing", () => {
	it.each(Object.keys(bodies))("[GA6] %s answers alike for the refused, the absent and the erased, and writes as many entries", async (url) => {
		const answers = [];
		for (const reference of Object.values(references)) answers.push(await ask(url, bodies[url]!(reference), doctor));
		for (const [index, answer] of answers.entries()) expect(answer, Object.keys(references)[index]).toEqual(answers[0]);
	});

	it("[GA6] a second look is alike too: the place of the entry does not tell whose terms were opened at the first", async () => {
		const url = "/api/records";
		for (const [name, reference] of Object.entries(references)) {
			const { appended } = await ask(url, bodies[url]!(reference), outsider);
			expect(appended, name).toBe(1);
		}
	});

	it("[GA6] an erasure between two looks does not show in the third", async () => {
		const patient = await small.admit({ family: "Krag", given: "Bo", birthDate: "1954-01-01" });
		await small.grant(patient, toPractitioners("south", ["conditions"]));
		const url = "/api/records";
		const look = () => ask(url, bodies[url]!(byLocal(patient.localId)), doctor);
		await look();
		const before = await look();
		await small.institution().gate.erase(small.sign(patient.key, { kind: "erase", patient: byLocal(patient.localId), compartments: "all" }));
		expect(await look()).toEqual(before);
	});

	it("[GA6] an erasure that overtakes a permitted read gives the answer of an erased patient, and no error of its own", async () => {
		// The doctor would have seen VAULT_ERASED: that somebody was here, and just now left.
		const patient = await small.admit({ family: "Lund", given: "Siv", birthDate: "1955-01-01" });
		await small.grant(patient, toPractitioners(small.institution().id, ["conditions", "laboratory"]));
		const read = () => ask("/api/records", bodies["/api/records"]!(byLocal(patient.localId)), doctor);
		expect((await read()).shown).toContain('"released"');
		const { store, gate } = small.institution();
		const getDataKeys = store.getDataKeys.bind(store);
		store.getDataKeys = async (ids) => {
			store.getDataKeys = getDataKeys;
			await gate.erase(small.sign(patient.key, { kind: "erase", patient: byLocal(patient.localId), compartments: "all" }));
			return getDataKeys(ids);
		};
		const overtaken = await read();
		const { appended: _, ...seen } = overtaken;
		const { appended: __, ...afterwards } = await read();
		expect(seen).toEqual(afterwards);
	});

	it("[GA7] a look-up by someone of another house, and one that finds nobody or somebody erased, answer the same empty list", async () => {
		const lookup = ({ family, given, birthDate }: { family: string; given: string; birthDate: string }) => ({
			kind: "lookup",
			family,
			given,
			birthDate,
		});
		const nobody = { family: "Nobody", given: "At", birthDate: "1900-01-01" };
		const empty = await ask("/api/lookups", lookup(nobody), doctor);
		expect(empty.shown).toBe('{"patients":[]}');
		expect(await ask("/api/lookups", lookup(erased), doctor)).toEqual(empty);
		for (const person of [refused, nobody, erased]) expect(await ask("/api/lookups", lookup(person), outsider)).toEqual(empty);
		expect((await ask("/api/lookups", lookup(refused), doctor)).shown).toContain(refused.localId);
	});

	it("[GA8] one record by its name: a record that is there and one that is not answer alike to who may not read it", async () => {
		const { resources } = await small.read(refused.key, byLocal(refused.localId), { purpose: "PATRQT", classes: ["laboratory"] });
		const { id } = resources[0]!.resource as { id?: string };
		const body = (record: string) => ({ ...bodies["/api/records"]!(byLocal(refused.localId)), record });
		expect(await ask("/api/records", body(`Observation/${id}`), doctor)).toEqual(await ask("/api/records", body("Observation/not-there"), doctor));
	});
});
