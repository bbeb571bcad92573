import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeHex, type SubjectId } from "#base";
import type { Provision } from "#contracts";
import { type AccessLog, createGate, type Gate } from "#gate";
import type { LoggedAccess } from "#vault";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** Invariant 2: a gate with a bug, or rebuilt by its operator, gets no key it has not written down in full. */
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let doctor: Staff;
let researcher: Staff;

const toCounters: Provision = {
	type: "permit",
	grantees: [{ kind: "credential", credential: "researcher" }],
	purposes: ["HRESCH"],
	classes: ["conditions"],
	level: "aggregate",
};

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Eriksen", given: "Liv", birthDate: "1948-05-06" });
	other = await small.admit({ family: "Falk", given: "Jon", birthDate: "1991-09-10" });
	doctor = await small.hire("practitioner");
	researcher = await small.hire("researcher");
	for (const each of [patient, other]) await small.grant(each, toPractitioners("north", ["conditions", "laboratory", "vitals"]));
	for (const each of [patient, other]) await small.grant(each, toCounters);
	// Terms are opened once here, so that what the patched gates below do concerns the read alone.
	await small.read(doctor.key, byLocal(patient.localId));
});
afterAll(() => small.close());

type Append = AccessLog["append"];
type AppendCohort = AccessLog["appendCohort"];

/** A gate over the same keyring and store whose log writer somebody has changed. */
function gateWith(patch: (append: Append) => Append, patchCohort: (append: AppendCohort) => AppendCohort = (append) => append): Gate {
	const { id, memberKey, keyring, store, objects, log, gate } = small.institution();
	const { ledger, now, randomBytes, folder } = small.network;
	const nobody = readFileSync(join(folder, "members", id, "nobody.id"), "utf8") as SubjectId;
	const patched: AccessLog = {
		log: log.log,
		member: log.member,
		writer: log.writer,
		append: patch((draft, options) => log.append(draft, options)),
		appendCohort: patchCohort((items) => log.appendCohort(items)),
		size: () => log.size(),
		root: (size) => log.root(size),
		checkpoint: () => log.checkpoint(),
		anchorBody: (size) => log.anchorBody(size),
		markAnchored: (anchor) => log.markAnchored(anchor),
		history: (parameters) => log.history(parameters),
		close: () => log.close(),
	};
	return createGate({ member: id, memberKey, ledger, keyring, store, objects, log: patched, memory: gate.memory, nobody, now, randomBytes });
}

const isRead = (draft: Parameters<Append>[0]) => draft.action === "read" && draft.decision === "permit";
const subjectOf = async (who: SmallPatient) => (await small.institution().keyring.subjectOf(who.pseudonym)) as SubjectId;

async function readThrough(patch: (append: Append) => Append): Promise<string> {
	const body = { kind: "read", patient: byLocal(patient.localId), purpose: "TREAT", classes: ["conditions"], level: "identified" };
	return codeOf(gateWith(patch).release(small.sign(doctor.key, body)));
}

const forged = (draft: Parameters<Append>[0], template: LoggedAccess): LoggedAccess => ({
	...template,
	entry: { ...template.entry, ...draft },
	receipt: { ...template.receipt, nonce: encodeHex(small.network.randomBytes(16)), expiresAtMs: small.network.now() + 5_000 },
});

describe("no receipt, no key", () => {
	it("[GA5] the gate as it is reads; the same gate with the append skipped does not", async () => {
		expect(await readThrough((append) => append)).toBe("no error");
		let template: LoggedAccess | undefined;
		await readThrough((append) => async (draft, options) => {
			const logged = await append(draft, options);
			if (isRead(draft)) template = logged;
			return logged;
		});
		const before = small.institution().log.size();
		const code = await readThrough(
			(append) => (draft, options) => (isRead(draft) ? Promise.resolve(forged(draft, template!)) : append(draft, options)),
		);
		expect(code).toBe("VAULT_RECEIPT_REFUSED");
		// Only the opening of terms, which a gate does once, may have been written.
		expect(small.institution().log.size() - before).toBeLessThanOrEqual(1);
	});

	const falsified: Readonly<Record<string, (append: Append) => Append>> = {
		"appends a refusal and unwraps": (append) => (draft, options) => append(isRead(draft) ? { ...draft, decision: "deny" } : draft, options),
		"appends a refusal and hands on a permit": (append) => async (draft, options) => {
			if (!isRead(draft)) return append(draft, options);
			const logged = await append({ ...draft, decision: "deny" }, options);
			return { ...logged, entry: { ...logged.entry, decision: "permit" } };
		},
		"writes down another patient": (append) => async (draft, options) =>
			isRead(draft) ? append({ ...draft, pseudonym: other.pseudonym }, { subject: await subjectOf(other) }) : append(draft, options),
		"writes down another patient and hands on the true one": (append) => async (draft, options) => {
			if (!isRead(draft)) return append(draft, options);
			const logged = await append({ ...draft, pseudonym: other.pseudonym }, { subject: await subjectOf(other) });
			return { ...logged, entry: { ...logged.entry, pseudonym: patient.pseudonym } };
		},
		"writes down other compartments": (append) => (draft, options) => append(isRead(draft) ? { ...draft, compartments: ["vitals"] } : draft, options),
		"writes down none": (append) => (draft, options) => append(isRead(draft) ? { ...draft, compartments: [] } : draft, options),
		"waits more than five seconds": (append) => async (draft, options) => {
			const logged = await append(draft, options);
			if (isRead(draft)) small.advance(5_001);
			return logged;
		},
	};

	it.each(Object.entries(falsified))("[GA5] a gate that %s gets no key, and what it wrote stays written", async (_what, patch) => {
		const before = small.institution().log.size();
		expect(await readThrough(patch)).toBe("VAULT_RECEIPT_REFUSED");
		expect(small.institution().log.size()).toBeGreaterThan(before);
	});

	const counted = { system: "http://snomed.info/sct", code: "195967001" };
	let asked = 0;
	/** A count over both patients, another one each time: a stored answer opens nothing. */
	const countThrough = (patch: (append: AppendCohort) => AppendCohort): Promise<string> => {
		const body = { kind: "count", purpose: "HRESCH", class: "conditions", code: { ...counted, code: String(++asked) }, epsilonMilli: 10 };
		return codeOf(gateWith((append) => append, patch).countPatients(small.sign(researcher.key, body)));
	};
	const both = (logged: readonly LoggedAccess[]) => logged as readonly [LoggedAccess, LoggedAccess];
	const permits = (items: Parameters<AppendCohort>[0], logged: readonly LoggedAccess[]) =>
		logged.map(({ canonical: _, ...access }, i) => ({ ...access, entry: { ...access.entry, ...items[i]!.draft } }));

	const falsifiedCohorts: Readonly<Record<string, (append: AppendCohort) => AppendCohort>> = {
		"leaves one of two patients out of the cohort": (append) => async (items) => {
			const [first] = await append(items.slice(0, 1));
			return permits(items, [first!, first!]);
		},
		"writes down refusals and hands on permits": (append) => async (items) => {
			const denied = items.map(({ draft, subject }) => ({ draft: { ...draft, decision: "deny" as const }, subject }));
			return permits(items, await append(denied));
		},
		"writes down other classes": (append) => async (items) => {
			const others = items.map(({ draft, subject }) => ({ draft: { ...draft, compartments: ["vitals" as const] }, subject }));
			return permits(items, await append(others));
		},
		"exchanges two places": (append) => async (items) => {
			const [first, second] = both(await append(items));
			return [
				{ ...first, cohort: second.cohort! },
				{ ...second, cohort: first.cohort! },
			];
		},
		"hands on each entry as the other's": (append) => async (items) => both(await append(items)).toReversed(),
		"hands on the entries as leaves of their own": (append) => async (items) => (await append(items)).map(({ cohort: _, ...access }) => access),
		"writes nothing down and makes receipts of its own": (append) => async (items) => {
			const logged = await append(items.slice(0, 1));
			const nonce = encodeHex(small.network.randomBytes(16));
			return permits(items, [logged[0]!, logged[0]!]).map((access) => ({ ...access, receipt: { ...access.receipt, nonce } }));
		},
		"waits more than five seconds": (append) => async (items) => {
			const logged = await append(items);
			small.advance(5_001);
			return logged;
		},
	};

	it.each(Object.entries(falsifiedCohorts))("[GA122] a count whose gate %s gets no key, and what it wrote stays written", async (_what, patch) => {
		expect(await countThrough((append) => append)).toBe("no error");
		const before = small.institution().log.size();
		expect(await countThrough(patch)).toBe("VAULT_RECEIPT_REFUSED");
		expect(small.institution().log.size() - before).toBeGreaterThanOrEqual(1);
	});

	it("[GA122] a cohort opens once: handed in again, true and durable, it opens nobody", async () => {
		let kept: readonly LoggedAccess[] | undefined;
		const replaying =
			(append: AppendCohort): AppendCohort =>
			async (items) =>
				(kept ??= await append(items));
		expect(await countThrough(replaying)).toBe("no error");
		expect(await countThrough(replaying)).toBe("VAULT_RECEIPT_REFUSED");
	});

	it("[GA5] a receipt opens once: handed in again, with an entry that is true and durable, it opens nothing", async () => {
		let kept: LoggedAccess | undefined;
		const replaying =
			(append: Append): Append =>
			async (draft, options) => {
				if (isRead(draft) && kept !== undefined) return kept;
				const logged = await append(draft, options);
				if (isRead(draft)) kept = logged;
				return logged;
			};
		expect(await readThrough(replaying)).toBe("no error");
		expect(await readThrough(replaying)).toBe("VAULT_RECEIPT_REFUSED");
	});
});
