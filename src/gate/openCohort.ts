import type { Instant } from "#base";
import type { AccessEntryDraft, DataClass } from "#contracts";
import type { LoggedAccess, StoredRecord } from "#vault";
import type { Asked } from "./authenticate.ts";
import type { Candidate } from "./candidates.ts";
import { draftFor } from "./draft.ts";
import { cohortPlaces } from "./log/cohortTree.ts";
import { mapInFlight, openedAtOnce } from "./mapInFlight.ts";
import { type OpenedRow, openRows } from "./openRows.ts";
import type { GateParts } from "./parts.ts";

/** One question over many patients, and what is looked at of each of them. */
export interface CohortQuestion {
	readonly signer: Asked<object>;
	readonly at: Instant;
	readonly told: Pick<AccessEntryDraft, "action" | "purpose" | "level">;
	readonly classesOf: (candidate: Candidate) => readonly DataClass[];
}

/** Leaves of one question on their way at once: while one is opened the next is written down. */
const leavesAtOnce = 2;

/**
 * Opens the candidates' records: what is found of each is written down as an entry of a cohort, up to 256 of them a leaf, and once that is
 * durable each is opened against the leaf's receipt by the own entry. Exactly the rows that were counted are opened.
 *
 * @param use - Called once for each candidate; results are in the candidates' order. After a failure no further leaf is written.
 */
export async function openCohort<Result>(
	parts: GateParts,
	candidates: readonly Candidate[],
	question: CohortQuestion,
	use: (candidate: Candidate, opened: readonly OpenedRow[]) => Result,
): Promise<readonly Result[]> {
	const leaves = await mapInFlight(leavesOf(candidates), leavesAtOnce, async (members) => {
		const looks = await logLooks(parts, members, question);
		return mapInFlight(looks, openedAtOnce, async ({ candidate, rows, access }) => use(candidate, await openRows(parts, access, rows)));
	});
	return leaves.flat();
}

function leavesOf(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
	const leaves = Array.from({ length: Math.ceil(candidates.length / cohortPlaces) }, (_, i) => i * cohortPlaces);
	return leaves.map((from) => candidates.slice(from, from + cohortPlaces));
}

interface Look {
	readonly candidate: Candidate;
	readonly rows: readonly StoredRecord[];
	readonly access: LoggedAccess;
}

async function logLooks(parts: GateParts, members: readonly Candidate[], { signer, at, told, classesOf }: CohortQuestion): Promise<readonly Look[]> {
	const found = await Promise.all(
		members.map(async (candidate) => {
			const compartments = [...classesOf(candidate)].sort();
			return { candidate, compartments, rows: await parts.store.listRecords(candidate.patient.subject, compartments) };
		}),
	);
	const accesses = await parts.log.appendCohort(
		found.map(({ candidate: { patient, decision }, compartments, rows }) => ({
			draft: draftFor(parts, patient.pseudonym, at, {
				...told,
				requester: signer.key,
				requesterKind: "person",
				via: signer.via,
				compartments,
				count: rows.length,
				decision: "permit",
				reasons: decision.reasons,
				consents: decision.consents,
			}),
			subject: patient.subject,
		})),
	);
	return found.map(({ candidate, rows }, i) => ({ candidate, rows, access: accesses[i] as LoggedAccess }));
}
