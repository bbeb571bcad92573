import type { CivilDay, Clock, Digest } from "#base";
import type { DataClass, Purpose } from "#contracts";
import type { PatientReference, ReadBody, Release } from "#gate";
import type { SignedRequest } from "#wallet";
import { InsightError } from "./errors.ts";
import { createInsight, hashInsight, type InsightRecord } from "./insightRecord.ts";
import { preventModelId } from "./modelCard.ts";
import { preventClasses } from "./prevent/collectInputs.ts";
import type { StatedSdi } from "./prevent/collectSdi.ts";
import { type PreventHorizon, type PreventModel, preventHorizons } from "./prevent/model.ts";
import { type RiskAssessment, renderRiskAssessment } from "./riskAssessment.ts";

export interface InsightOptions {
	/** Defaults to `auto`. */
	readonly model?: PreventModel | "auto";
	/** Defaults to both. */
	readonly horizons?: readonly PreventHorizon[];
	/** Civil day of the estimate; defaults to today in UTC. */
	readonly today?: CivilDay;
	readonly sdi?: StatedSdi;
}

/** What is handed to the requester, and what stays with the patient. */
export interface InsightResult {
	readonly answer: InsightRecord;
	readonly filed: {
		readonly insightHash: Digest;
		readonly resource: RiskAssessment;
		/** Classes the insight read: whoever reads the result needs them too. */
		readonly classes: readonly DataClass[];
		readonly labels: readonly string[];
	};
}

/**
 * The body a requester signs to have this insight: only the classes it needs, the model named.
 *
 * @param level - `compute` where the records stay with the custodian and only the result leaves; `identified` where the requester may see them anyway.
 */
export function createInsightBody({
	patient,
	purpose,
	level,
}: {
	readonly patient: PatientReference;
	readonly purpose: Purpose;
	readonly level: "compute" | "identified";
}): ReadBody {
	return { kind: "read", patient, purpose, classes: preventClasses, level, model: preventModelId };
}

/** The model as the gate runs it: a function of a release. */
export function createPreventRun({ now }: { readonly now: Clock }, options: InsightOptions = {}): (release: Release) => Promise<InsightResult> {
	return async (release) => {
		const computedAtMs = now();
		const answer = createInsight({
			release,
			model: options.model ?? "auto",
			horizons: options.horizons ?? preventHorizons,
			today: options.today ?? (new Date(computedAtMs).toISOString().slice(0, 10) as CivilDay),
			...(options.sdi === undefined ? {} : { sdi: options.sdi }),
			computedAtMs,
		});
		const seen = release.classes.filter(({ status }) => status === "released").map((each) => each.class);
		return { answer, filed: { insightHash: hashInsight(answer), resource: renderRiskAssessment(answer), classes: seen, labels: [] } };
	};
}

export interface InsightService {
	/** Asks the gate with the requester's own signed request and computes over what comes back. The gate's refusals pass through. */
	assess(request: SignedRequest<ReadBody>, options?: InsightOptions): Promise<InsightResult>;
}

/** The insight over a gate. It has no other way to data, and asks for nothing beyond {@link preventClasses}. */
export function createInsightService(deps: {
	readonly release: (request: SignedRequest<ReadBody>) => Promise<Release>;
	readonly now: Clock;
}): InsightService {
	return {
		async assess(request, options = {}) {
			assertOwnRequest(request.body);
			return createPreventRun(deps, options)(await deps.release(request));
		},
	};
}

/**
 * A request that asks for more than the insight needs is not sent, and none below the levels whose dates are true.
 *
 * @throws {@link InsightError} `INSIGHT_REQUEST_DIFFERS`.
 */
export function assertOwnRequest(body: ReadBody): void {
	const needed: readonly DataClass[] = preventClasses;
	const wider = body.classes.some((each) => !needed.includes(each)) || body.record !== undefined;
	if (wider) throw new InsightError("INSIGHT_REQUEST_DIFFERS", "expected only the classes this insight reads", { at: "body.classes" });
	if (body.model !== preventModelId)
		throw new InsightError("INSIGHT_REQUEST_DIFFERS", `expected the model ${preventModelId} to be named`, { at: "body.model" });
	if (body.level !== "compute" && body.level !== "identified") {
		throw new InsightError("INSIGHT_REQUEST_DIFFERS", "expected level compute or identified: lower levels shift or cut dates", { at: "body.level" });
	}
}
