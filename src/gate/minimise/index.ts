/**
 * minimise: what of a record leaves at which level. Pure functions on FHIR resources; rules in SPEC.md.
 *
 * It does not classify, does not decide who may read, and does not promise that de-identified data cannot be linked with other data.
 */
export { classLevelTable, isReleasable } from "./classLevelTable.ts";
export type { Minimised, MinimiseContext, MinimiseMethod, ReleaseIds, Resource, WithheldReason } from "./context.ts";
export { ageBandUrl } from "./deidentify.ts";
export { MinimiseError, type MinimiseErrorCode } from "./errors.ts";
export { namedSomaticGenes } from "./genomics.ts";
export { minimise } from "./minimise.ts";
export { pairwiseId } from "./pairwiseId.ts";
export { createReleaseIds } from "./releaseIds.ts";
