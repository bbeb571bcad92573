/**
 * insight: models that advise. So far one: the risk of cardiovascular disease by AHA PREVENT, over what the gate released and nothing else. Every
 * answer carries its inputs by hash, its versions, what it could not see, an explanation and what is known of its uncertainty.
 *
 * It does not promise that a record is complete, that medicines are taken, or an interval around a single person's risk; and it decides nothing: a
 * clinician accepts or overrides, with a reason.
 */
export { digestJson } from "./digest.ts";
export { InsightError, type InsightErrorCode } from "./errors.ts";
export { type CreateInsightParameters, createInsight, hashInsight, type InsightRecord } from "./insightRecord.ts";
export { preventModelCard, preventModelCardBytes, preventModelCardHash, preventModelId, preventModelVersion } from "./modelCard.ts";
export { type CaveatCodes, type PatientFacts, readPatientFacts } from "./pgx/patientFacts.ts";
export { assertPgxRequest, createPgxRun, type PgxAnswer, type PgxInsight, type PgxRunParameters } from "./pgx/pgxInsight.ts";
export { type PgxClass, pgxClasses, pgxModelCard, pgxModelCardHash, pgxModelId, pgxModelVersion } from "./pgx/pgxModelCard.ts";
export { type PgxTables, pgxKnowledgeVersion } from "./pgx/pgxTables.ts";
export { notSeenSaid } from "./pgx/renderPgxAssessment.ts";
export { type Assessment, assess, type PreventResult } from "./prevent/assess.ts";
export { computeEgfr } from "./prevent/ckdEpi2021.ts";
export { knowledgeVersion } from "./prevent/codes.ts";
export { type CollectedInputs, collectInputs, preventClasses } from "./prevent/collectInputs.ts";
export type { CollectedInput } from "./prevent/collector.ts";
export type { StatedSdi } from "./prevent/collectSdi.ts";
export { estimateRisk, printRisk, type RiskEstimate } from "./prevent/estimateRisk.ts";
export { type Contribution, describeReference, type Explanation, explainRisk } from "./prevent/explain.ts";
export {
	chooseModel,
	type PreventHorizon,
	type PreventInputs,
	type PreventModel,
	type PreventOutcome,
	type PreventSex,
	preventHorizons,
	preventModels,
	preventOutcomes,
} from "./prevent/model.ts";
export type { ModelChoice } from "./prevent/modelChoice.ts";
export type { Accepted, InputName, Problem, ProblemCode, SourceReference, Warning, WarningCode } from "./prevent/problem.ts";
export { type InputRange, inputRanges } from "./prevent/ranges.ts";
export type { PreventTerm } from "./prevent/terms.ts";
export type { Sensitivity, Uncertainty } from "./prevent/uncertainty.ts";
export type { UncertaintyCode } from "./prevent/uncertaintyCode.ts";
export { type RiskAssessment, renderRiskAssessment } from "./riskAssessment.ts";
export {
	assertOwnRequest,
	createInsightBody,
	createInsightService,
	createPreventRun,
	type InsightOptions,
	type InsightResult,
	type InsightService,
} from "./service.ts";
export { createSignOff, reasonMinimum, renderSignOff, type SignOff, toSignOffJson } from "./signOff.ts";
export { type ComputedAnswer, restsOnComputed, withholdInputs } from "./withholdInputs.ts";
