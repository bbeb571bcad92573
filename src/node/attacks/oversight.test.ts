import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSigningKey, type SigningKey } from "#base";
import type { WatchedAccesses } from "#gate";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { clinicalWords } from "../testing/smallBundle.ts";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** Whoever watches the watchers learns what they have to, and no more; nobody else learns that there was anything to see. */
let small: SmallNetwork;
let patient: SmallPatient;
let doctor: Staff;
let officer: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Oversight", given: "Olga", birthDate: "1951-05-05" });
	doctor = await small.hire("practitioner");
	officer = await small.hire("compliance-officer");
	await small.grant(patient, toPractitioners("north", ["conditions", "laboratory"]));
});
afterAll(() => small.close());

const gate = () => small.institution().gate;
const watch = (key: SigningKey, body: object = {}, where: object = {}) =>
	gate().watchAccesses(small.sign(key, { kind: "watch-accesses", after: 0, waitMs: 0, ...body }, where));
const entries = () => small.institution().log.size();
const history = async () => listEntries(await gate().showHistory(small.sign(patient.key, { kind: "history", patient: byLocal(patient.localId) })));
const emergency = { purpose: "ETREAT", emergencyReason: "Reason-Marker: found unconscious" } as const;

describe("an officer watches", () => {
	it("[GA165] each access as it comes: who, in which role, for what, what was decided, of which classes, when; beginning is an entry, going on is none", async () => {
		const begun = await watch(officer.key);
		const before = entries();
		const waiting = watch(officer.key, { watch: begun.watch, after: begun.next, waitMs: 15_000 });
		await small.read(doctor.key, byLocal(patient.localId));
		const { accesses, watch: same } = await waiting;
		expect(same).toBe(begun.watch);
		expect(accesses.at(-1)).toMatchObject({
			...{ requester: doctor.key.publicKey, roles: ["practitioner"], via: "north", action: "read", purpose: "TREAT", decision: "permit" },
			...{ classes: ["conditions", "laboratory"], isEmergency: false, reason: "PERMITTED_BY_CONSENT" },
		});
		// The read, and the look at the terms; none of the officer's.
		const own = accesses.filter(({ requester }) => requester === officer.key.publicKey);
		expect(own).toEqual([]);
		expect(entries()).toBeGreaterThan(before);
		expect((await watch(officer.key, { watch: begun.watch, after: begun.next })).accesses.length).toBeGreaterThan(0);
	});

	it("[GA165] what patients do with their own record, and what the system does, is not shown", async () => {
		const { next, watch: id } = await watch(officer.key);
		await history();
		await gate().anchor(true);
		expect((await watch(officer.key, { watch: id, after: next })).accesses).toEqual([]);
	});

	it("[GA166] nothing of a record is in it, no reason that was given, no name, local id or pseudonym; one patient has one name there", async () => {
		await small.read(doctor.key, byLocal(patient.localId));
		expect((await small.read(doctor.key, byLocal(patient.localId), emergency)).resources.length).toBeGreaterThan(0);
		const told = await watch(officer.key);
		const text = JSON.stringify(told);
		const secrets = [
			...clinicalWords,
			patient.family,
			patient.given,
			patient.birthDate,
			patient.localId,
			patient.mrn,
			patient.pseudonym,
			"Reason-Marker",
		];
		for (const secret of secrets) expect(text, secret).not.toContain(secret);
		const ofPatient = told.accesses.filter(({ requester, decision }) => requester === doctor.key.publicKey && decision === "permit");
		expect(new Set(ofPatient.map(({ patient: name }) => name)).size).toBe(1);
		expect(ofPatient.at(-1)).toMatchObject({ isEmergency: true, purpose: "ETREAT" });
		expect(ofPatient[0]!.patient).toMatch(/^[0-9a-f]{12}$/);
	});

	it("[GA167] refused, absent and erased look alike: a refusal names no patient and no reason of the decision", async () => {
		const gone = await small.admit({ family: "Gone", given: "Gert", birthDate: "1950-01-01" });
		await gate().erase(small.sign(gone.key, { kind: "erase", patient: { by: "pseudonym", pseudonym: gone.pseudonym }, compartments: "all" }));
		const { next, watch: id } = await watch(officer.key);
		const stranger = await small.hire("practitioner", { member: "south" });
		for (const localId of [patient.localId, gone.localId, "nobody-of-this-id"])
			await small.read(stranger.key, byLocal(localId), { classes: ["vitals"] });
		const { accesses } = await watch(officer.key, { watch: id, after: next });
		const refused = accesses.filter(({ requester, action }) => requester === stranger.key.publicKey && action === "read");
		expect(refused).toHaveLength(3);
		const bare = refused.map(({ number: _, atMs: __, ...rest }) => rest);
		expect(bare[1]).toEqual(bare[0]);
		expect(bare[2]).toEqual(bare[0]);
		expect(bare[0]).toMatchObject({ decision: "deny", reason: "not-permitted", patient: "" });
	});
});

describe("nobody else does", () => {
	const asks: Readonly<Record<string, object>> = {
		watchAccesses: { kind: "watch-accesses", after: 0, waitMs: 0 },
		openReview: { kind: "open-review", review: 1 },
		accountDisclosures: { kind: "account-disclosures", fromMs: 0, toMs: 9_999_999_999_999 },
		reviews: { kind: "oversee", what: "reviews" },
		refusals: { kind: "oversee", what: "refusals" },
		processing: { kind: "oversee", what: "processing" },
		health: { kind: "oversee", what: "health" },
		members: { kind: "oversee", what: "members" },
	};
	const routes: Readonly<Record<string, string>> = { watchAccesses: "accesses", openReview: "reviews/open", accountDisclosures: "disclosures" };
	const bodyOf = (name: string) => ({ ...asks[name], ...(name === "accountDisclosures" ? { patient: byLocal(patient.localId) } : {}) });

	it.each(Object.keys(asks))(
		"[GA168] %s: a doctor, an officer of another house, one who left, the patient and a stranger get one answer, and an entry",
		async (name) => {
			const app = createInstitutionApp(small.network, small.institution());
			const elsewhere = await small.hire("compliance-officer", { member: "south" });
			const left = await small.hire("compliance-officer");
			await small.fire(left);
			const answers = new Set<string>();
			for (const key of [doctor.key, elsewhere.key, left.key, patient.key, createSigningKey(new Uint8Array(32).fill(7))]) {
				const before = entries();
				const answer = await app.inject({ method: "POST", url: `/api/compliance/${routes[name] ?? name}`, payload: small.sign(key, bodyOf(name)) });
				answers.add(`${answer.statusCode} ${answer.body}`);
				expect(entries(), name).toBe(before + 1);
			}
			// From inside another house, signed on by it: an officer of this one is none there.
			const before = await app.inject({
				method: "POST",
				url: `/api/compliance/${routes[name] ?? name}`,
				payload: small.sign(officer.key, bodyOf(name), { via: "south" }),
			});
			answers.add(`${before.statusCode} ${before.body}`);
			expect([...answers]).toHaveLength(1);
			expect([...answers][0]).toContain("GATE_NOT_AVAILABLE");
			await app.close();
		},
	);

	it("[GA168] a watch ends with the credential, also while it waits, and another officer's is none of one's own", async () => {
		const leaving = await small.hire("compliance-officer");
		const begun = await watch(leaving.key);
		const waiting = codeOf(watch(leaving.key, { watch: begun.watch, after: begun.next, waitMs: 15_000 }));
		await small.fire(leaving);
		await small.read(doctor.key, byLocal(patient.localId));
		expect(await waiting).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(watch(leaving.key, { watch: begun.watch, after: begun.next }))).toBe("GATE_NOT_AVAILABLE");
		const before = entries();
		const borrowed = await watch(officer.key, { watch: begun.watch, after: begun.next });
		expect(borrowed.watch).not.toBe(begun.watch);
		expect(entries()).toBe(before + 1);
	});

	it("[GA168] a watch is written down anew after fifteen minutes", async () => {
		const begun = await watch(officer.key);
		small.advance(15 * 60_000);
		// A block, so that the ledger is fresh by the new time.
		await small.hire("researcher");
		const before = entries();
		expect((await watch(officer.key, { watch: begun.watch, after: begun.next })).watch).not.toBe(begun.watch);
		expect(entries()).toBe(before + 1);
	});

	it("[GA173] a stop answers who waits", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		await app.listen({ port: 0, host: "127.0.0.1" });
		const begun = await watch(officer.key);
		const payload = small.sign(officer.key, { kind: "watch-accesses", watch: begun.watch, after: begun.next, waitMs: 20_000 });
		const arrived = new Promise((resolve) => app.server.once("request", resolve));
		const waiting = fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/compliance/accesses`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(payload),
		});
		await arrived;
		await app.close();
		expect(((await (await waiting).json()) as WatchedAccesses).accesses).toEqual([]);
	}, 15_000);
});

describe("refusals", () => {
	it("[GA169] are counted by hour and key, and are there after a restart; of whom somebody asked is not among them", async () => {
		const prober = await small.hire("practitioner", { member: "south" });
		for (let i = 0; i < 12; i++) await small.read(prober.key, byLocal(`probe-${i}`), { classes: ["vitals"] });
		await small.close();
		small = await openSmallNetwork({ folder: small.folder, aheadMs: 15 * 60_000 });
		const refusals = await gate().oversee(small.sign(officer.key, { kind: "oversee", what: "refusals" }), "refusals");
		const own = refusals.filter(({ requester, action }) => requester === prober.key.publicKey && action === "read");
		expect(own).toMatchObject([{ via: "north", purpose: "TREAT", reason: "not-permitted", count: 12 }]);
		expect(JSON.stringify(refusals)).not.toContain("probe-");
	});

	it("[GA169] a flood of keys made for it is counted together, and takes no room of its own", async () => {
		for (let i = 0; i < 1_010; i++) {
			const seed = new Uint8Array(32).fill(9);
			new DataView(seed.buffer).setUint32(0, i);
			await watch(createSigningKey(seed)).catch(() => undefined);
		}
		const refusals = await gate().oversee(small.sign(officer.key, { kind: "oversee", what: "refusals" }), "refusals");
		expect(new Set(refusals.map(({ requester }) => requester)).size).toBeLessThan(1_100);
		expect(refusals.filter(({ requester }) => requester === "").length).toBeLessThan(4);
		expect(refusals.some(({ requester }) => requester === "")).toBe(true);
	}, 60_000);
});

describe("a review", () => {
	it("[GA170] tells the officer the reason, and the patient that it was told; the list tells neither reason nor pseudonym", async () => {
		await small.read(doctor.key, byLocal(patient.localId), emergency);
		const reviews = await gate().oversee(small.sign(officer.key, { kind: "oversee", what: "reviews" }), "reviews");
		const review = reviews.find(({ status, requester }) => status === "open" && requester === doctor.key.publicKey)!;
		expect(JSON.stringify(reviews)).not.toContain("Reason-Marker");
		expect(JSON.stringify(reviews)).not.toContain(patient.pseudonym);
		const opened = await gate().openReview(small.sign(officer.key, { kind: "open-review", review: review.id }));
		expect(opened).toMatchObject({ reason: emergency.emergencyReason, classes: ["conditions", "laboratory"], requester: doctor.key.publicKey });
		const seen = (await history()).filter(({ entry }) => entry.requester === officer.key.publicKey);
		expect(seen.at(-1)?.entry).toMatchObject({ action: "read", purpose: "HOPERAT", decision: "permit", compartments: [] });
		await gate().reviewEmergency(
			small.sign(officer.key, { kind: "review", review: review.id, outcome: "unjustified", note: "there was time to ask" }),
		);
		expect((await history()).at(-2)?.entry.emergencyReason).toBe("unjustified: there was time to ask");
	});

	it("[GA170] of one's own emergency, or of none, opens nothing and tells nothing", async () => {
		const both = await small.hireKey("compliance-officer", doctor.key);
		const reviews = await gate().oversee(small.sign(both.key, { kind: "oversee", what: "reviews" }), "reviews");
		await small.read(doctor.key, byLocal(patient.localId), emergency);
		const own = Math.max(0, ...reviews.map(({ id }) => id)) + 1;
		for (const review of [own, 999]) {
			expect(await codeOf(gate().openReview(small.sign(both.key, { kind: "open-review", review })))).toBe("GATE_NOT_AVAILABLE");
		}
		await small.fire(both);
	});
});

describe("an accounting of disclosures", () => {
	const account = (key: SigningKey, more: object = {}) =>
		gate().accountDisclosures(
			small.sign(key, { kind: "account-disclosures", patient: byLocal(patient.localId), fromMs: 0, toMs: small.network.now() + 1, ...more }),
		);

	it("[GA171] has each access that was permitted, what was asked before the enrolment too, and stands in the patient's history itself", async () => {
		const { accesses } = await account(officer.key);
		const reads = accesses.filter(({ requester, action }) => requester === doctor.key.publicKey && action === "read");
		expect(reads.length).toBeGreaterThan(2);
		expect(reads.every(({ duty, purpose }) => duty === "within-the-house" && purpose !== "SYSTEM")).toBe(true);
		expect(JSON.stringify(accesses)).not.toContain("Reason-Marker");
		expect((await history()).some(({ entry }) => entry.requester === officer.key.publicKey && entry.purpose === "HOPERAT")).toBe(true);
		const late = await small.importPerson({ family: "Unenrolled", given: "Uwe", birthDate: "1960-06-06" });
		await small.read(doctor.key, byLocal(late.localId), emergency);
		const own = await account(officer.key, { patient: byLocal(late.localId) });
		expect(own.accesses.filter(({ requester, action }) => requester === doctor.key.publicKey && action === "read")).toHaveLength(1);
	});

	it("[GA171] a use that the law requires is to be accounted for; a period without an end is refused", async () => {
		const authority = await small.hire("practitioner", { member: "south" });
		const now = small.network.now();
		const use = {
			...{ basis: "statutory-duty", citation: "IfSG § 6", recipient: { member: "south" }, purpose: "PUBHLTH", classes: ["conditions"], labels: [] },
			...{ level: "identified", startMs: now - 1_000, endMs: now + 600_000 },
		};
		const { useId } = await gate().recordLawfulUse(small.sign(officer.key, { kind: "record-lawful-use", patient: byLocal(patient.localId), use }));
		const read = await small.read(
			authority.key,
			{ by: "lawful-use", useId },
			{ purpose: "PUBHLTH", classes: ["conditions"], lawfulUse: useId },
			{ audience: "north", via: "south" },
		);
		expect(read.resources.length).toBeGreaterThan(0);
		const { accesses } = await account(officer.key);
		expect(accesses.filter(({ duty }) => duty === "to-account")).toMatchObject([
			{ via: "south", purpose: "PUBHLTH", requester: authority.key.publicKey },
		]);
		expect(await codeOf(account(officer.key, { fromMs: 5, toMs: 5 }))).toBe("GATE_REQUEST_INVALID");
	});

	it("[GA171] of somebody who is not here is the one refusal", async () => {
		expect(await codeOf(account(officer.key, { patient: byLocal("nobody-of-this-id") }))).toBe("GATE_NOT_AVAILABLE");
	});
});
