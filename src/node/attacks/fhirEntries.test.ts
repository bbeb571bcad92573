import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Digest, type SigningKey, sha256Hex } from "#base";
import type { DataClass } from "#contracts";
import { prepareRecord } from "#fhir";
import type { Delivery, FhirAccess, Gate, PatientReference, SubscriptionNotice } from "#gate";
import { type ListenedGate, openListenedGate } from "../testing/listenedGate.ts";
import { byLocal, openSmallNetwork, refusalOf, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** What the log is told of each thing asked over FHIR, member by member, and what is answered, whole. */
let small: SmallNetwork;
let heard: ListenedGate;
let gate: Gate;
let ada: SmallPatient;
let doctor: Staff;
let outsider: Staff;
let officer: Staff;
let absent: PatientReference;
const classes: readonly DataClass[] = ["laboratory", "conditions", "vitals"];

beforeAll(async () => {
	small = await openSmallNetwork();
	[doctor, officer] = [await small.hire("practitioner"), await small.hire("compliance-officer")];
	outsider = await small.hire("practitioner", { member: "south" });
	heard = await openListenedGate(small);
	gate = heard.gate;
	const staff = { doctor: doctor.key, outsider: outsider.key, officer: officer.key };
	for (const [role, { publicKey }] of Object.entries(staff)) heard.names.set(publicKey, role);
});
/** A patient for each test; the first look, which opens the terms, is over. */
beforeEach(async () => {
	ada = await small.admit({ family: `Fhir-${randomUUID()}`, given: "Ada", birthDate: "1950-05-05", moreVitals: 1 });
	for (const [value, known] of heard.names) if (known === "ada") heard.names.set(value, "another");
	heard.names.set(ada.pseudonym, "ada");
	heard.names.set(await small.grant(ada, toPractitioners("north", ["conditions", "laboratory"])), "consent");
	await (await open(doctor.key)).release({ patient: about(), classes });
	absent = byLocal(randomUUID());
	heard.told.splice(0);
});
afterAll(() => small.close());

const about = () => byLocal(ada.localId);
const lines = () => heard.lines();
/** Without those of who else is in the house: other tests' patients, whose terms may be looked at too. */
const linesOfAda = () => lines().filter((each) => / of (?:ada|nobody): /.test(each) && !each.includes("open-terms"));

const notAvailable = { code: "GATE_NOT_AVAILABLE", kind: "refused", details: {} };
const invalid = (at: string) => ({ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at } });

const place = { method: "GET", url: "/fhir/Any", content: sha256Hex() as Digest };
function open(key: SigningKey, more: object = {}, where: object = {}): Promise<FhirAccess> {
	const request = small.sign(key, { kind: "fhir", ...place, purpose: "TREAT", level: "identified", ...more }, where);
	return gate.openFhir({ scheme: "signed", request }, place);
}
const asthma = "195967001";
function condition(id: string, code = asthma, more: object = {}) {
	const coded = { coding: [{ system: "http://snomed.info/sct", code }] };
	const source = JSON.stringify({ resourceType: "Condition", code: coded, subject: { reference: `Patient/${ada.localId}` }, ...more });
	return prepareRecord({ resource: JSON.parse(source), source, id });
}
const write = (access: FhirAccess, id: string, seen: number, prepared: ReturnType<typeof condition> | undefined, patient = about()) =>
	access.write(patient, [{ record: `Condition/${id}`, seen, prepared }]);
const readOf = (how: string) => `doctor (person via north) read of ada: ${how}`;
const permitted = "permit PERMITTED_BY_CONSENT+CLASS_NOT_GRANTED [consent]";

describe("over FHIR", () => {
	it("[GA2] what was signed is what is asked: method, address and content, each by its place", async () => {
		const request = () => small.sign(doctor.key, { kind: "fhir", ...place, purpose: "TREAT", level: "identified" });
		for (const more of [{ method: "POST" }, { url: "/fhir/Other" }, { content: "0".repeat(64) as Digest }]) {
			const opened = gate.openFhir({ scheme: "signed", request: request() }, { ...place, ...more });
			expect(await refusalOf(opened)).toEqual(invalid(`body.${Object.keys(more)[0]}`));
		}
		const access = await open(doctor.key, { patient: about() }, {});
		expect({ requester: access.requester, via: access.via, patient: access.patient }).toEqual({
			...{ requester: doctor.key.publicKey, via: "north", patient: about() },
		});
		expect(lines()).toEqual([]);
	});

	it("[GA2] a read of all that is granted, of one record and of its versions; each record as it was filed", async () => {
		const access = await open(doctor.key);
		const all = await access.release({ patient: about(), classes });
		expect(lines()).toEqual([readOf(`conditions+laboratory x2 for TREAT at identified, ${permitted}`)]);
		const { records, access: at, expiresAtMs, ...rest } = all;
		expect(rest).toEqual({
			classes: [
				{ class: "laboratory", status: "released", levels: ["identified"], restricted: false },
				{ class: "conditions", status: "released", levels: ["identified"], restricted: false },
				{ class: "vitals", status: "not-available", levels: [] },
			],
			...{ notice: "This record may be incomplete by the patient's choice.", obligations: [] },
			decidedAtHeight: small.network.ledger.head().height,
		});
		expect(expiresAtMs).toBeGreaterThan(small.network.now());
		expect(at).toEqual({ log: small.institution().log.log, leafIndex: small.institution().log.size() - 1, entryHash: expect.any(String) });
		expect(
			records
				.map(({ resource: { resourceType }, values, version, level, deleted, filed }) => [resourceType, values.size, version, level, deleted, filed])
				.sort(),
		).toEqual(
			["Condition", "Observation"].map((type) => [
				type,
				0,
				1,
				"identified",
				false,
				{ how: "import", by: "north", via: "north", atMs: expect.any(Number) },
			]),
		);
		const one = records.find(({ resource }) => resource.resourceType === "Condition");
		const record = `Condition/${one?.resource.id}`;
		const { id: _, resourceType: __, ...content } = one?.resource ?? {};
		expect(JSON.parse(one?.text ?? "")).toEqual({
			...{ resourceType: "Condition", id: one?.resource.id, ...content },
			meta: { versionId: "1", lastUpdated: new Date(one?.lastUpdatedMs ?? 0).toISOString() },
		});
		heard.told.splice(0);
		for (const asked of [access.release({ patient: about(), classes, record }), access.versions({ patient: about(), classes, record })]) {
			const { records: found } = await asked;
			expect(found).toHaveLength(1);
			expect(found[0]).toMatchObject({ version: 1, deleted: false, level: "identified", text: one?.text, lastUpdatedMs: one?.lastUpdatedMs });
		}
		const none = await access.release({ patient: about(), classes, record: "Condition/none" });
		expect(none.records).toEqual([]);
		const of = (count: number) => readOf(`conditions+laboratory x${count} for TREAT at identified, ${permitted}`);
		expect(lines()).toEqual([of(1), of(1), of(0)]);
		const made = await access.release({ patient: about(), classes, record, withProvenance: true });
		expect(made.records.map(({ resource: { resourceType } }) => resourceType)).toEqual(["Condition", "Provenance"]);
	});

	it("[GA2] [GA55] pseudonymised, ids and dates are the reader's own, and no time is told", async () => {
		heard.names.set(await small.grant(ada, toPractitioners("north", ["vitals"], { level: "pseudonymised" })), "narrow");
		const access = await open(doctor.key, { level: "pseudonymised" });
		const { records, classes: told3 } = await access.release({ patient: about(), classes: ["vitals"] });
		expect(told3).toEqual([{ class: "vitals", status: "released", levels: ["pseudonymised"], restricted: false }]);
		expect(records).toHaveLength(2);
		for (const { resource, text, lastUpdatedMs, level, deleted, filed, version } of records) {
			expect({ lastUpdatedMs, level, deleted, filed, version }).toEqual({
				lastUpdatedMs: undefined,
				level: "pseudonymised",
				deleted: false,
				filed: undefined,
				version: 1,
			});
			expect(resource.id).toMatch(/^[0-9a-f]{32}$/);
			expect(JSON.parse(text)).toEqual(resource);
			expect(resource["meta"]).toEqual({ versionId: "1" });
			expect(text).not.toMatch(/2024-05-06|Heart rate/);
		}
		// Whoever names no study is no study's: what two of them hold cannot be joined.
		const colleague = await open((await small.hire("practitioner")).key, { level: "pseudonymised" });
		const theirs = (await colleague.release({ patient: about(), classes: ["vitals"] })).records.map(({ resource }) => resource.id);
		expect(theirs).toHaveLength(2);
		for (const { resource } of records) expect(theirs).not.toContain(resource.id);
		// By such an id one record is found among all that is released.
		const again = await access.release({ patient: about(), classes: ["vitals"], record: `Observation/${records[0]?.resource.id}` });
		expect(again.records.map(({ resource }) => resource.id)).toEqual(records.map(({ resource }) => resource.id));
		const versions = await access.versions({ patient: about(), classes: ["vitals"], record: `Observation/${records[0]?.resource.id}` });
		expect(versions.records).toEqual([]);
	});

	it("[GA55] [MI25] pseudonymised, what would mislead by what is left of it stays away, in a search and in a read, and the rest goes", async () => {
		const category = [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] }];
		const code = { coding: [{ system: "http://loinc.org", code: "8867-4" }] };
		const wrong = { resourceType: "Observation", id: randomUUID(), status: "entered-in-error", category, code };
		const patient = await small.admit({ family: "Wrong", given: "Ada", birthDate: "1950-05-05", more: (subject) => [{ ...wrong, subject }] });
		await small.grant(patient, toPractitioners("north", ["vitals"], { level: "pseudonymised" }));
		// Like everybody else here, so that a question about all is answered as it is without them.
		await small.grant(patient, toPractitioners("north", ["conditions", "laboratory"]));
		const asked = { patient: byLocal(patient.localId), classes: ["vitals"] as const };
		const { records } = await (await open(doctor.key, { level: "pseudonymised" })).release(asked);
		expect(records.map(({ resource }) => resource["status"])).toEqual(["final"]);
		const body = { kind: "read", ...asked, purpose: "TREAT", level: "pseudonymised" };
		const { resources } = await gate.release(small.sign(doctor.key, body));
		expect(resources.map(({ class: dataClass, level, resource }) => [dataClass, level, resource["status"]])).toEqual([
			["vitals", "pseudonymised", "final"],
		]);
		const own = await (await open(patient.key, { purpose: "PATRQT" })).release(asked);
		expect(own.records.map(({ resource }) => resource["status"]).sort()).toEqual(["entered-in-error", "final"]);
	});

	it("[GA2] [FR51] a write: created, replaced, deleted, each by its entry; what was not seen is not replaced, what changed meanwhile not either", async () => {
		const id = randomUUID();
		const access = await open(doctor.key);
		heard.told.splice(0);
		const [created] = await write(access, id, 0, condition(id));
		const wrote = linesOfAda();
		expect(wrote).toEqual([
			expect.stringMatching(/^doctor \(person via north\) write of ada: conditions x1 for TREAT at identified, permit PERMITTED_BY_CONSENT \[/),
		]);
		expect(created).toMatchObject({ record: `Condition/${id}`, version: 1 });
		expect(JSON.parse(created?.text ?? "")).toEqual({
			...JSON.parse(condition(id).resourceText),
			meta: { versionId: "1", lastUpdated: new Date(created?.lastUpdatedMs ?? 0).toISOString() },
		});
		// The same name again, as if it were new, and one that was never shown.
		expect(await refusalOf(write(access, id, 0, condition(id)))).toEqual({
			code: "GATE_VERSION_CONFLICT",
			kind: "again",
			details: { record: "Condition" },
		});
		expect(await refusalOf(write(access, id, 1, condition(id)))).toEqual(notAvailable);
		await access.release({ patient: about(), classes, record: `Condition/${id}` });
		expect(await refusalOf(write(access, id, 2, condition(id)))).toEqual(notAvailable);
		expect(await refusalOf(write(access, id, 1, condition(id), absent))).toEqual(notAvailable);
		const [replaced] = await write(access, id, 1, condition(id, "38341003"));
		expect(replaced).toMatchObject({ record: `Condition/${id}`, version: 2 });
		const { records } = await access.versions({ patient: about(), classes, record: `Condition/${id}` });
		expect(records.map(({ version, filed }) => [version, filed?.how, filed?.by, filed?.via])).toEqual([
			[2, "update", doctor.key.publicKey, "north"],
			[1, "create", doctor.key.publicKey, "north"],
		]);
		expect(records[0]?.text).toBe(replaced?.text);
		const [deleted] = await write(access, id, 2, undefined);
		expect(deleted).toMatchObject({ record: `Condition/${id}`, version: 3, text: "" });
		const after = await access.versions({ patient: about(), classes, record: `Condition/${id}` });
		expect(after.records.map(({ version, deleted: isGone, text, resource }) => [version, isGone, text === "", resource.id])).toEqual([
			[3, true, true, id],
			[2, false, false, id],
			[1, false, false, id],
		]);
		expect(after.records[0]).toEqual({
			...{ resource: { resourceType: "Condition", id }, values: new Map(), text: "", version: 3 },
			...{ lastUpdatedMs: deleted?.lastUpdatedMs, level: "identified", deleted: true },
		});
		const all = await access.release({ patient: about(), classes });
		expect(all.records.some(({ resource }) => resource.id === id)).toBe(false);
	});

	it("[GA2] a write that is not permitted, about somebody else, or of none or too many, is refused and leaves nothing", async () => {
		const id = randomUUID();
		const stranger = await open(outsider.key);
		expect(await refusalOf(write(stranger, id, 0, condition(id)))).toEqual(notAvailable);
		expect(linesOfAda()).toEqual([
			expect.stringMatching(/^outsider \(person via north\) write of ada: conditions x1 for TREAT at identified, deny GRANTEE_DIFFERS.* \[\]$/),
		]);
		const access = await open(doctor.key);
		expect(await refusalOf(access.write(about(), []))).toEqual(invalid("content"));
		const many = Array.from({ length: 501 }, () => ({ record: `Condition/${id}`, seen: 0, prepared: condition(id) }));
		expect(await refusalOf(access.write(about(), many))).toEqual(invalid("content"));
		expect(lines()).toEqual([]);
		const other = condition(id, asthma, { subject: { reference: "Patient/somebody-else" } });
		expect(await refusalOf(write(access, id, 0, other))).toMatchObject({ code: "FHIR_PATIENT_UNCLEAR", details: { path: "Condition" } });
		const nobodys = condition(id, asthma, { subject: { display: "Ada" } });
		expect(await refusalOf(write(access, id, 0, nobodys))).toMatchObject({ code: "FHIR_PATIENT_UNCLEAR" });
		const pointing = condition(id, asthma, { identifier: [{ value: "aceso-blob:1" }] });
		expect(await refusalOf(write(access, id, 0, pointing))).toEqual(invalid("content"));
		const dangling = condition(id, asthma, { evidence: [{ detail: [{ reference: "Condition/none" }] }] });
		expect(await refusalOf(write(access, id, 0, dangling))).toMatchObject({ code: "FHIR_REFERENCE_UNRESOLVED" });
		expect((await access.versions({ patient: about(), classes, record: `Condition/${id}` })).records).toEqual([]);
	});

	it("[GA75] [GA200] what is labelled anew since another record was replaced is a new version, and still says who filed it, how and when", async () => {
		await small.grant(ada, toPractitioners("north", ["conditions", "medications"], { labels: ["hiv"] }));
		const access = await open(doctor.key);
		const [cause, medicine] = [randomUUID(), randomUUID()];
		await write(access, cause, 0, condition(cause));
		const source = JSON.stringify({
			...{ resourceType: "MedicationRequest", status: "active", intent: "order", subject: { reference: `Patient/${ada.localId}` } },
			medicationCodeableConcept: { coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "435" }] },
			reasonReference: [{ reference: `Condition/${cause}` }],
		});
		const record = `MedicationRequest/${medicine}`;
		const prepared = prepareRecord({ resource: JSON.parse(source), source, id: medicine });
		await access.release({ patient: about(), classes, record: `Condition/${cause}` });
		await access.write(about(), [{ record, seen: 0, prepared }]);
		const own = await open(ada.key, { purpose: "PATRQT" });
		const newest = async () => (await own.versions({ patient: about(), classes: ["medications"], record })).records;
		const [first] = await newest();
		expect([first?.version, first?.filed?.how, first?.filed?.by]).toEqual([1, "create", doctor.key.publicKey]);
		// Who may see medicines, and nothing of what the label stands for.
		const nurse = await small.hire("researcher");
		await small.grant(ada, { ...toPractitioners("north", ["medications"]), grantees: [{ kind: "actor", key: nurse.key.publicKey }] });
		const ofNurse = async () =>
			(await (await open(nurse.key)).release({ patient: about(), classes: ["medications"], record })).records.map(({ version }) => version);
		expect(await ofNurse()).toEqual([1]);
		heard.told.splice(0);
		// Together with one that spreads nothing.
		const beside = randomUUID();
		await access.write(about(), [
			{ record: `Condition/${cause}`, seen: 1, prepared: condition(cause, "86406008") },
			{ record: `Condition/${beside}`, seen: 0, prepared: condition(beside) },
		]);
		expect(lines().filter((each) => each.includes(" relabel "))).toEqual([
			"north's (system via north) relabel of ada: allergies+conditions+demographics+laboratory+medications+vitals x10 for SYSTEM at identified, permit SYSTEM_TASK []",
		]);
		const versions = await newest();
		expect(versions.map(({ version }) => version)).toEqual([2, 1]);
		expect(versions[0]?.filed).toEqual(first?.filed);
		expect(await ofNurse()).toEqual([]);
	});

	it("[GA2] the accesses of a patient, to the patient and an officer; to all others as of nobody", async () => {
		const own = await (await open(ada.key)).accesses(about());
		expect(lines()).toEqual(["ada (patient via north) read of ada: - x0 for PATRQT at identified, permit PERMITTED_TO_PATIENT []"]);
		expect(own.at(-1)).toMatchObject({ requester: ada.pseudonym, action: "read" });
		const seen = await (await open(officer.key, { purpose: "HOPERAT" })).accesses(about());
		expect(lines()).toEqual(["officer (person via north) read of ada: - x0 for HOPERAT at identified, permit CUSTODIAN_RECORD []"]);
		expect(seen).toHaveLength(own.length + 1);
		for (const [key, who, patient, of] of [
			[doctor.key, "doctor", about(), "ada"],
			[officer.key, "officer", absent, "nobody"],
			[ada.key, "ada", absent, "nobody"],
		] as const) {
			expect(await refusalOf((await open(key)).accesses(patient))).toEqual(notAvailable);
			expect(lines()).toEqual([`${who} (person via north) read of ${of}: - x0 for TREAT at identified, deny GRANTEE_DIFFERS []`]);
		}
		expect(await refusalOf((await open(officer.key, {}, { via: "south" })).accesses(about()))).toEqual(notAvailable);
		const unenrolled = await small.importPerson({ family: "Un", given: "U", birthDate: "1960-01-01" });
		expect(await refusalOf((await open(officer.key)).accesses(byLocal(unenrolled.localId)))).toEqual(notAvailable);
	});

	it("[GA2] [GA182] of everybody: the question stands under nobody, and each who permits it has an entry", async () => {
		const access = await open(doctor.key);
		const seen: string[] = [];
		const answer = await access.releaseEach(
			classes,
			(records) => void seen.push(...records.map(({ resource }) => `${resource.resourceType}/${resource.id}`)),
		);
		expect(linesOfAda()).toEqual([
			"doctor (person via north) read of nobody: - x0 for TREAT at identified, permit PERMITTED_BY_CONSENT []",
			readOf(`conditions+laboratory x2 for TREAT at identified, ${permitted}`),
		]);
		expect(answer).toEqual({
			classes: [
				{ class: "laboratory", status: "released", levels: [] },
				{ class: "conditions", status: "released", levels: [] },
				{ class: "vitals", status: "not-available", levels: [] },
			],
			notice: "This record may be incomplete by the patient's choice.",
		});
		const own = (await access.release({ patient: about(), classes })).records.map(({ resource }) => `${resource.resourceType}/${resource.id}`);
		expect(seen).toEqual(expect.arrayContaining(own));
		heard.told.splice(0);
		const none = await (await open(outsider.key)).releaseEach(classes, () => expect.unreachable());
		expect(none.classes.map(({ status }) => status)).toEqual(["not-available", "not-available", "not-available"]);
		expect(linesOfAda()).toEqual(["outsider (person via north) read of nobody: - x0 for TREAT at identified, deny CLASS_NOT_GRANTED []"]);
	});

	it("[GA2] [GA183] neither a search nor an export of everybody is about an emergency, a legal use or a relationship", async () => {
		const opening = { pseudonym: ada.pseudonym, salt: "00".repeat(32), patientSignature: "00".repeat(64) };
		for (const [member, value] of [
			["emergencyReason", "found unconscious in the street"],
			["lawfulUse", "ab".repeat(16)],
			["relationship", { credentialId: "ab".repeat(16), opening }],
		] as const) {
			const access = await open(doctor.key, { [member]: value });
			for (const asked of [() => access.releaseEach(classes, () => expect.unreachable()), () => access.startExport(classes, "")]) {
				expect(await refusalOf(asked())).toEqual(invalid(`body.${member}`));
				expect(lines()).toEqual(["doctor (person via north) read of nobody: - x0 for TREAT at identified, deny CLASS_NOT_GRANTED []"]);
			}
		}
	});

	it("[GA2] [FR88] an export: begun, shown, fetched and ended by who began it, for what it was begun for", async () => {
		const access = await open(doctor.key);
		const job = await access.startExport(classes, "what was asked");
		expect(linesOfAda()).toEqual(["doctor (person via north) read of nobody: - x0 for TREAT at identified, permit PERMITTED_BY_CONSENT []"]);
		const { id, startedAtMs, expiresAtMs, request } = job;
		expect([request, expiresAtMs - startedAtMs]).toEqual(["what was asked", 3_600_000]);
		expect(id).toMatch(/^[0-9a-f]{32}$/);
		expect(await access.showExport(id)).toBe(job);
		expect(linesOfAda()).toEqual(["doctor (person via north) read of nobody: - x0 for TREAT at identified, permit SYSTEM_TASK []"]);
		const found: string[] = [];
		for await (const piece of access.exportRecords(id, ["conditions"]))
			found.push(...piece.map(({ resource }) => `${resource.resourceType}/${resource.id}`));
		const own = (await access.release({ patient: about(), classes: ["conditions"] })).records.map(
			({ resource }) => `${resource.resourceType}/${resource.id}`,
		);
		expect(found).toEqual(expect.arrayContaining(own));
		expect(found.filter((each) => own.includes(each))).toEqual(own);
		// Of classes in which nothing may be seen there is no piece at all, rather than an empty one for each patient.
		for await (const piece of access.exportRecords(id, ["genomics"])) expect.unreachable(`a piece of ${piece.length}`);
		// Another person, another purpose, another name.
		const others = [await open(outsider.key), await open(doctor.key, { purpose: "HRESCH" }), await open(doctor.key, { level: "pseudonymised" })];
		others.push(await open(doctor.key, { study: "s" }), await open(doctor.key, { diseases: ["d"] }), await open(doctor.key, {}, { via: "south" }));
		for (const other of others) {
			for (const asked of [() => other.showExport(id), () => other.endExport(id), () => other.exportRecords(id, classes).next()])
				expect(await refusalOf(asked())).toEqual(notAvailable);
		}
		expect(await refusalOf(access.showExport("none"))).toEqual(notAvailable);
		await access.endExport(id);
		expect(await refusalOf(access.showExport(id))).toEqual(notAvailable);
		heard.told.splice(0);
		const empty = await (await open(outsider.key)).startExport(classes, "");
		expect(linesOfAda()).toEqual(["outsider (person via north) read of nobody: - x0 for TREAT at identified, deny CLASS_NOT_GRANTED []"]);
		// Of nobody, it is shown all the same: that nobody is in it is not told by a refusal.
		expect(await (await open(outsider.key)).showExport(empty.id)).toBe(empty);
	});
});

describe("subscriptions", () => {
	const wish = (more: object = {}) => ({
		...{ type: "Condition", pairs: [], classes: ["conditions"] as readonly DataClass[], channel: "to-doctor", resource: '{"as":"written"}' },
		...{ endsAtMs: small.network.now() + 3_600_000, isOn: true, ...more },
	});
	/** Whom it would tell, and what it answers. */
	function hook(answers: readonly Delivery[]) {
		const got: SubscriptionNotice[] = [];
		const left = [...answers];
		const deliver = Object.assign(
			async (notice: SubscriptionNotice) => {
				got.push(notice);
				return left.shift() ?? "delivered";
			},
			{ laneOf: (channel: string) => channel },
		);
		return { got, notify: async () => (await gate.notifySubscribers(deliver)).ended };
	}
	const stateOf = (id: string) => {
		const { status, reason, attempts, events, nextAtMs } = gate.memory.subscriptions().find((each) => each.id === id) ?? {};
		return { status, reason, attempts, events, waitMs: nextAtMs === 0 ? 0 : "later" };
	};
	const end = async (access: FhirAccess, id: string) => access.endSubscription(id);

	it("[GA2] [GA180] begun, shown, listed, changed and ended by who began it, each look by an entry", async () => {
		const access = await open(doctor.key);
		const { endsAtMs, ...shown } = wish();
		const begun = await access.subscribe(about(), { ...shown, endsAtMs });
		expect(linesOfAda()).toEqual([readOf("conditions x0 for TREAT at identified, permit PERMITTED_BY_CONSENT [consent]")]);
		const { id } = begun;
		expect(begun).toEqual({ id, version: 1, status: "requested", reason: "", endsAtMs, events: 0, resource: '{"as":"written"}' });
		const look = "doctor (person via north) read of nobody: - x0 for TREAT at identified, permit SYSTEM_TASK []";
		expect(await access.showSubscription(id)).toEqual(begun);
		expect((await access.listSubscriptions()).filter((each) => each.id === id)).toEqual([begun]);
		expect(linesOfAda()).toEqual([look, look]);
		const changed = await access.changeSubscription(id, about(), wish({ isOn: false, resource: "{}", endsAtMs: endsAtMs + 1 }));
		expect(changed).toEqual({ id, version: 2, status: "off", reason: "asked", endsAtMs: endsAtMs + 1, events: 0, resource: "{}" });
		const longest = small.network.now() + 90 * 86_400_000;
		const { endsAtMs: bounded } = await access.changeSubscription(id, about(), wish({ endsAtMs: longest + 60_000 }));
		expect(Math.abs(bounded - longest)).toBeLessThan(30_000);
		const other = await open(outsider.key);
		heard.told.splice(0);
		for (const asked of [
			() => other.showSubscription(id),
			() => other.endSubscription(id),
			() => other.changeSubscription(id, about(), wish()),
			() => other.showSubscription("none"),
		])
			expect(await refusalOf(asked())).toEqual(notAvailable);
		expect((await other.listSubscriptions()).map((each) => each.id)).toEqual([]);
		expect(await refusalOf(access.changeSubscription(id, absent, wish()))).toEqual(notAvailable);
		expect(await refusalOf(other.subscribe(about(), wish()))).toEqual(notAvailable);
		for (const more of [{ emergencyReason: "found unconscious in the street" }, { lawfulUse: "ab".repeat(16) }])
			expect(await refusalOf((await open(doctor.key, more)).subscribe(about(), wish()))).toEqual(invalid("body"));
		heard.told.splice(0);
		await end(access, id);
		expect(linesOfAda()).toEqual([look]);
		expect(await refusalOf(access.showSubscription(id))).toEqual(notAvailable);
	});

	it("[FR75] [FR76] a handshake, then what changed and nothing else; each notice says what it is, and how many were before", async () => {
		const access = await open(doctor.key);
		const { id } = await access.subscribe(about(), wish());
		const { got, notify } = hook([]);
		await notify();
		expect(got.map(({ isPermitted: _, ...notice }) => notice)).toEqual([{ id, channel: "to-doctor", kind: "handshake", events: 0, records: [] }]);
		expect(await got[0]?.isPermitted()).toBe(true);
		expect(stateOf(id)).toEqual({ status: "active", reason: "", attempts: 0, events: 0, waitMs: 0 });
		await notify();
		expect(got).toHaveLength(1);
		const [first, second] = [randomUUID(), randomUUID()];
		await write(access, first, 0, condition(first));
		await notify();
		await write(access, second, 0, condition(second));
		await notify();
		expect(got.slice(1).map(({ kind, events, records, channel }) => [kind, events, records.map(({ resource }) => resource.id), channel])).toEqual([
			["event", 0, [first], "to-doctor"],
			["event", 1, [second], "to-doctor"],
		]);
		expect(stateOf(id)).toEqual({ status: "active", reason: "", attempts: 0, events: 2, waitMs: 0 });
		await end(access, id);
	});

	it("[FR75] [FR76] what is not delivered is tried again after a wait that doubles; who may no more, or must not, ends it", async () => {
		const access = await open(doctor.key);
		const { id } = await access.subscribe(about(), wish());
		const { got, notify } = hook(["unreachable", "refused", "delivered", "unreachable", "not-permitted", "not-allowed"]);
		/** Looks, and says by how much the next look is put off: to the millisecond, whatever the look took. */
		const notifyAndWait = async (waitMs: number) => {
			const from = small.network.now();
			await notify();
			const nextAtMs = gate.memory.subscriptions().find((each) => each.id === id)?.nextAtMs ?? 0;
			expect([nextAtMs >= from + waitMs, nextAtMs <= small.network.now() + waitMs]).toEqual([true, true]);
		};
		await notifyAndWait(5_000);
		expect(stateOf(id)).toEqual({ status: "requested", reason: "unreachable", attempts: 1, events: 0, waitMs: "later" });
		await notify();
		expect(got).toHaveLength(1);
		small.advance(5_000);
		await notifyAndWait(10_000);
		expect(stateOf(id)).toEqual({ status: "requested", reason: "refused", attempts: 2, events: 0, waitMs: "later" });
		small.advance(10_000);
		await notify();
		expect(stateOf(id)).toEqual({ status: "active", reason: "", attempts: 0, events: 0, waitMs: 0 });
		const record = randomUUID();
		await write(access, record, 0, condition(record));
		await notify();
		expect(stateOf(id)).toEqual({ status: "error", reason: "unreachable", attempts: 1, events: 0, waitMs: "later" });
		small.advance(5_000);
		await notify();
		// Whoever delivers found that it is not permitted: the next look sees whether that is so.
		expect(stateOf(id)).toMatchObject({ status: "error", attempts: 1, events: 0 });
		await notify();
		expect(stateOf(id)).toMatchObject({ status: "off", reason: "not-allowed", attempts: 2, events: 0 });
		expect(got.map(({ kind }) => kind)).toEqual(["handshake", "handshake", "handshake", "event", "event", "event"]);
		await notify();
		expect(got).toHaveLength(6);
		await end(access, id);
	});

	it("[FR74] [FR76] a revoked consent ends it with the next block, its own end does at its time, and a month later it is gone", async () => {
		const access = await open(doctor.key);
		const own = await small.grant(ada, toPractitioners("north", ["vitals"]));
		const { id } = await access.subscribe(about(), wish({ type: "Observation", classes: ["vitals"] }));
		const short = await access.subscribe(about(), wish({ endsAtMs: small.network.now() + 600_000 }));
		const { got, notify } = hook([]);
		await notify();
		expect(got).toHaveLength(2);
		await small.revoke(ada, own);
		await notify();
		expect(stateOf(id)).toMatchObject({ status: "off", reason: "not-permitted" });
		small.advance(600_000);
		await notify();
		expect(stateOf(short.id)).toMatchObject({ status: "off", reason: "expired" });
		expect(got).toHaveLength(2);
		small.advance(30 * 86_400_000 + 3_600_000);
		await notify();
		expect([stateOf(id).status, stateOf(short.id).status]).toEqual([undefined, undefined]);
	});
});
