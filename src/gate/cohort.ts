import type { Instant, Pseudonym } from "#base";
import type { DataClass } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { type Candidate, findCandidates } from "./candidates.ts";
import { GateError } from "./errors.ts";
import { hideRareFacts } from "./hideRareFacts.ts";
import { assertFresh, logUnderNobody } from "./logUnderNobody.ts";
import { kAnonymous } from "./minimise/aggregate/kAnonymous.ts";
import type { Resource } from "./minimise/context.ts";
import { minimise } from "./minimise/minimise.ts";
import { createReleaseIds } from "./minimise/releaseIds.ts";
import { openCohort } from "./openCohort.ts";
import { type OpenedRow, spelledResource } from "./openRows.ts";
import { assertLabelled } from "./relabelling.ts";
import { admittedLevel, type GateContext, incompletenessNotice } from "./release.ts";

/** Smallest release set of a study, earlier releases included (PROTOCOL §6). */
export const minimumCohort = 11;

export interface CohortRelease {
	readonly study: string;
	/** One list a patient, in an order that says nothing. */
	readonly patients: readonly { readonly resources: readonly Resource[] }[];
	/** True when some patients wait because too few others look like them, or something is left out that too few others have. */
	readonly withheld: boolean;
	readonly method: "safe-harbor";
	readonly notice: string;
}

/**
 * De-identified records of every patient whose consent names this use, together or not at all: k ≥ 11 over the study's release set.
 *
 * @throws {@link GateError} `GATE_COHORT_TOO_SMALL` whether one patient or ten were found, newcomers counted apart; `GATE_COHORT_TOO_LARGE`, `GATE_LEDGER_STALE`.
 */
export async function releaseCohort(gate: GateContext, input: unknown): Promise<CohortRelease> {
	const { parts } = gate;
	const { request: signed, at } = await admitRequest(gate, input, "cohort");
	const { body } = signed;
	await assertFresh(parts, signed, at, { action: "read", purpose: body.purpose, level: body.level });
	await assertLabelled(gate, signed, at, { action: "read", purpose: body.purpose, level: body.level });
	const found = await findCandidates(gate, signed, { ...body, action: "read", emergency: false }, at);
	// A requester who names another study for each question is still the same requester.
	const audiences = [`study/${body.study}`, `key/${signed.key}`];
	const known = audiences.map((audience) => parts.memory.releasedTo(audience));
	// Fewer than eleven newcomers wait for company: the difference between two releases would show them.
	const leaving = withoutFewNewcomers(found, known);
	if (leaving.length < minimumCohort) {
		await logUnderNobody(parts, signed, at, {
			action: "read",
			purpose: body.purpose,
			compartments: [...body.classes].sort(),
			level: body.level,
			decision: "deny",
			reasons: ["CLASS_NOT_GRANTED"],
		});
		throw new GateError("GATE_COHORT_TOO_SMALL", `fewer than ${minimumCohort} patients permit this use; nothing is released`, {
			minimum: minimumCohort,
		});
	}
	const ids = createReleaseIds();
	const told = { action: "read", purpose: body.purpose, level: body.level } as const;
	const question = { signer: signed, at, told, classesOf: grantedClasses };
	const read = await openCohort(parts, shuffle(leaving, parts.randomBytes), question, (candidate, opened) =>
		readCandidate(candidate, opened, ids, at),
	);
	// Newcomers must look alike among themselves: among those who left before, the one who joined a group would stand out.
	const groups = known
		.reduce<readonly (readonly ReadPatient[])[]>((parties, before) => parties.flatMap((party) => splitBy(party, before)), [read])
		.map((records) => kAnonymous({ records, quasiIdentifiers, k: minimumCohort }));
	const complete = groups.flatMap((group) => group.released);
	const hidden = groups.flatMap((group) => byLook(group.released).flatMap(hideRareFacts));
	const released = shuffle(hidden, parts.randomBytes);
	const isThinned = countResources(hidden) < countResources(complete);
	const withheld = isThinned || groups.some((group) => group.withheld.length > 0) || leaving.length < found.length;
	if (released.length === 0)
		throw new GateError("GATE_COHORT_TOO_SMALL", "no eleven patients look alike in what would leave; nothing is released", {
			minimum: minimumCohort,
		});
	parts.memory.recordRelease(
		audiences,
		released.map(({ person }) => person),
	);
	return {
		study: body.study,
		patients: released.map(({ resources }) => ({ resources: shuffle(resources, parts.randomBytes) })),
		withheld,
		method: "safe-harbor",
		notice: incompletenessNotice,
	};
}

/** Leaves out those who are new to an audience when they are fewer than eleven, until no audience would see so few. */
function withoutFewNewcomers(found: readonly Candidate[], audiences: readonly ReadonlySet<string>[]): readonly Candidate[] {
	let leaving = found;
	for (let before = -1; before !== leaving.length; ) {
		before = leaving.length;
		for (const released of audiences) {
			const known = leaving.filter(({ patient }) => released.has(patient.pseudonym));
			if (leaving.length - known.length < minimumCohort) leaving = known;
		}
	}
	return leaving;
}

function splitBy(read: readonly ReadPatient[], before: ReadonlySet<string>): readonly (readonly ReadPatient[])[] {
	return [read.filter(({ person }) => before.has(person)), read.filter(({ person }) => !before.has(person))];
}

/** Those who look alike in what an outsider may know: a rare diagnosis has to hide among them and not among everybody. */
function byLook(read: readonly ReadPatient[]): readonly (readonly ReadPatient[])[] {
	return Object.values(Object.groupBy(read, ({ values }) => JSON.stringify(quasiIdentifiers.map((name) => values[name])))) as ReadPatient[][];
}

function countResources(read: readonly ReadPatient[]): number {
	return read.reduce((sum, { resources }) => sum + resources.length, 0);
}

/** What an outsider may know of a person, as far as it would leave; without a Patient resource all look alike. */
const quasiIdentifiers = ["gender", "birthDate", "state", "deceased"];

interface ReadPatient {
	readonly person: Pseudonym;
	readonly values: Readonly<Record<string, string>>;
	readonly resources: readonly Resource[];
}

function readCandidate(candidate: Candidate, opened: readonly OpenedRow[], ids: ReturnType<typeof createReleaseIds>, at: Instant): ReadPatient {
	const resources = opened.flatMap((row) => deidentify(row, candidate, ids, at) ?? []);
	return { person: candidate.patient.pseudonym, values: valuesOf(resources), resources };
}

function valuesOf(resources: readonly Resource[]): Readonly<Record<string, string>> {
	const patient = resources.find(({ resourceType }) => resourceType === "Patient");
	if (patient === undefined) return {};
	const address = (patient["address"] as readonly { readonly state?: string }[] | undefined)?.[0];
	const deceased = patient["deceasedBoolean"] ?? patient["deceasedDateTime"] ?? "";
	return {
		gender: String(patient["gender"] ?? ""),
		birthDate: String(patient["birthDate"] ?? ""),
		state: address?.state ?? "",
		deceased: String(deceased),
	};
}

function deidentify(row: OpenedRow, candidate: Candidate, releaseIds: ReturnType<typeof createReleaseIds>, at: Instant): Resource | undefined {
	const admitted = admittedLevel(row, new Map(candidate.decision.classes.map((verdict) => [verdict.class, verdict])));
	if (admitted !== "deidentified") return undefined;
	const classes = row.row.compartments.split("+") as DataClass[];
	const result = minimise(spelledResource(row), "deidentified", { classes, today: new Date(at).toISOString().slice(0, 10), releaseIds });
	return result.released ? result.resource : undefined;
}

function grantedClasses({ decision }: Candidate): readonly DataClass[] {
	return decision.classes.flatMap((verdict) => (verdict.released ? [verdict.class] : []));
}

/** Fisher–Yates with the system's random bytes: the order in which patients were stored is information. */
export function shuffle<T>(items: readonly T[], randomBytes: (length: number) => Uint8Array): T[] {
	const shuffled = [...items];
	for (let i = shuffled.length - 1; i > 0; i--) {
		const draw = randomBytes(6).reduce((value, byte) => value * 256 + byte, 0);
		const j = draw % (i + 1);
		[shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
	}
	return shuffled;
}
