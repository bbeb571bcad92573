import { describe, expect, it } from "vitest";
import type { CivilDay, ConsentId, MemberId, PublicKey } from "#base";
import { commitTerms } from "./consent/commitTerms.ts";
import { commitLegalUse, type LegalUseTerms } from "./consent/legalUse.ts";
import { currentPseudonym, isPatientKey, readConsents, readEnrolment } from "./consent/readers.ts";
import type { ConsentTerms, OpenedTerms } from "./consent/terms.ts";
import { isUsableProvision } from "./consent/termsSchema.ts";
import { ContractRefusal } from "./contract.ts";
import { readCredential } from "./credentials/credential.ts";
import { commitRelationship, openRelationship, relationshipMessage } from "./credentials/relationship.ts";
import { dayNumber, dayOfEra } from "./day.ts";
import { type GenesisMembers, genesisState } from "./genesis.ts";
import { memberKeyMessage } from "./membership/membership.ts";
import { newestRules } from "./rules.ts";
import { hospital, openedTerms, pseudonym } from "./testing/decisions.ts";
import { chain, day, idOf, keyOf, MemoryLedger, noon } from "./testing/memoryLedger.ts";
import { consentIdOf, delegateOf, enrol, grantBody, pseudonymOf, rotateBody } from "./testing/people.ts";
import { dataClasses, sensitivityLabels } from "./vocabulary.ts";

/** Every limit of the contracts at the last value that is inside and the first that is not. */
const anna = pseudonymOf("anna");

describe("limits of membership", () => {
	/** The index alone is made longer: what counts is how many ids were ever given. */
	function withMembers(count: number): MemoryLedger {
		const members = Array.from({ length: count }, (_, at) => ({ id: `m${at}`, roles: ["hospital"] as const }));
		return new MemoryLedger(members);
	}
	const key = keyOf("elk");
	const addition = {
		...{ kind: "add", id: "elk", name: "Elk", key: key.publicKey, roles: ["hospital"], implicitPolicy: "deny", quota: 1 },
		keySignature: key.sign(memberKeyMessage({ chain, id: "elk" as MemberId, key: key.publicKey })),
	};
	const propose = (ledger: MemoryLedger) => ledger.codeOf("membership", "propose", "m0", { proposalId: idOf("p"), proposal: addition });

	it("[ME10] a thousand members are all there can be", () => {
		expect(propose(withMembers(999))).toBe("accepted");
		expect(propose(withMembers(1_000))).toBe("MEMBERSHIP_FULL");
	});

	it("[ME6] [ME7] a key is changed for a member that stands, to one that is fresh and proves itself", () => {
		const ledger = withMembers(2);
		const rotation = (id: string, key: string, by = key) => ({
			...{ kind: "rotate-key", id, key: keyOf(key).publicKey },
			keySignature: keyOf(by).sign(memberKeyMessage({ chain, id: id as MemberId, key: keyOf(key).publicKey })),
		});
		const propose = (name: string, proposal: object) => ledger.codeOf("membership", "propose", "m0", { proposalId: idOf(name), proposal });
		expect(propose("unknown", rotation("m7", "new"))).toBe("MEMBERSHIP_UNKNOWN");
		expect(propose("used", rotation("m1", "m0"))).toBe("MEMBERSHIP_KEY_USED");
		expect(propose("unproven", rotation("m1", "new", "m1"))).toBe("MEMBERSHIP_KEY_UNPROVEN");
		expect(propose("good", rotation("m1", "new"))).toBe("accepted");
		expect(propose("remove", { kind: "remove", id: "m1" })).toBe("accepted");
		ledger.apply("membership", "vote", "m1", { proposalId: idOf("remove"), approve: true });
		expect(propose("late", rotation("m1", "newer"))).toBe("MEMBERSHIP_REMOVED");
		for (const kind of ["suspend", "remove", "reinstate"]) {
			expect(propose(`${kind} 1`, { kind, id: "m1" })).toBe("MEMBERSHIP_REMOVED");
			expect(propose(`${kind} 7`, { kind, id: "m7" })).toBe("MEMBERSHIP_UNKNOWN");
		}
		expect(propose("quota", { kind: "quota", id: "m1", quota: 1 })).toBe("MEMBERSHIP_REMOVED");
	});

	const isTaken = (proposal: object) =>
		newestRules.contracts.membership.actions["propose"]!.schema.safeParse({ proposalId: idOf("p"), proposal }).success;

	it.each<[string, object, object]>([
		["a name of 120", { name: "x".repeat(120) }, { name: "x".repeat(121) }],
		["a name of 1", { name: "x" }, { name: "" }],
		["an id of 40", { id: `m${"0".repeat(39)}` }, { id: `m${"0".repeat(40)}` }],
		["an id of 2", { id: "m0" }, { id: "m" }],
		["a quota of none", { quota: 0 }, { quota: -1 }],
		["a quota of 2^53 - 1", { quota: 2 ** 53 - 1 }, { quota: 2 ** 53 }],
		["one role", { roles: ["hospital"] }, { roles: [] }],
		["five roles", { roles: Array(5).fill("hospital") }, { roles: Array(6).fill("hospital") }],
	])("[RU3] %s", (_, inside, outside) => {
		expect([isTaken({ ...addition, ...inside }), isTaken({ ...addition, ...outside })]).toEqual([true, false]);
	});

	const member = { id: "ant" as MemberId, name: "Ant", key: keyOf("ant").publicKey, roles: ["hospital"], implicitPolicy: "deny" };
	const genesis = (...members: object[]) => genesisState({ members } as unknown as GenesisMembers);
	const other = { ...member, id: "bee", key: keyOf("bee").publicKey };

	it.each<[string, object]>([
		["an id in capitals", { id: "Ant" }],
		["an id of one letter", { id: "a" }],
		["no name", { name: "" }],
		["a name of 121", { name: "x".repeat(121) }],
		["a key that is none", { key: "ab" }],
		["a key of small order", { key: `01${"0".repeat(62)}` }],
		["a role twice", { roles: ["hospital", "hospital"] }],
		["one role of two unknown", { roles: ["hospital", "bakery"] }],
		["another's id", { id: "bee" }],
		["another's key", { key: other.key }],
	])("[RU9] a genesis with %s is none", (_, fields) => {
		expect(() => genesis({ ...member, ...fields }, other)).toThrow(expect.objectContaining({ code: "MEMBERSHIP_GENESIS_INVALID" }));
	});

	it("[RU9] genesis is in the order of its keys, however its members are listed", () => {
		const names = ["dog", "ant", "cat", "bee"].map((id) => ({ ...member, id, key: keyOf(id).publicKey, name: "x".repeat(120) }));
		const entries = genesis(...names);
		const keys = entries.map(({ key }) => key);
		expect(keys).toEqual([...keys].sort());
		expect(entries).toEqual(genesis(...names.toReversed()));
		expect(entries.find(({ key }) => key === "index")?.value).toEqual(["ant", "bee", "cat", "dog"]);
	});
});

describe("limits of credentials", () => {
	const subject = keyOf("doctor").publicKey;
	const issue = (ledger: MemoryLedger, name: string, validUntil = "2026-01-02", by = "charite", more: object = {}) =>
		ledger.codeOf("credentials", "issue", by, { credentialId: idOf(name), subject, kind: "practitioner", validUntil, ...more });

	it("[CR10] an expired credential makes room at the millisecond it ends, and no sooner", () => {
		const ledger = new MemoryLedger();
		for (let i = 0; i < 64; i++) expect(issue(ledger, `c${i}`)).toBe("accepted");
		ledger.time = noon + 1.5 * day - 1;
		expect(issue(ledger, "more", "2026-02-01")).toBe("CREDENTIALS_TOO_MANY");
		ledger.time++;
		expect(issue(ledger, "more", "2026-02-01")).toBe("accepted");
		expect(ledger.get("credentials", `s/${subject}`)).toEqual([idOf("more")]);
	});

	it("[CR2] a last day is issued until its last millisecond", () => {
		const ledger = new MemoryLedger();
		ledger.time = noon + day / 2 - 1;
		expect(issue(ledger, "a", "2026-01-01")).toBe("accepted");
		ledger.time++;
		expect(issue(ledger, "b", "2026-01-01")).toBe("CREDENTIALS_DAY_INVALID");
	});

	it.each(["relationship", "guardianship"] as const)("[CR6] a %s opens to the patient who signed it, and not as the other kind", (kind) => {
		const fields = {
			chain,
			credentialId: idOf(kind),
			kind,
			issuer: "charite" as MemberId,
			subject,
			validUntil: "2026-01-02" as CivilDay,
			pseudonym: anna,
		};
		const opening = { pseudonym: anna, salt: "5a".repeat(32), patientSignature: keyOf("anna").sign(relationshipMessage(fields)) };
		const ledger = new MemoryLedger();
		expect(issue(ledger, kind, "2026-01-02", "charite", { kind, commitment: commitRelationship(opening) })).toBe("accepted");
		const credential = readCredential(ledger, idOf(kind))!;
		expect(openRelationship(credential, opening, anna)).toBe(true);
		for (const other of ["relationship", "guardianship", "practitioner"] as const) {
			expect(openRelationship({ ...credential, kind: other }, opening, anna)).toBe(other === kind);
		}
	});

	it("[CR3] an approval that itself rests on one, or is of another kind, approves nothing", () => {
		const ledger = new MemoryLedger();
		expect(issue(ledger, "practitioner")).toBe("accepted");
		const study = { kind: "researcher", study: "trial-1" };
		expect(issue(ledger, "r", "2026-01-02", "institute", { ...study, approval: idOf("practitioner") })).toBe("CREDENTIALS_APPROVAL_INVALID");
		expect(issue(ledger, "r", "2026-01-02", "institute", { ...study, approval: idOf("nothing") })).toBe("CREDENTIALS_APPROVAL_INVALID");
		expect(issue(ledger, "r", "2026-01-02", "institute", { kind: "researcher" })).toBe("accepted");
	});
});

describe("limits of consents", () => {
	function enrolled(...delegates: Parameters<typeof delegateOf>[]): MemoryLedger {
		const ledger = new MemoryLedger();
		enrol(
			ledger,
			"anna",
			delegates.map((given) => delegateOf(...given)),
		);
		return ledger;
	}

	it("[CN3] [CN11] a delegate named at enrolment whose appointment is over rotates nothing", () => {
		const ledger = enrolled(["son", "delegate", "2026-01-01"]);
		ledger.time = noon + day / 2;
		expect(ledger.codeOf("consent", "rotate", "son", rotateBody("anna", "anna-2"))).toBe("CONSENT_NOT_PATIENT");
		ledger.time--;
		expect(ledger.codeOf("consent", "rotate", "son", rotateBody("anna", "anna-2"))).toBe("accepted");
	});

	it("[CN12] the custodian announces no key that is used or has not signed", () => {
		const ledger = enrolled(["son"]);
		const announce = (body: object) => ledger.codeOf("consent", "announceRotation", "charite", body);
		const good = rotateBody("anna", "anna-2");
		expect(announce({ ...good, successorSignature: rotateBody("bert", "anna-2").successorSignature })).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
		expect(announce(rotateBody("anna", "son"))).toBe("CONSENT_KEY_NOT_SEPARATE");
		expect(announce({ ...good, successor: `01${"0".repeat(62)}` })).toBe("CONSENT_KEY_INVALID");
		expect(announce(good)).toBe("accepted");
	});

	it("[CN8] a paper consent's last day is a day to come, too", () => {
		for (const day of ["2025-12-31", "2026-02-29"]) {
			const body = grantBody("anna", "p", { validUntil: day as CivilDay });
			expect(enrolled().codeOf("consent", "grantCustodial", "charite", body)).toBe("CONSENT_DAY_INVALID");
		}
	});

	it("[CN9] an appointment's last day is a day to come, to its last millisecond", () => {
		const ledger = enrolled();
		ledger.time = noon + day / 2 - 1;
		const appoint = (name: string, until: string) =>
			ledger.codeOf("consent", "delegate", "anna", { pseudonym: anna, delegate: delegateOf(name, "delegate", until) });
		expect(appoint("a", "2026-01-01")).toBe("accepted");
		expect(appoint("b", "2025-12-31")).toBe("CONSENT_DAY_INVALID");
		ledger.time++;
		expect(appoint("c", "2026-01-01")).toBe("CONSENT_DAY_INVALID");
	});

	it("[CN9] eight may be named at enrolment, and no custodian's signature goes with a delegate's appointment", () => {
		const names = Array.from({ length: 9 }, (_, at): [string] => [`d${at}`]);
		expect(readEnrolment(enrolled(...names.slice(1)), anna)?.delegates).toHaveLength(8);
		expect(() => enrolled(...names)).toThrow(ContractRefusal);
		const body = { pseudonym: anna, delegate: delegateOf("friend"), custodianSignature: "00".repeat(64) };
		expect(enrolled().codeOf("consent", "delegate", "anna", body)).toBe("CONSENT_COUNTERSIGNATURE_INVALID");
	});

	it("[CN32] the patient's key, and a delegate's to the end of the last day, are the patient; of a rotated or unknown one nobody is", () => {
		const ledger = enrolled(["son", "delegate", "2026-01-01"]);
		const son = keyOf("son").publicKey;
		const over = noon + day / 2;
		const asked = [anna, son, keyOf("x").publicKey] as readonly PublicKey[];
		const who = (time: number, of = anna) => asked.map((key) => isPatientKey(ledger, of, key, time));
		expect([who(over - 1), who(over)]).toEqual([
			[true, true, false],
			[true, false, false],
		]);
		expect(who(noon, pseudonymOf("nobody"))).toEqual([false, false, false]);
		ledger.apply("consent", "rotate", "anna", rotateBody("anna", "anna-2"));
		expect(who(noon)).toEqual([false, false, false]);
		expect(currentPseudonym(ledger, pseudonymOf("nobody"))).toBe(pseudonymOf("nobody"));
		expect(readConsents(ledger, pseudonymOf("nobody"))).toEqual([]);
	});

	it("[CN4] the id that means none is given to none", () => {
		expect(enrolled().codeOf("consent", "grant", "anna", grantBody("anna", "x", { consentId: "0".repeat(32) as ConsentId }))).toBe(
			"CONSENT_ID_TAKEN",
		);
	});

	it("[CN13] backups may become unreadable with the records, and no sooner", () => {
		const receipt = (unreadableInBackupsFromMs: number) => ({
			pseudonym: anna,
			unreadableSinceMs: noon,
			unreadableInBackupsFromMs,
			auditKeyHeldUntilMs: 0,
		});
		expect(enrolled().codeOf("consent", "destroyed", "charite", receipt(noon - 1))).toBe("CONSENT_RECEIPT_INVALID");
		expect(enrolled().codeOf("consent", "destroyed", "charite", receipt(noon))).toBe("accepted");
	});

	it("[CN8] a paper consent's year is counted from the day it is recorded, whatever the hour", () => {
		const paper = (time: number, validUntil: string) => {
			const ledger = enrolled();
			ledger.time = time;
			return ledger.codeOf("consent", "grantCustodial", "charite", grantBody("anna", consentIdOf("p"), { validUntil: validUntil as CivilDay }));
		};
		const nextDay = noon + day / 2;
		expect([paper(nextDay - 1, "2027-01-01"), paper(nextDay - 1, "2027-01-02")]).toEqual(["accepted", "CONSENT_CUSTODIAL_TOO_LONG"]);
		expect([paper(nextDay, "2027-01-02"), paper(nextDay, "2027-01-03")]).toEqual(["accepted", "CONSENT_CUSTODIAL_TOO_LONG"]);
	});
});

describe("limits of access logs", () => {
	const schemaOf = (action: string) => newestRules.contracts.access.actions[action]!.schema;
	const log = { log: "log-1", size: 1, root: "aa".repeat(32), mapRoot: "bb".repeat(32), proof: [] as string[] };
	const anchor = { logs: [log], vaultRoot: "cc".repeat(32), time: noon, urgent: false };

	it.each<[string, object, object]>([
		["32 logs", { logs: Array(32).fill(log) }, { logs: Array(33).fill(log) }],
		["one log", { logs: [log] }, { logs: [] }],
		["a proof of 128", { logs: [{ ...log, proof: Array(128).fill(log.root) }] }, { logs: [{ ...log, proof: Array(129).fill(log.root) }] }],
		["the first instant", { time: 0 }, { time: -1 }],
		["the last instant", { time: 253402300799999 }, { time: 253402300800000 }],
	])("[RU3] %s", (_, inside, outside) => {
		expect([inside, outside].map((fields) => schemaOf("anchor").safeParse({ ...anchor, ...fields }).success)).toEqual([true, false]);
	});

	it("[RU3] a short identifier has 1 to 80 characters of a few kinds, the first a letter or digit", () => {
		const taken = (name: string) => schemaOf("registerLog").safeParse({ log: name, writer: keyOf("w").publicKey }).success;
		for (const name of ["a", "Z", "0", "a._:-9", `a${"b".repeat(79)}`]) expect(taken(name), name).toBe(true);
		for (const name of ["", ".", "-a", "_a", ":a", "a/b", "a b", "ä", `a${"b".repeat(80)}`]) expect(taken(name), name).toBe(false);
	});

	it("[AC1] [AC6] a stranger registers and closes nothing", () => {
		const ledger = new MemoryLedger();
		ledger.apply("access", "registerLog", "charite", { log: "log-1", writer: keyOf("writer").publicKey });
		const close = (by: string, successor = "") => ledger.codeOf("access", "closeLog", by, { log: "log-1", successor, sizeLost: 0 });
		expect([close("writer"), close("institute"), close("charite", "log-2")]).toEqual([
			"ACCESS_NOT_A_MEMBER",
			"ACCESS_LOG_UNKNOWN",
			"ACCESS_LOG_UNKNOWN",
		]);
		expect([close("charite", "log-1"), close("charite"), close("charite")]).toEqual(["ACCESS_SUCCESSOR_INVALID", "accepted", "ACCESS_LOG_CLOSED"]);
	});
});

describe("limits of terms", () => {
	const opened = openedTerms(idOf("consent 0") as ConsentId, { provision: { type: "permit" } });
	const isTerms = (fields: Partial<Record<keyof ConsentTerms, unknown>>, salt = opened.salt): boolean => {
		try {
			return commitTerms({ terms: { ...opened.terms, ...fields }, salt } as OpenedTerms).length === 64;
		} catch (error) {
			expect((error as { code: string }).code).toMatch(/^CONSENT_TERMS_INVALID$|^JSON_/);
			return false;
		}
	};
	const permit = (fields: object) => ({ provision: { type: "permit", ...fields } });
	const deny = (fields: object) => ({ provision: { type: "deny", ...fields } });
	const codes = (count: number) => Array.from({ length: count }, (_, at) => `c${at}`);
	const due = { cents: 1, currency: "EUR", per: "use" };

	it.each<[string, object, object]>([
		["a title of 2,000", { title: "x".repeat(2_000) }, { title: "x".repeat(2_001) }],
		["a chain of 200", { chain: "x".repeat(200) }, { chain: "x".repeat(201) }],
		["a chain", { chain: "x" }, { chain: "" }],
		["version 1", { version: 1 }, { version: 0 }],
		["the last version", { version: 2 ** 53 - 1 }, { version: 2 ** 53 }],
		["three capitals of currency", { compensation: due }, { compensation: { ...due, currency: "xEUR" } }],
		["no more than three", { compensation: { ...due, cents: 0 } }, { compensation: { ...due, currency: "EURx" } }],
		["capitals", { compensation: { ...due, currency: "AZM" } }, { compensation: { ...due, currency: "eur" } }],
		["cents of 0 and more", { compensation: { ...due, cents: 0 } }, { compensation: { ...due, cents: -1 } }],
		["per use", { compensation: due }, { compensation: { ...due, per: "year" } }],
		["known fields of a compensation", { compensation: due }, { compensation: { ...due, to: "x" } }],
		["a code of 200", permit({ models: ["x".repeat(200)] }), permit({ models: ["x".repeat(201)] })],
		["a code of 1", permit({ models: ["!"] }), permit({ models: [""] })],
		["the last printable", permit({ models: ["~"] }), permit({ models: ["\u007f"] })],
		["no blank before", permit({ models: ["x"] }), permit({ models: [" x"] })],
		["no blank after", permit({ models: ["x"] }), permit({ models: ["x "] })],
		...(["models", "conditions", "diseases", "records", "authors", "encounters"] as const).flatMap((name): [string, object, object][] => [
			[`256 ${name} of a grant`, permit({ [name]: codes(256) }), permit({ [name]: codes(257) })],
			[`256 ${name} of a refusal`, deny({ [name]: codes(256) }), deny({ [name]: codes(257) })],
		]),
		["256 exceptions", permit({ exceptions: Array(256).fill({ type: "deny" }) }), permit({ exceptions: Array(257).fill({ type: "deny" }) })],
		["256 exceptions of a refusal", deny({ exceptions: Array(256).fill({ type: "deny" }) }), deny({ exceptions: Array(257).fill({ type: "deny" }) })],
		...(["startMs", "endMs", "dataFromMs", "dataToMs"] as const).flatMap((name): [string, object, object][] => [
			[`${name} in the year 1`, permit({ [name]: -62135596800000 }), permit({ [name]: -62135596800001 })],
			[`${name} at the end of 9999`, permit({ [name]: 253402300800000 }), permit({ [name]: 253402300800001 })],
		]),
		["a millisecond of time", permit({ startMs: 0, endMs: 1 }), permit({ startMs: 1, endMs: 1 })],
		["a millisecond of data", deny({ dataFromMs: 0, dataToMs: 1 }), deny({ dataFromMs: 1, dataToMs: 1 })],
		[
			"a member's people",
			permit({ grantees: [{ kind: "member", member: hospital, credential: "practitioner" }] }),
			permit({ grantees: [{ kind: "member", member: hospital }] }),
		],
		[
			"a department's member",
			permit({ grantees: [{ kind: "department", member: hospital, department: "x" }] }),
			permit({ grantees: [{ kind: "department", department: "x" }] }),
		],
		["a person's key", permit({ grantees: [{ kind: "actor", key: pseudonym }] }), permit({ grantees: [{ kind: "actor", key: "x" }] })],
		["a study's code", permit({ grantees: [{ kind: "study", study: "x" }] }), permit({ grantees: [{ kind: "study", study: "" }] })],
		[
			"a grantee's own fields",
			permit({ grantees: [{ kind: "study", study: "x" }] }),
			permit({ grantees: [{ kind: "study", study: "x", member: hospital }] }),
		],
		[
			"a kind of credential",
			permit({ grantees: [{ kind: "credential", credential: "researcher" }] }),
			permit({ grantees: [{ kind: "credential", credential: "wizard" }] }),
		],
		["actions", permit({ actions: ["read", "write"] }), permit({ actions: ["delete"] })],
	])("[CN21] %s", (_, inside, outside) => {
		expect([isTerms(inside), isTerms(outside)]).toEqual([true, false]);
	});

	it("[CN21] a provision is usable exactly where terms with it are", () => {
		for (const fields of [
			{},
			{ level: "compute" },
			{ level: "most" },
			{ startMs: 1, endMs: 1 },
			{ exceptions: [{ type: "deny", labels: [] }] },
			{ unless: 1 },
		]) {
			expect(isUsableProvision({ type: "permit", ...fields })).toBe(isTerms(permit(fields)));
		}
	});

	const legal: LegalUseTerms = {
		...{ format: "aceso/legal-use/1", chain, pseudonym, useId: idOf("use"), custodian: hospital, basis: "statutory-duty", citation: "§ 6" },
		...{ recipient: { member: hospital }, purpose: "PUBHLTH", classes: ["notes"], labels: [], level: "identified", startMs: noon, endMs: noon + 1 },
	};
	const isLegal = (fields: object, salt = "5a".repeat(32)): boolean => {
		try {
			return commitLegalUse({ terms: { ...legal, ...fields } as LegalUseTerms, salt }).length === 64;
		} catch (error) {
			expect((error as { code: string }).code).toMatch(/^CONSENT_TERMS_INVALID$|^JSON_/);
			return false;
		}
	};

	it.each<[string, object, object]>([
		["a citation of 500", { citation: "x".repeat(500) }, { citation: "x".repeat(501) }],
		["a citation", { citation: "x" }, { citation: "" }],
		["a chain of 200", { chain: "x".repeat(200) }, { chain: "x".repeat(201) }],
		["a chain", { chain: "x" }, { chain: "" }],
		["a class", { classes: ["notes"] }, { classes: [] }],
		["32 classes", { classes: Array(32).fill(dataClasses[0]) }, { classes: Array(33).fill(dataClasses[0]) }],
		["16 labels", { labels: Array(16).fill(sensitivityLabels[0]) }, { labels: Array(17).fill(sensitivityLabels[0]) }],
		["a millisecond", { endMs: noon + 1 }, { endMs: noon }],
		["this format", {}, { format: "aceso/legal-use/2" }],
		["known fields", {}, { note: "x" }],
		["known fields of the recipient", { recipient: { member: hospital, key: pseudonym } }, { recipient: { member: hospital, name: "x" } }],
	])("[CN53] %s", (_, inside, outside) => {
		expect([isLegal(inside), isLegal(outside)]).toEqual([true, false]);
		for (const salt of ["", "5a".repeat(31), "5A".repeat(32)]) expect(isLegal(inside, salt)).toBe(false);
	});
});

describe("limits of the calendar", () => {
	it("[RU7] days begin with the year 1, and contracts' with 1970", () => {
		expect([dayOfEra("0000-12-31"), dayOfEra("0001-01-01"), dayOfEra("0001-12-31"), dayOfEra("0004-02-29")]).toEqual([-1, 0, 364, 1_154]);
		expect([dayNumber("1969-12-31"), dayNumber("1970-01-01")]).toEqual([-1, 0]);
		for (const text of ["2026x01-01", "2026-01x01", "2026-01-011", "/026-01-01", ":026-01-01", "2026-01-32", "1900-02-29"])
			expect(dayNumber(text), text).toBe(-1);
	});
});
