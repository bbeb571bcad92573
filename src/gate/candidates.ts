import type { Instant, SubjectId } from "#base";
import type { Decision } from "#contracts";
import type { Asked } from "./authenticate.ts";
import { type AccessQuestion, decideAccess } from "./decideAccess.ts";
import { GateError } from "./errors.ts";
import { logUnderNobody } from "./logUnderNobody.ts";
import { mapInFlight, openedAtOnce } from "./mapInFlight.ts";
import { erasedOf, type ResolvedPatient } from "./patients.ts";
import type { GateContext } from "./release.ts";

export interface Candidate {
	readonly patient: ResolvedPatient;
	readonly decision: Decision;
}

/** Most patients that one cohort question may look at (PROTOCOL §8). */
const cohortMax = 10_000;

/** Subjects looked at side by side. */
const pageSubjects = 512;

/**
 * Patients of this custodian whose consents permit the question, before anything is opened. Patients who do not permit it are not part of
 * the question and leave no entry.
 *
 * @throws {@link GateError} `GATE_COHORT_TOO_LARGE` when more than {@link cohortMax} permit it; then nothing was opened, and the refusal is logged.
 */
export async function findCandidates(gate: GateContext, signer: Asked<object>, question: AccessQuestion, at: Instant): Promise<readonly Candidate[]> {
	const { parts } = gate;
	const maximum = parts.cohortMax ?? cohortMax;
	const candidates: Candidate[] = [];
	for await (const page of inPages(parts.store.listSubjects())) {
		const found = await mapInFlight(page, openedAtOnce, (subject) => judge(gate, signer, subject, question, at));
		candidates.push(...found.filter((candidate) => candidate !== undefined));
		if (candidates.length > maximum) return refuseTooMany(gate, signer, question, at, maximum);
	}
	return candidates;
}

async function judge(
	gate: GateContext,
	signer: Asked<object>,
	subject: SubjectId,
	question: AccessQuestion,
	at: Instant,
): Promise<Candidate | undefined> {
	const { keyring } = gate.parts;
	if ((await keyring.status(subject)) !== "live") return undefined;
	const pseudonym = await keyring.pseudonymOf(subject);
	if (pseudonym === undefined) return undefined;
	const patient = { subject, pseudonym, absent: false, erased: await erasedOf(gate.parts, subject) };
	const decision = await decideAccess(gate, patient, signer, question, at);
	return decision.decision === "permit" ? { patient, decision } : undefined;
}

async function refuseTooMany(
	{ parts }: GateContext,
	signer: Asked<object>,
	{ action, purpose, classes, level }: AccessQuestion,
	at: Instant,
	maximum: number,
): Promise<never> {
	await logUnderNobody(parts, signer, at, {
		action,
		purpose,
		level,
		compartments: [...classes].sort(),
		decision: "deny",
		reasons: ["CLASS_NOT_GRANTED"],
	});
	throw new GateError("GATE_COHORT_TOO_LARGE", `more than ${maximum} patients permit this; ask about fewer, by a study or a purpose of its own`, {
		maximum,
	});
}

async function* inPages<Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
	let page: Item[] = [];
	for await (const item of items) {
		page.push(item);
		if (page.length < pageSubjects) continue;
		yield page;
		page = [];
	}
	if (page.length > 0) yield page;
}
