import type { DataClass } from "#contracts";
import { type Candidate, findCandidates } from "../candidates.ts";
import { assertFresh, logUnderNobody } from "../logUnderNobody.ts";
import { mapInFlight } from "../mapInFlight.ts";
import { assertLabelled } from "../relabelling.ts";
import { type GateContext, incompletenessNotice } from "../release.ts";
import { assertAboutMany, inOwnOrder } from "./aboutMany.ts";
import { questionOf } from "./exportJobs.ts";
import type { Admitted } from "./openFhir.ts";
import { type RecordRelease, releaseRecords } from "./releaseRecords.ts";

/** Patients whose records are opened together. */
const openedTogether = 32;

/** What a release of many says of itself: a class is released where everybody in it releases it. */
export type ReleaseOfMany = Pick<RecordRelease, "classes" | "notice">;

/**
 * What may be seen of everybody who permits the question, patient by patient, in an order that tells nothing and stays the same. Each is decided
 * about, logged and opened, whatever is found: neither the time it takes nor the log tells what was looked for. One at a time in a node.
 *
 * @param use - Called for each patient in order with what is released of them; it keeps of it what it needs.
 * @throws GateError `GATE_REQUEST_INVALID` for what is about one patient alone, `GATE_COHORT_TOO_LARGE`, `GATE_LEDGER_STALE`, `GATE_RELABELLING`.
 */
export function releaseEach(
	gate: GateContext,
	{ asked }: Admitted,
	classes: readonly DataClass[],
	use: (records: RecordRelease["records"]) => void,
): Promise<ReleaseOfMany> {
	return gate.turns.take("release-each", async () => {
		// Judged when its turn comes: what held while it waited may not hold now.
		const admitted = { asked, at: gate.parts.now() };
		const found = await findWhoPermits(gate, admitted, classes);
		const released = new Map(classes.map((each) => [each, found.length > 0]));
		for (let from = 0; from < found.length; from += openedTogether) {
			const releases = await mapInFlight(found.slice(from, from + openedTogether), openedTogether, (each) => openOne(gate, admitted, each, classes));
			for (const release of releases) {
				for (const { class: dataClass, status } of release.classes) if (status === "not-available") released.set(dataClass, false);
				use(release.records);
			}
		}
		return { classes: classes.map((each) => statusOf(each, released.get(each) === true)), notice: incompletenessNotice };
	});
}

async function findWhoPermits(gate: GateContext, admitted: Admitted, classes: readonly DataClass[]): Promise<readonly Candidate[]> {
	const { asked, at } = admitted;
	const { purpose, level } = asked.body;
	const act = { action: "read", purpose, level } as const;
	await assertAboutMany(gate, admitted);
	await assertFresh(gate.parts, asked, at, act);
	await assertLabelled(gate, asked, at, act);
	const found = await findCandidates(gate, asked, questionOf(admitted, classes), at);
	const told =
		found.length > 0
			? ({ decision: "permit", reasons: ["PERMITTED_BY_CONSENT"] } as const)
			: ({ decision: "deny", reasons: ["CLASS_NOT_GRANTED"] } as const);
	await logUnderNobody(gate.parts, asked, at, { ...act, compartments: [], ...told });
	return inOwnOrder(gate, admitted, found);
}

/** Not kept for others: it passes by once. Who stopped to permit it since has no records here. */
function openOne(gate: GateContext, { asked }: Admitted, { patient }: Candidate, classes: readonly DataClass[]): Promise<RecordRelease> {
	const question = { patient: { by: "pseudonym", pseudonym: patient.pseudonym }, classes } as const;
	return releaseRecords(gate, { asked, at: gate.parts.now() }, question, { keep: false });
}

function statusOf(dataClass: DataClass, isReleased: boolean): ReleaseOfMany["classes"][number] {
	return { class: dataClass, status: isReleased ? "released" : "not-available", levels: [] };
}
