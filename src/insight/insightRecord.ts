import type { Digest } from "#base";
import type { DataClass, Level } from "#contracts";
import type { Release } from "#gate";
import { digestJson } from "./digest.ts";
import { preventModelCardHash, preventModelId, preventModelVersion } from "./modelCard.ts";
import { type Assessment, type AssessParameters, assess, type PreventResult } from "./prevent/assess.ts";
import { knowledgeVersion } from "./prevent/codes.ts";
import { type CollectParameters, collectInputs } from "./prevent/collectInputs.ts";
import type { CollectedInput } from "./prevent/collector.ts";
import type { Explanation } from "./prevent/explain.ts";
import type { PreventModel } from "./prevent/model.ts";
import type { ModelChoice } from "./prevent/modelChoice.ts";
import type { Problem, Warning } from "./prevent/problem.ts";
import type { Uncertainty } from "./prevent/uncertainty.ts";

/** One insight, whole: what was asked, on what it rests, what came out or why nothing did. Its digest is what a sign-off names. */
export interface InsightRecord {
	readonly format: "aceso/insight/2";
	readonly modelId: string;
	readonly modelVersion: string;
	readonly modelCardHash: Digest;
	readonly knowledgeVersion: Digest;
	/** `Patient/<id>`, or null where no Patient was released. */
	readonly subject: string | null;
	readonly status: Assessment["status"];
	readonly inputs: readonly CollectedInput[];
	/** Classes the insight could not see, or not whole: nothing was concluded from them. */
	readonly classesNotAvailable: readonly DataClass[];
	/** Which equation was used and why; null when refused. */
	readonly model: { readonly name: PreventModel; readonly choice: ModelChoice; readonly reason: string } | null;
	readonly results: readonly PreventResult[];
	readonly explanations: readonly Explanation[];
	readonly uncertainty: Uncertainty | null;
	/** Empty when computed. */
	readonly problems: readonly Problem[];
	readonly warnings: readonly Warning[];
	/** The same sentence on every clinical answer. */
	readonly notice: string;
	/** Levels at which the inputs were released. */
	readonly levels: readonly Level[];
	/** Leaf of the access log the inputs rest on. */
	readonly access: Release["access"];
	readonly decidedAtHeight: number;
	readonly computedAtMs: number;
}

export interface CreateInsightParameters extends AssessParameters, Omit<CollectParameters, "release"> {
	readonly release: Release;
	readonly computedAtMs: number;
}

/** Collects, assesses and writes down. Pure: the same release, day and choices give the same record. */
export function createInsight({ release, today, sdi, model, horizons, computedAtMs }: CreateInsightParameters): InsightRecord {
	const collected = collectInputs({ release, today, ...(sdi === undefined ? {} : { sdi }) });
	const assessment = assess(collected, { model, horizons });
	const incomplete: Warning = { code: "RECORD_MAY_BE_INCOMPLETE", message: release.notice };
	return {
		format: "aceso/insight/2",
		modelId: preventModelId,
		modelVersion: preventModelVersion,
		modelCardHash: preventModelCardHash,
		knowledgeVersion,
		subject: collected.patient,
		inputs: collected.inputs,
		classesNotAvailable: collected.notAvailable,
		...describeAssessment(assessment),
		warnings: [incomplete, ...assessment.warnings],
		notice: release.notice,
		levels: [...new Set(release.resources.map(({ level }) => level))].sort(),
		access: release.access,
		decidedAtHeight: release.decidedAtHeight,
		computedAtMs,
	};
}

function describeAssessment(assessment: Assessment) {
	if (assessment.status === "refused") {
		return { status: assessment.status, model: null, results: [], explanations: [], uncertainty: null, problems: assessment.problems };
	}
	const { status, results, explanations, uncertainty } = assessment;
	return {
		status,
		model: { name: assessment.model, choice: assessment.modelChoice, reason: assessment.modelReason },
		results,
		explanations,
		uncertainty,
		problems: [],
	};
}

/** SHA-256 over the whole record. */
export function hashInsight(record: InsightRecord): Digest {
	return digestJson(record);
}
