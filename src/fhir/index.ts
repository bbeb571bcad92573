/**
 * fhir: R4 resources as they come in: bundles of any size as a stream, validation, references, data classes, sensitivity labels,
 * relevant conditions, quantities in the units a model needs. It reads what it is given and knows no vault and no consent.
 *
 * It does not promise a terminology server, or FHIRPath invariants of R4 itself beyond those named in docs/decisions/0003-fhir-validation.md; what of a
 * profile is not judged is told (docs/decisions/0036-profiles-in-full.md). The lists of classes and labels come from contracts/ as types alone.
 */
export { type BundleLimits, defaultBundleLimits } from "./bundle/bundleScanner.ts";
export { openBundleFile } from "./bundle/openBundleFile.ts";
export { type BundleSource, prepareBundle } from "./bundle/prepareBundle.ts";
export { type BundleEntry, readBundle } from "./bundle/readBundle.ts";
export { classesOfType } from "./describe/classesOfType.ts";
export { classify } from "./describe/classify.ts";
export { describeAgain, type HeldRecord } from "./describe/describeAgain.ts";
export { type DescribeContext, describeRecord, label, relevantConditions } from "./describe/describeRecord.ts";
export { type ClassTable, getTableVersion, type LabelTable } from "./describe/knowledge.ts";
export { getConditionIds } from "./describe/relevantConditions.ts";
export { FhirError, type FhirErrorCode, type FhirErrorDetails } from "./errors.ts";
export { hasOwnSpelling, isRawNumber, numberOf, parseKeepingNumbers, type RawNumber } from "./json/numberSpelling.ts";
export { readJson } from "./json/readJson.ts";
export { applyJsonPatch } from "./patch/jsonPatch.ts";
export { type PreparedRecord, type PrepareRecordParameters, prepareRecord } from "./prepareRecord.ts";
export type { LoadedProfile, ProfileVerdict, Unchecked } from "./profiles/checkProfile.ts";
export type { FhirPathEngine } from "./profiles/evaluateInvariant.ts";
export { createProfileLibrary, type ProfileLibrary } from "./profiles/profileLibrary.ts";
export { convertQuantity, isUnitOf, type Measure, type Quantity, readAs, readQuantity } from "./quantity.ts";
export type { FhirResource, IdentifiedResource, PreparedBundle, PreparedResource, RecordDescription } from "./resource.ts";
export type { SearchRecord } from "./search/matchFilter.ts";
export { parseSearch } from "./search/parseSearch.ts";
export { getSearchableTypes, getSearchParameters, type SearchParameter } from "./search/searchIndex.ts";
export type { SearchFilter, SearchQuery } from "./search/searchQuery.ts";
export { type SearchResult, searchRecords } from "./search/searchRecords.ts";
export { valueSetPrefix } from "./search/shippedValueSets.ts";
export { subsetResource } from "./search/subsetResource.ts";
export { buildSummary, type SummaryParameters, type SummaryRecord, summaryClasses } from "./summary/buildSummary.ts";
export { type GeneratePeopleParameters, generatePeople } from "./synthetic/generatePeople.ts";
export {
	type SyntheticFlags,
	type SyntheticInstitutionId,
	type SyntheticPerson,
	type SyntheticRecord,
	syntheticInstitutions,
	type TransactionBundle,
} from "./synthetic/person.ts";
export type { IssueCode, ValidationIssue } from "./validate/inspectResource.ts";
export { assertValidResource, validateResource } from "./validate/validateResource.ts";
