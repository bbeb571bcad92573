import { describe, expect, it } from "vitest";
import type { CivilDay, MemberId, Pseudonym, PublicKey } from "#base";
import { chain, day, idOf, keyOf, MemoryLedger, noon } from "../testing/memoryLedger.ts";
import { consentIdOf, delegateOf, enrol, enrolBody, grantBody, pseudonymOf, rotateBody } from "../testing/people.ts";
import { enrolmentMessage, guardianMessage } from "./messages.ts";
import { currentPseudonym, isPatientKey, noConsent, readConsent, readConsents, readEnrolment, readErasure, readPendingRotation } from "./readers.ts";

function enrolled(...delegates: Parameters<typeof delegateOf>[]): MemoryLedger {
	const ledger = new MemoryLedger();
	enrol(
		ledger,
		"anna",
		delegates.map((given) => delegateOf(...given)),
	);
	return ledger;
}

function code(ledger: MemoryLedger, action: string, signer: string, body: object): string {
	return ledger.codeOf("consent", action, signer, body);
}

function change(consent: string, version: number, overrides: object = {}) {
	const { pseudonym: _, ...rest } = grantBody("anna", consent);
	return { ...rest, version, ...overrides };
}

describe("consent: enrolment", () => {
	it("[CN1] needs the patient's key and the custodian's true countersignature over this chain, pseudonym and delegates", () => {
		const ledger = new MemoryLedger();
		const body = enrolBody("anna", [delegateOf("son")]);
		expect(code(ledger, "enrol", "mallory", body)).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "enrol", "anna", { ...body, delegates: [] })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "enrol", "anna", { ...body, delegates: [delegateOf("thief")] })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "enrol", "anna", { ...body, custodian: "institute" })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "enrol", "anna", { ...body, custodian: "nowhere" })).toBe("CONSENT_CUSTODIAN_UNKNOWN");
		const fields = { pseudonym: pseudonymOf("anna"), custodian: "charite" as MemberId, delegates: [delegateOf("son")] };
		const elsewhere = keyOf("charite").sign(enrolmentMessage({ chain: "elsewhere", ...fields }));
		expect(code(ledger, "enrol", "anna", { ...body, custodianSignature: elsewhere })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "enrol", "anna", body)).toBe("accepted");
		expect(readEnrolment(ledger, pseudonymOf("anna"))).toMatchObject({ custodian: "charite", status: "active", consents: 0, latest: noConsent });
		expect(code(ledger, "enrol", "anna", body)).toBe("CONSENT_KEY_NOT_SEPARATE");
	});

	it("[CN2] a key has one place: no pseudonym is a delegate, a member or a practitioner, nor the other way round", () => {
		const ledger = enrolled(["son"]);
		ledger.apply("credentials", "issue", "charite", {
			credentialId: idOf("cred"),
			subject: keyOf("doctor").publicKey,
			kind: "practitioner",
			validUntil: "2027-01-01",
		});
		enrol(ledger, "bert");
		for (const taken of ["son", "charite", "doctor"]) {
			expect(code(ledger, "enrol", taken, enrolBody(taken))).toBe("CONSENT_KEY_NOT_SEPARATE");
		}
		for (const taken of ["son", "charite", "doctor", "anna", "bert"]) {
			expect(code(ledger, "enrol", "carl", enrolBody("carl", [delegateOf(taken)]))).toBe("CONSENT_KEY_NOT_SEPARATE");
			expect(code(ledger, "delegate", "bert", { pseudonym: pseudonymOf("bert"), delegate: delegateOf(taken) })).toBe("CONSENT_KEY_NOT_SEPARATE");
			expect(code(ledger, "rotate", "bert", rotateBody("bert", taken))).toBe("CONSENT_KEY_NOT_SEPARATE");
		}
		const issue = { credentialId: idOf("other"), kind: "practitioner", validUntil: "2027-01-01" };
		for (const taken of ["anna", "son"]) {
			expect(ledger.codeOf("credentials", "issue", "charite", { ...issue, subject: keyOf(taken).publicKey })).toBe("CREDENTIALS_KEY_NOT_SEPARATE");
		}
		expect(code(ledger, "enrol", "carl", enrolBody("carl", [delegateOf("x"), delegateOf("x")]))).toBe("CONSENT_KEY_NOT_SEPARATE");
	});

	it("[CN2] a key of small order signs for nobody", () => {
		const small = `01${"0".repeat(62)}` as PublicKey;
		const delegate = { ...delegateOf("x"), key: small };
		expect(code(enrolled(), "delegate", "anna", { pseudonym: pseudonymOf("anna"), delegate })).toBe("CONSENT_KEY_INVALID");
	});
});

describe("consent: grants", () => {
	it("[CN3] the patient or a current delegate signs, nobody else, the custodian least of all", () => {
		const ledger = enrolled(["son", "delegate", "2026-01-02"]);
		expect(code(ledger, "grant", "anna", grantBody("anna", "one"))).toBe("accepted");
		expect(code(ledger, "grant", "son", grantBody("anna", "two"))).toBe("accepted");
		for (const stranger of ["charite", "institute", "mallory"]) {
			expect(code(ledger, "grant", stranger, grantBody("anna", "three"))).toBe("CONSENT_NOT_PATIENT");
		}
		ledger.time = noon + 1.5 * day - 1;
		expect(code(ledger, "change", "son", change("two", 1))).toBe("accepted");
		ledger.time++;
		expect(code(ledger, "grant", "son", grantBody("anna", "three"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "grant", "nobody", grantBody("nobody", "three"))).toBe("CONSENT_NOT_ENROLLED");
	});

	it.each(["2025-12-31", "2026-02-29", "2026-13-01", "2026-00-10", "1969-12-31"])("[CN3] %s is no last day", (validUntil) => {
		const ledger = enrolled();
		expect(code(ledger, "grant", "anna", grantBody("anna", "one", { validUntil: validUntil as CivilDay }))).toBe("CONSENT_DAY_INVALID");
	});

	it("[CN3] today is a last day", () => {
		expect(code(enrolled(), "grant", "anna", grantBody("anna", "one", { validUntil: "2026-01-01" as CivilDay }))).toBe("accepted");
	});

	it("[CN4] the chain leads from the latest consent to the first", () => {
		const ledger = enrolled();
		for (const name of ["one", "two", "three"]) ledger.apply("consent", "grant", "anna", grantBody("anna", name));
		ledger.apply("consent", "revoke", "anna", { consentId: consentIdOf("two") });
		expect(readEnrolment(ledger, pseudonymOf("anna"))).toMatchObject({ consents: 3, latest: consentIdOf("three") });
		expect(readConsents(ledger, pseudonymOf("anna")).map(({ consentId, status }) => [consentId, status])).toEqual([
			[consentIdOf("three"), "active"],
			[consentIdOf("two"), "revoked"],
			[consentIdOf("one"), "active"],
		]);
		expect(code(ledger, "grant", "anna", grantBody("anna", "one"))).toBe("CONSENT_ID_TAKEN");
		expect(code(ledger, "grant", "anna", grantBody("anna", "zero", { consentId: noConsent }))).toBe("CONSENT_ID_TAKEN");
		enrol(ledger, "bert");
		expect(code(ledger, "grant", "bert", grantBody("bert", "one"))).toBe("CONSENT_ID_TAKEN");
		expect(readConsents(ledger, pseudonymOf("bert"))).toEqual([]);
	});

	it("[CN5] a change names the version it changes: of two made side by side the second is refused", () => {
		const ledger = enrolled();
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		expect(code(ledger, "change", "anna", change("one", 1))).toBe("accepted");
		expect(code(ledger, "change", "anna", change("one", 1))).toBe("CONSENT_VERSION_STALE");
		expect(code(ledger, "change", "anna", change("one", 3))).toBe("CONSENT_VERSION_STALE");
		expect(readConsent(ledger, consentIdOf("one"))?.version).toBe(2);
		expect(code(ledger, "change", "anna", change("none", 1))).toBe("CONSENT_UNKNOWN");
	});

	it("[CN6] one guardian's revocation beats another's grant: what is revoked comes back under no version and no id", () => {
		const ledger = enrolled(["mother", "guardian"], ["father", "guardian"]);
		ledger.apply("consent", "grant", "mother", grantBody("anna", "one"));
		expect(code(ledger, "revoke", "father", { consentId: consentIdOf("one") })).toBe("accepted");
		expect(code(ledger, "change", "mother", change("one", 1))).toBe("CONSENT_ENDED");
		expect(code(ledger, "grant", "mother", grantBody("anna", "one"))).toBe("CONSENT_ID_TAKEN");
		expect(code(ledger, "revoke", "mother", { consentId: consentIdOf("one") })).toBe("CONSENT_ENDED");
	});

	it("[CN6] nobody revokes another patient's consent", () => {
		const ledger = enrolled();
		enrol(ledger, "bert");
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		for (const stranger of ["bert", "charite", "mallory"]) {
			expect(code(ledger, "revoke", stranger, { consentId: consentIdOf("one") })).toBe("CONSENT_NOT_PATIENT");
		}
	});

	it("[CN7] the custodian's revocation on request ends grants at once, and leaves refusals to the patient", () => {
		const ledger = enrolled();
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		ledger.apply("consent", "grantCustodial", "charite", grantBody("anna", "paper"));
		const one = { consentId: consentIdOf("one") };
		expect(code(ledger, "revokeOnRequest", "institute", one)).toBe("CONSENT_NOT_CUSTODIAN");
		expect(code(ledger, "revokeOnRequest", "anna", one)).toBe("CONSENT_NOT_A_MEMBER");
		expect(code(ledger, "revokeOnRequest", "charite", one)).toBe("accepted");
		expect(readConsent(ledger, one.consentId)?.status).toBe("withdrawn");
		expect(code(ledger, "revokeOnRequest", "charite", one)).toBe("CONSENT_ENDED");
		expect(code(ledger, "change", "anna", change("one", 1))).toBe("CONSENT_ENDED");
		expect(code(ledger, "revoke", "anna", one)).toBe("accepted");
		expect(readConsent(ledger, one.consentId)?.status).toBe("revoked");
		expect(code(ledger, "revokeOnRequest", "charite", one)).toBe("CONSENT_ENDED");
		ledger.apply("consent", "revokeOnRequest", "charite", { consentId: consentIdOf("paper") });
		expect(readConsent(ledger, consentIdOf("paper"))?.status).toBe("revoked");
	});

	it("[CN8] a paper consent is marked, signed by this custodian, and at most a year long", () => {
		const ledger = enrolled();
		expect(code(ledger, "grantCustodial", "institute", grantBody("anna", "paper"))).toBe("CONSENT_NOT_CUSTODIAN");
		expect(code(ledger, "grantCustodial", "anna", grantBody("anna", "paper"))).toBe("CONSENT_NOT_A_MEMBER");
		expect(code(ledger, "grantCustodial", "charite", grantBody("anna", "paper", { validUntil: "2027-01-02" as CivilDay }))).toBe(
			"CONSENT_CUSTODIAL_TOO_LONG",
		);
		expect(code(ledger, "grantCustodial", "charite", grantBody("anna", "paper", { validUntil: "2027-01-01" as CivilDay }))).toBe("accepted");
		expect(readConsent(ledger, consentIdOf("paper"))?.custodial).toBe(true);
		expect(ledger.events.at(-1)?.type).toBe("consent.granted-custodial");
		expect(code(ledger, "change", "charite", change("paper", 1))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "change", "anna", change("paper", 1))).toBe("accepted");
		expect(readConsent(ledger, consentIdOf("paper"))?.custodial).toBe(false);
	});
});

describe("consent: delegates", () => {
	it("[CN9] the patient's key alone appoints: a delegate hands nothing on, a custodian appoints nobody", () => {
		const ledger = enrolled(["son"], ["mother", "guardian"]);
		const body = { pseudonym: pseudonymOf("anna"), delegate: delegateOf("friend") };
		for (const signer of ["son", "mother", "charite", "mallory"]) expect(code(ledger, "delegate", signer, body)).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "delegate", "anna", body)).toBe("accepted");
		expect(isPatientKey(ledger, pseudonymOf("anna"), keyOf("friend").publicKey, noon)).toBe(true);
		expect(isPatientKey(ledger, pseudonymOf("anna"), keyOf("stranger").publicKey, noon)).toBe(false);
	});

	it("[CN9] a guardian needs the custodian's attestation for this very appointment", () => {
		const ledger = enrolled(["mother", "guardian"], ["son"]);
		const pseudonym = pseudonymOf("anna");
		const guardian = delegateOf("father", "guardian");
		const sign = (of: typeof guardian, by = "charite") => keyOf(by).sign(guardianMessage({ chain, pseudonym, guardian: of }));
		const body = { pseudonym, delegate: guardian, custodianSignature: sign(guardian) };
		expect(code(ledger, "delegate", "mother", { pseudonym, delegate: guardian })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "delegate", "mother", { ...body, custodianSignature: sign(guardian, "institute") })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		const longer = { ...guardian, until: "2040-01-01" as CivilDay };
		expect(code(ledger, "delegate", "mother", { ...body, delegate: longer })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		for (const signer of ["son", "charite", "mallory"]) expect(code(ledger, "delegate", signer, body)).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "delegate", "mother", body)).toBe("accepted");
	});

	it("[CN9] at most eight at a time; appointments that ran out make room", () => {
		const ledger = enrolled(["d0", "delegate", "2026-01-02"]);
		const appoint = (name: string) => code(ledger, "delegate", "anna", { pseudonym: pseudonymOf("anna"), delegate: delegateOf(name) });
		for (let i = 1; i < 8; i++) expect(appoint(`d${i}`)).toBe("accepted");
		expect(appoint("d8")).toBe("CONSENT_DELEGATES_TOO_MANY");
		ledger.time += 2 * day;
		expect(appoint("d8")).toBe("accepted");
	});

	it("[CN10] delegates are dismissed or resign; a guardian is not dismissed by the ward's key, and ends with majority", () => {
		const ledger = enrolled(["son"], ["friend"], ["mother", "guardian", "2026-01-02"], ["father", "guardian"]);
		const body = (name: string) => ({ pseudonym: pseudonymOf("anna"), key: keyOf(name).publicKey });
		expect(code(ledger, "undelegate", "son", body("friend"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "undelegate", "anna", body("friend"))).toBe("accepted");
		expect(code(ledger, "undelegate", "son", body("son"))).toBe("accepted");
		expect(code(ledger, "undelegate", "anna", body("mother"))).toBe("CONSENT_GUARDIAN_STANDS");
		expect(code(ledger, "undelegate", "charite", body("mother"))).toBe("CONSENT_GUARDIAN_STANDS");
		expect(code(ledger, "undelegate", "father", body("father"))).toBe("accepted");
		expect(code(ledger, "undelegate", "anna", body("father"))).toBe("CONSENT_DELEGATE_UNKNOWN");
		ledger.time += 2 * day;
		expect(code(ledger, "grant", "mother", grantBody("anna", "late"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "undelegate", "anna", body("mother"))).toBe("accepted");
		expect(readEnrolment(ledger, pseudonymOf("anna"))?.delegates).toEqual([]);
	});
});

describe("consent: rotation", () => {
	it("[CN11] consents and delegates pass to the successor; the old key signs nothing more", () => {
		const ledger = enrolled(["son"]);
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		expect(
			code(ledger, "rotate", "anna", { ...rotateBody("anna", "anna-2"), successorSignature: rotateBody("bert", "anna-2").successorSignature }),
		).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(code(ledger, "rotate", "anna", rotateBody("anna", "anna-2"))).toBe("accepted");
		expect(readEnrolment(ledger, pseudonymOf("anna"))).toMatchObject({ status: "rotated", successor: pseudonymOf("anna-2"), delegates: [] });
		expect(currentPseudonym(ledger, pseudonymOf("anna"))).toBe(pseudonymOf("anna-2"));
		expect(code(ledger, "grant", "anna", grantBody("anna", "two"))).toBe("CONSENT_ROTATED");
		expect(code(ledger, "grant", "anna", grantBody("anna-2", "two"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "revoke", "anna", { consentId: consentIdOf("one") })).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "rotate", "anna", rotateBody("anna", "anna-3"))).toBe("CONSENT_ROTATED");
		expect(code(ledger, "grant", "son", grantBody("anna-2", "two"))).toBe("accepted");
		expect(readConsents(ledger, pseudonymOf("anna-2")).map(({ consentId }) => consentId)).toEqual([consentIdOf("two"), consentIdOf("one")]);
		expect(isPatientKey(ledger, pseudonymOf("anna"), pseudonymOf("anna"), noon)).toBe(false);
	});

	it("[CN15] a consent under an earlier pseudonym is changed and revoked by the current one, through any number of rotations", () => {
		const ledger = enrolled();
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		ledger.apply("consent", "grant", "anna", grantBody("anna", "two"));
		ledger.apply("consent", "rotate", "anna", rotateBody("anna", "anna-2"));
		ledger.apply("consent", "rotate", "anna-2", rotateBody("anna-2", "anna-3"));
		expect(code(ledger, "change", "anna-3", change("one", 1))).toBe("accepted");
		expect(readConsent(ledger, consentIdOf("one"))).toMatchObject({ pseudonym: pseudonymOf("anna-3"), version: 2 });
		expect(code(ledger, "revoke", "anna-3", { consentId: consentIdOf("two") })).toBe("accepted");
		expect(code(ledger, "rotate", "anna-3", rotateBody("anna-3", "anna"))).toBe("CONSENT_KEY_NOT_SEPARATE");
	});

	it("[CN11] only a delegate named at enrolment rotates: one added with a stolen key cannot lock the patient out", () => {
		const ledger = enrolled(["son"]);
		ledger.apply("consent", "delegate", "anna", { pseudonym: pseudonymOf("anna"), delegate: delegateOf("late") });
		expect(code(ledger, "rotate", "late", rotateBody("anna", "anna-2"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "rotate", "charite", rotateBody("anna", "anna-2"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "rotate", "son", rotateBody("anna", "anna-2"))).toBe("accepted");
		expect(code(ledger, "rotate", "late", rotateBody("anna-2", "anna-3"))).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "rotate", "son", rotateBody("anna-2", "anna-3"))).toBe("accepted");
	});

	it("[CN12] the custodian waits seven days, to the millisecond, and the patient can object", () => {
		const ledger = enrolled(["son"]);
		const pending = { pseudonym: pseudonymOf("anna") };
		expect(code(ledger, "announceRotation", "institute", rotateBody("anna", "anna-2"))).toBe("CONSENT_NOT_CUSTODIAN");
		expect(code(ledger, "completeRotation", "charite", pending)).toBe("CONSENT_ROTATION_UNKNOWN");
		expect(code(ledger, "announceRotation", "charite", rotateBody("anna", "anna-2"))).toBe("accepted");
		expect(readPendingRotation(ledger, pseudonymOf("anna"))).toEqual({ successor: pseudonymOf("anna-2"), effectiveAtMs: noon + 7 * day });
		expect(code(ledger, "announceRotation", "charite", rotateBody("anna", "anna-3"))).toBe("CONSENT_ROTATION_PENDING");
		expect(code(ledger, "cancelRotation", "charite", pending)).toBe("CONSENT_NOT_PATIENT");
		expect(code(ledger, "cancelRotation", "son", pending)).toBe("accepted");
		expect(code(ledger, "announceRotation", "charite", rotateBody("anna", "anna-2"))).toBe("accepted");
		ledger.time += 7 * day - 1;
		expect(code(ledger, "completeRotation", "charite", pending)).toBe("CONSENT_ROTATION_TOO_EARLY");
		ledger.time++;
		expect(code(ledger, "completeRotation", "institute", pending)).toBe("CONSENT_NOT_CUSTODIAN");
		expect(code(ledger, "completeRotation", "charite", pending)).toBe("accepted");
		expect(readEnrolment(ledger, pseudonymOf("anna-2"))?.status).toBe("active");
		expect(readPendingRotation(ledger, pseudonymOf("anna"))).toBeUndefined();
	});

	it("[CN12] a successor that came into use meanwhile is refused", () => {
		const ledger = enrolled();
		ledger.apply("consent", "announceRotation", "charite", rotateBody("anna", "anna-2"));
		enrol(ledger, "anna-2");
		ledger.time += 7 * day;
		expect(code(ledger, "completeRotation", "charite", { pseudonym: pseudonymOf("anna") })).toBe("CONSENT_KEY_NOT_SEPARATE");
	});
});

describe("consent: the custodian's own acts", () => {
	const receipt = {
		pseudonym: pseudonymOf("anna"),
		unreadableSinceMs: noon - 5,
		unreadableInBackupsFromMs: noon + 30 * day,
		auditKeyHeldUntilMs: noon + 400 * day,
	};

	it("[CN13] an erasure ends the relationship for ever and names its dates", () => {
		const ledger = enrolled(["son"]);
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		expect(code(ledger, "destroyed", "institute", receipt)).toBe("CONSENT_NOT_CUSTODIAN");
		expect(code(ledger, "destroyed", "charite", { ...receipt, unreadableInBackupsFromMs: noon - 6 })).toBe("CONSENT_RECEIPT_INVALID");
		expect(code(ledger, "destroyed", "charite", receipt)).toBe("accepted");
		const { pseudonym, ...dates } = receipt;
		expect(readErasure(ledger, pseudonym)).toEqual({ custodian: "charite", ...dates, recordedAtMs: noon });
		expect(readEnrolment(ledger, pseudonym)).toMatchObject({ status: "destroyed", destroyedAtMs: noon, delegates: [] });
		expect(code(ledger, "grant", "anna", grantBody("anna", "two"))).toBe("CONSENT_ERASED");
		expect(code(ledger, "revoke", "son", { consentId: consentIdOf("one") })).toBe("CONSENT_ERASED");
		expect(code(ledger, "destroyed", "charite", receipt)).toBe("CONSENT_ERASED");
		expect(code(ledger, "enrol", "anna", enrolBody("anna"))).toBe("CONSENT_KEY_NOT_SEPARATE");
		expect(code(ledger, "enrol", "son", enrolBody("son"))).toBe("CONSENT_KEY_NOT_SEPARATE");
	});

	it("[CN14] a use the law requires has a coarse basis and says no more", () => {
		const ledger = enrolled();
		const body = { pseudonym: pseudonymOf("anna"), useId: idOf("use"), basis: "statutory-duty", useCommitment: "ab".repeat(32) };
		expect(code(ledger, "legalUse", "institute", body)).toBe("CONSENT_NOT_CUSTODIAN");
		expect(code(ledger, "legalUse", "charite", { ...body, basis: "notifiable-disease" })).toBe("SCHEMA");
		expect(code(ledger, "legalUse", "charite", body)).toBe("accepted");
		expect(code(ledger, "legalUse", "charite", body)).toBe("CONSENT_ID_TAKEN");
		expect(ledger.get("consent", `u/${idOf("use")}`)).toMatchObject({ custodian: "charite", basis: "statutory-duty", recordedAtMs: noon });
	});
});

describe("consent: bodies", () => {
	it.each([
		["an upper-case pseudonym", { pseudonym: pseudonymOf("anna").toUpperCase() as Pseudonym }],
		["a short id", { consentId: "ab" }],
		["an unknown field", { purpose: "TREAT" }],
		["a day with a time", { validUntil: "2026-12-31T00:00:00Z" }],
		["Arabic-Indic digits", { validUntil: "٢٠٢٦-١٢-٣١" }],
		["a number for a string", { termsCommitment: 5 }],
		["null", { termsCommitment: null }],
	])("[RU3] %s is refused by the schema", (_, overrides) => {
		expect(code(enrolled(), "grant", "anna", { ...grantBody("anna", "one"), ...overrides })).toBe("SCHEMA");
	});
});
