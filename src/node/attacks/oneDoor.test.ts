import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, sha256Hex } from "#base";
import { prepareRecord } from "#fhir";
import type { FhirAccess } from "#gate";
import { preventModelId } from "#insight";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { createNodeApp } from "../nodeApp.ts";
import { clinicalWords } from "../testing/smallBundle.ts";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** Invariants 1 and 2: whatever is asked at the door, and whoever asks, leaves at least one entry before anything is answered. */
let small: SmallNetwork;
let patient: SmallPatient;
let doctor: Staff;
let stranger: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Dahl", given: "Kirsten", birthDate: "1955-11-30" });
	doctor = await small.hire("practitioner");
	stranger = await small.hire("practitioner", { member: "south" });
	await small.grant(patient, toPractitioners("north", ["conditions", "laboratory"]));
	await small.publishModel();
});
afterAll(() => small.close());

const entries = () => small.institution().log.size();
const someone = () => byLocal(patient.localId);
const lookup = () => ({ kind: "lookup", family: patient.family, given: patient.given, birthDate: patient.birthDate });
const lawfulUse = () => ({
	basis: "statutory-duty",
	citation: "IfSG § 6",
	recipient: { member: "south" },
	purpose: "PUBHLTH",
	classes: ["conditions"],
	labels: [],
	level: "identified",
	startMs: small.network.now(),
	endMs: small.network.now() + 1_000,
});
const code = { system: "http://snomed.info/sct", code: "195967001" };

/** Every method of the gate that takes a request from outside, and a body for it. */
const methods: Readonly<Record<string, () => object>> = {
	release: () => ({ kind: "read", patient: someone(), purpose: "TREAT", classes: ["conditions"], level: "identified" }),
	releaseObject: () => ({ kind: "object", patient: someone(), purpose: "TREAT", classes: ["conditions"], level: "identified", record: "Media/none" }),
	computeOnGenome: () => ({ kind: "pgx", patient: someone(), purpose: "TREAT", classes: ["genomics"], level: "identified" }),
	computeInsight: () => ({ kind: "read", patient: someone(), purpose: "TREAT", classes: ["conditions"], level: "compute", model: "m" }),
	releaseCohort: () => ({ kind: "cohort", purpose: "HRESCH", study: "s", classes: ["conditions"], level: "deidentified" }),
	countPatients: () => ({ kind: "count", purpose: "HRESCH", class: "conditions", code, epsilonMilli: 100 }),
	showHistory: () => ({ kind: "history", patient: someone() }),
	depositTerms: () => ({ kind: "deposit-terms", opened: small.draftGrant(patient, toPractitioners("north", ["vitals"])).opened }),
	recordLawfulUse: () => ({ kind: "record-lawful-use", patient: someone(), use: lawfulUse() }),
	listTerms: () => ({ kind: "list-terms", patient: someone() }),
	listHolds: () => ({ kind: "list-holds", patient: someone() }),
	listLawfulUses: () => ({ kind: "lawful-uses", patient: someone() }),
	checkSafety: () => ({ kind: "safety-check", patient: someone(), model: preventModelId, order: code }),
	exportConsent: () => ({ kind: "export-consent", patient: someone(), consentId: "ab".repeat(16) }),
	erase: () => ({ kind: "erase", patient: byLocal("nobody-of-this-id"), compartments: "all" }),
	lookUpPatient: lookup,
	watchAccesses: () => ({ kind: "watch-accesses", after: 0, waitMs: 0 }),
	oversee: () => ({ kind: "oversee", what: "reviews" }),
	openReview: () => ({ kind: "open-review", review: 1 }),
	accountDisclosures: () => ({ kind: "account-disclosures", patient: someone(), fromMs: 0, toMs: small.network.now() }),
	reviewEmergency: () => ({ kind: "review", review: 1, outcome: "justified", note: "looked at it" }),
	signOffInsight: () => ({ kind: "sign-off", patient: someone(), insightHash: "0".repeat(64), decision: "accept", reason: "" }),
};
/** The custodian's own acts, and what is no way to a record. `importRecords`, `importObject` and `completeEnrolment` log, which other tests hold them to. */
const notFromOutside = [
	"start",
	"importRecords",
	"importObject",
	"enrolledAs",
	"countersignEnrolment",
	"completeEnrolment",
	"relabel",
	"isRelabelling",
	"stop",
	"anchor",
	"notifySubscribers",
	"endStreams",
	"memory",
];

/** Begins and ends a session, and asks for nothing (GA80): what is asked in one goes through the methods above. */
const ofSessions = ["openSession", "closeSession"];

/** Judges who asks over FHIR and opens nothing; each method of what it gives decides and logs for itself (below). */
const ofFhir = ["openFhir"];

/** Judges who lets an application in, launches one, invites or leaves a locked key, and opens nothing; what the application asks goes through `openFhir`. */
const ofMandates = ["acceptMandate", "openMandate", "admitLaunch", "admitKeeping", "admitAccount", "admitInvitation", "isNumberOf"];

const wish = { type: "Condition", pairs: [], classes: ["conditions"], channel: "{}", resource: "{}", endsAtMs: 0, isOn: true } as const;

function newCondition() {
	const source = JSON.stringify({ resourceType: "Condition", code: { coding: [code] }, subject: { reference: `Patient/${patient.localId}` } });
	return prepareRecord({ resource: JSON.parse(source), source, id: "new" });
}

describe("one door", () => {
	it("[GA1] every method of the gate is either asked by signed request or the custodian's own act", () => {
		expect(Object.keys(small.institution().gate).sort()).toEqual(
			[...Object.keys(methods), ...notFromOutside, ...ofSessions, ...ofFhir, ...ofMandates].sort(),
		);
	});

	it.each(Object.keys(methods))("[GA2] %s leaves an entry, whether it refuses or answers", async (method) => {
		const { gate } = small.institution();
		const ask = (gate as unknown as Record<string, (request: unknown, ...more: unknown[]) => Promise<unknown>>)[method]!;
		for (const key of [doctor.key, stranger.key, patient.key]) {
			const before = entries();
			const model = method === "checkSafety" ? [async () => "none"] : [];
			const about = method === "oversee" ? ["reviews"] : undefined;
			const more =
				about ?? (method === "computeInsight" ? [() => undefined, async () => ({ answer: 0, filed: { classes: [], labels: [] } })] : model);
			await ask(small.sign(key, methods[method]!()), ...more).catch(() => undefined);
			expect(entries(), method).toBeGreaterThan(before);
		}
	});

	it("[GA2] whatever is asked over FHIR leaves an entry for each thing asked, whether it is refused or answered", async () => {
		const place = { method: "GET", url: "/fhir/Condition", content: sha256Hex() as Digest };
		for (const key of [doctor.key, stranger.key, patient.key]) {
			for (const patient of [someone(), byLocal("nobody-of-this-id")]) {
				const request = small.sign(key, { kind: "fhir", ...place, purpose: "TREAT", level: "identified", patient });
				const access = await small.institution().gate.openFhir({ scheme: "signed", request }, place);
				const question = { patient, classes: ["conditions"], record: "Condition/x" } as const;
				const asks: Readonly<Record<Exclude<keyof FhirAccess, "requester" | "via" | "patient" | "endExport">, () => Promise<unknown>>> = {
					release: () => access.release(question),
					releaseEach: () => access.releaseEach(["conditions"], () => undefined),
					versions: () => access.versions(question),
					accesses: () => access.accesses(patient),
					startExport: () => access.startExport(["conditions"], ""),
					showExport: () => access.showExport("none"),
					exportRecords: async () => {
						const { id } = await access.startExport(["conditions"], "");
						for await (const _ of access.exportRecords(id, ["conditions"]));
						await access.endExport(id);
					},
					subscribe: () => access.subscribe(patient, wish),
					showSubscription: () => access.showSubscription("none"),
					listSubscriptions: () => access.listSubscriptions(),
					changeSubscription: async () => {
						const { id } = await access.subscribe(patient, wish);
						await access.changeSubscription(id, patient, wish);
					},
					endSubscription: () => access.endSubscription("none"),
					write: () => access.write(patient, [{ record: "Condition/new", seen: 0, prepared: newCondition() }]),
				};
				for (const [name, ask] of Object.entries(asks)) {
					const before = entries();
					await ask().catch(() => undefined);
					expect(entries(), name).toBeGreaterThan(before);
				}
			}
		}
	});

	it("[GA2] the same over HTTP: no route that takes a request answers without an entry", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		const routes: Readonly<Record<string, keyof typeof methods>> = {
			"/api/records": "release",
			"/api/cohorts": "releaseCohort",
			"/api/counts": "countPatients",
			"/api/history": "showHistory",
			"/api/terms": "depositTerms",
			"/api/consents/export": "exportConsent",
			"/api/lawful-uses": "recordLawfulUse",
			"/api/terms/list": "listTerms",
			"/api/lawful-uses/list": "listLawfulUses",
			"/api/holds": "listHolds",
			"/api/erasures": "erase",
			"/api/lookups": "lookUpPatient",
			"/api/compliance/accesses": "watchAccesses",
			"/api/compliance/reviews": "oversee",
			"/api/compliance/reviews/open": "openReview",
			"/api/compliance/disclosures": "accountDisclosures",
			"/api/emergency-reviews": "reviewEmergency",
			"/api/insights/sign-off": "signOffInsight",
			"/api/pgx": "computeOnGenome",
		};
		for (const [url, method] of Object.entries(routes)) {
			const before = entries();
			const { statusCode } = await app.inject({ method: "POST", url, payload: small.sign(doctor.key, methods[method]!()) });
			expect(statusCode, url).toBeLessThan(500);
			expect(entries(), url).toBeGreaterThan(before);
		}
		await app.close();
	});

	it("[GA3] the owner's socket reads no record: no admin route answers with a word of one", async () => {
		const app = createNodeApp(small.network);
		await app.ready();
		// Break-glass first, so that there is a review and a notification to be told of.
		const emergency = { purpose: "ETREAT", emergencyReason: "found unconscious in the street" } as const;
		expect((await small.read(doctor.key, someone(), emergency)).resources.length).toBeGreaterThan(0);
		const urls = [
			"/admin/members",
			"/admin/members/north/reviews",
			`/admin/members/north/patients/${patient.pseudonym}`,
			"/members/north/api/genesis",
			"/members/north/api/ledger/head",
			"/members/north/api/ledger/checkpoint",
			`/members/north/api/ledger/state?contract=consent&key=${encodeURIComponent(`e/${patient.pseudonym}`)}`,
		];
		const secrets = [
			...clinicalWords,
			patient.family,
			patient.given,
			patient.birthDate,
			patient.localId,
			patient.mrn,
			"found unconscious",
			"Consent-Title-Marker",
		];
		for (const url of urls) {
			const { body, statusCode } = await app.inject({ method: "GET", url });
			expect(statusCode, url).toBe(200);
			for (const secret of secrets) expect(body, `${url} tells ${secret}`).not.toContain(secret);
		}
		await app.close();
	});

	it("[GA4] what a review says of an emergency stands sealed in the log and nowhere in clear", async () => {
		const officer = await small.hire("compliance-officer");
		const [review] = small.institution().gate.memory.reviews();
		const body = (id: number) => ({ kind: "review", review: id, outcome: "justified", note: "Note-Marker: anaphylaxis, no time to ask" });
		const { gate } = small.institution();
		expect(await codeOf(gate.reviewEmergency(small.sign(doctor.key, body(review!.id))))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(gate.reviewEmergency(small.sign(officer.key, body(review!.id), { via: "south" })))).toBe("GATE_NOT_AVAILABLE");
		await gate.reviewEmergency(small.sign(officer.key, body(review!.id)));
		expect(await codeOf(gate.reviewEmergency(small.sign(officer.key, body(review!.id))))).toBe("GATE_NOT_AVAILABLE");
		expect(JSON.stringify(gate.memory.reviews())).not.toContain("Note-Marker");
		const history = await gate.showHistory(small.sign(patient.key, { kind: "history", patient: someone() }));
		expect(JSON.stringify(listEntries(history))).toContain("Note-Marker");
	});
});
