/** What a browser takes of insight: the names of what a model says, so that it can be said in the reader's language. No model runs there. */
export type { ModelChoice } from "./prevent/modelChoice.ts";
export type { Accepted, InputName, Problem, ProblemCode, Warning, WarningCode } from "./prevent/problem.ts";
export type { PreventTerm } from "./prevent/terms.ts";
export type { UncertaintyCode } from "./prevent/uncertaintyCode.ts";
