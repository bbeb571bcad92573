import type { JsonObject, Pseudonym } from "#base";
import { admitRequest } from "./authenticate.ts";
import { type Candidate, findCandidates } from "./candidates.ts";
import { GateError } from "./errors.ts";
import { assertFresh, logUnderNobody } from "./logUnderNobody.ts";
import { type NoisyCount, noisyCount } from "./minimise/aggregate/noisyCount.ts";
import { yearlyEpsilonMilli } from "./minimise/aggregate/privacyBudget.ts";
import { queryKey } from "./minimise/aggregate/queryKey.ts";
import { openCohort } from "./openCohort.ts";
import type { OpenedRow } from "./openRows.ts";
import { assertLabelled } from "./relabelling.ts";
import { admittedLevel, type GateContext } from "./release.ts";
import type { CountBody } from "./requests.ts";

/** `incomplete`: patients who permit it were left out, since their privacy budget is spent. */
type StoredAnswer = NoisyCount & { readonly incomplete: boolean };

export type CountAnswer = StoredAnswer & { readonly epsilonMilli: number; readonly fromStore: boolean };

const yearMs = 365 * 86_400_000;

/**
 * How many consenting patients have a record with a code: with discrete Laplace noise, suppressed below 11, paid from each candidate's
 * privacy budget, and the same question always gets the same answer.
 *
 * Every candidate is opened, logged and charged, whether they match or not: neither log nor budget tells who was counted. They are written down
 * as cohorts, which do not tell a patient how many were.
 *
 * @throws {@link GateError} `GATE_LEDGER_STALE`, `GATE_BUDGET_SPENT`, `GATE_COHORT_TOO_LARGE`.
 */
export async function countPatients(gate: GateContext, input: unknown): Promise<CountAnswer> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "count");
	const { body } = request;
	const act = { action: "aggregate", purpose: body.purpose, level: "aggregate" } as const;
	await assertFresh(parts, request, at, act);
	await assertLabelled(gate, request, at, act);
	const question = { action: "read", purpose: body.purpose, classes: [body.class], level: "aggregate", emergency: false } as const;
	const named = { ...(body.study === undefined ? {} : { study: body.study }), ...(body.diseases === undefined ? {} : { diseases: body.diseases }) };
	const found = await findCandidates(gate, request, { ...question, ...named }, at);
	// Who may not ask gets no stored answer either: with no candidate there is nothing that was ever granted to this requester.
	if (found.length === 0) {
		await logUnderNobody(parts, request, at, { ...act, compartments: [body.class], decision: "deny", reasons: ["CLASS_NOT_GRANTED"] });
		return { suppressed: true, below: 11, epsilonMilli: body.epsilonMilli, incomplete: false, fromStore: false };
	}
	// Whose answer it is belongs to the question: what was granted to one requester is not told to another.
	const query = queryKey({ ...describeQuery(body), requester: request.key });
	const stored = parts.memory.storedAnswer(query);
	if (stored !== undefined) {
		await logUnderNobody(parts, request, at, { ...act, decision: "permit", reasons: ["PERMITTED_BY_CONSENT"] });
		return { ...(JSON.parse(stored) as StoredAnswer), epsilonMilli: body.epsilonMilli, fromStore: true };
	}
	const candidates = found.filter(
		({ patient }) => parts.memory.spentMilliEpsilon(patient.pseudonym, at - yearMs) + body.epsilonMilli <= yearlyEpsilonMilli,
	);
	if (candidates.length === 0) {
		await logUnderNobody(parts, request, at, { ...act, compartments: [body.class], decision: "deny", reasons: ["CLASS_NOT_GRANTED"] });
		// "Below eleven" would be an untruth here: nothing was counted.
		throw new GateError("GATE_BUDGET_SPENT", "the privacy budget of those who permit this is spent for now; ask again within the year");
	}
	const cohort = { signer: request, at, told: act, classesOf: () => [body.class] };
	const matching = await openCohort(parts, candidates, cohort, (candidate, opened) => matches(candidate, opened, body.code));
	const count = matching.filter(Boolean).length;
	const noisy = noisyCount({ count, epsilonMilli: body.epsilonMilli, randomBytes: parts.randomBytes });
	const answer: StoredAnswer = { ...noisy, incomplete: candidates.length < found.length };
	const charged = candidates.map(({ patient }): Pseudonym => patient.pseudonym);
	parts.memory.recordAnswer(query, JSON.stringify(answer), at, body.epsilonMilli, charged);
	return { ...answer, epsilonMilli: body.epsilonMilli, fromStore: false };
}

function describeQuery(body: CountBody): JsonObject {
	const { purpose, code, epsilonMilli } = body;
	return {
		purpose,
		class: body.class,
		system: code.system,
		code: code.code,
		epsilonMilli,
		study: body.study ?? "",
		diseases: [...(body.diseases ?? [])].sort(),
	};
}

function matches({ decision }: Candidate, opened: readonly OpenedRow[], code: CountBody["code"]): boolean {
	const verdicts = new Map(decision.classes.map((verdict) => [verdict.class, verdict]));
	return opened.some((row) => admittedLevel(row, verdicts) !== undefined && hasCode(row.body.resource, code));
}

/** The code of the record itself (`code`, `vaccineCode`, `medicationCodeableConcept`), not of what it mentions. */
function hasCode(resource: { readonly [element: string]: unknown }, wanted: CountBody["code"]): boolean {
	for (const element of ["code", "vaccineCode", "medicationCodeableConcept"]) {
		const coding = (resource[element] as { coding?: unknown } | undefined)?.coding;
		if (!Array.isArray(coding)) continue;
		if (coding.some((each: { system?: unknown; code?: unknown }) => each.system === wanted.system && each.code === wanted.code)) return true;
	}
	return false;
}
