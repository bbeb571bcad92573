import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { admits, type Decider, type DecisionRequest, type DecisionState, levels, prepareDecisions, type RecordFacts } from "#contracts";
import { type BenchRow, benchRow, median } from "./benchRow.ts";
import { createRandom, noonMs, randomProvision, randomRecord, randomRequest, stateOf } from "./consents/randomConsents.ts";
import { cedarCall, cedarPolicies } from "./consents/toCedar.ts";

const rounds = 5;
const patients = 100;
const consentsPerPatient = 50;
const questionsPerRound = 40_000;
/** Cedar decides fewer a second: as many as take about as long. */
const cedarQuestionsPerRound = 300;

interface Question {
	readonly patient: number;
	readonly asked: DecisionRequest;
	readonly record: RecordFacts;
	/** Different questions come at different moments, so that no answer could be kept. */
	readonly atMs: number;
}

/**
 * Decisions a second: may this requester have this record, and at which level? Patients have 50 consents with nested and record-level
 * provisions in their opened terms, checked against the ledger's commitments beforehand; every question differs in requester, purpose, class,
 * level, record and time. Baseline: Cedar (WebAssembly), each patient's consents parsed beforehand, the same questions. Verdicts are compared first; one that differs ends the benchmark.
 */
export async function consentDecide(): Promise<BenchRow> {
	const random = createRandom(42);
	const states = Array.from({ length: patients }, () => randomState(random));
	const deciders = states.map(prepareDecisions);
	states.forEach((state, i) => {
		const parsed = preparsePolicySet(`patient ${i}`, { staticPolicies: cedarPolicies(state) });
		if (parsed.type !== "success") throw new Error("Cedar could not read a patient's policies");
	});
	const questions = Array.from({ length: questionsPerRound }, (): Question => {
		const [asked, record, patient] = [randomRequest(random), randomRecord(random), random() % patients];
		return { patient, asked, record, atMs: noonMs + (random() % 2_000) - 1_000 };
	});
	const compared = questions.slice(0, cedarQuestionsPerRound);
	const allowed = compared.map((question) => compare(deciders, question)).filter(Boolean).length;
	const [ours, cedars]: [number[], number[]] = [[], []];
	for (let round = 0; round < rounds; round++) {
		cedars.push(perSecond(compared, (question) => cedarAllows(question)));
		ours.push(perSecond(questions, (question) => allows(deciders, question)));
	}
	return benchRow({
		name: "consent.decide",
		value: median(ours),
		unit: "decisions/s",
		baseline: median(cedars),
		patients,
		consentsPerPatient,
		questions: questionsPerRound,
		comparedWithCedar: compared.length,
		allowedOfThese: allowed,
		slowestRound: Math.round(Math.min(...ours)),
		fastestRound: Math.round(Math.max(...ours)),
	});
}

/** Four grants to one refusal, most of them with exceptions or limited to single records. */
function randomState(random: ReturnType<typeof createRandom>): DecisionState {
	const provisions = Array.from({ length: consentsPerPatient }, () => randomProvision(random, 1, 10, random() % 5 === 0 ? "deny" : "permit"));
	return stateOf(random, provisions, random() % 2 === 0 ? "deny" : "normal-data-for-treatment");
}

function allows(deciders: readonly Decider[], { patient, asked, record, atMs }: Question): boolean {
	const [verdict] = (deciders[patient] as Decider)(asked, atMs).classes;
	return verdict?.released === true && admits(verdict.filters, record)?.level === asked.level;
}

function cedarAllows({ patient, asked, record, atMs }: Question): boolean {
	const answer = statefulIsAuthorized({ ...cedarCall(asked, record, atMs), preparsedPolicySetId: `patient ${patient}` });
	if (answer.type !== "success" || answer.response.diagnostics.errors.length > 0) throw new Error("Cedar could not decide");
	return answer.response.decision === "allow";
}

function compare(deciders: readonly Decider[], question: Question): boolean {
	const allowed = allows(deciders, question);
	if (allowed !== cedarAllows(question)) throw new Error(`the verdicts differ at level ${levels.indexOf(question.asked.level)}`);
	return allowed;
}

function perSecond(questions: readonly Question[], ask: (question: Question) => boolean): number {
	const start = performance.now();
	for (const question of questions) ask(question);
	return questions.length / ((performance.now() - start) / 1_000);
}
