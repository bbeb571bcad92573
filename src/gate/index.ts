/**
 * gate: the one door to a custodian's records. authenticate → decide → append to the access log → unwrap with the receipt → read → filter
 * and minimise → release; and by the same steps: models, cohorts, counts, histories, erasure, the desk.
 *
 * It does not promise to recall what was released, nor to see a read made past the keyring (docs/trust.md). `importRecords`, `importObject`,
 * `countersignEnrolment` and `completeEnrolment` are the custodian's own acts: whoever calls them has judged who stands at the desk.
 */

export { indexContentType, namesNobodyTag } from "./attachment.ts";
export type { CohortRelease } from "./cohort.ts";
export type { GenomeComputation, GenomeRun, OpenedGenome } from "./computeOnGenome.ts";
export { createGate, type Gate } from "./createGate.ts";
export { type DerivedHolder, derivedHolders, notOfPatients } from "./derived.ts";
export type { IdentityProof } from "./enrolPatient.ts";
export type { ErasureReceipt } from "./erase.ts";
export { GateError, type GateErrorCode } from "./errors.ts";
export type { ExportJob } from "./fhir/exportJobs.ts";
export type { Deliver, Delivery, SubscriptionNotice } from "./fhir/notifySubscribers.ts";
export type { FhirAccess, FhirCredential, FhirPlace, FhirQuestion } from "./fhir/openFhir.ts";
export { madeProvenance } from "./fhir/provenance.ts";
export type { ReleaseOfMany } from "./fhir/releaseEach.ts";
export type { RecordRelease, RecordVersion } from "./fhir/releaseRecords.ts";
export type { SubscriptionView, SubscriptionWish } from "./fhir/subscribe.ts";
export { type RecordWrite, type WrittenRecord, writesMax } from "./fhir/writeRecords.ts";
export * from "./gate.ts";
export { type EmergencyReview, GateStore, type LegalHold, type Notification, type RefusalTally, type UseTally } from "./gateStore.ts";
export type { ObjectCompanions, ObjectImport, ObjectRecord } from "./importObject.ts";
export type { ImportProgress, ImportReport } from "./importRecords.ts";
export type { FiledResult, ModelResult } from "./insightRecords.ts";
export type { LawfulUseView, RecordedLawfulUse } from "./lawfulUses.ts";
export { type AccessLog, type AccessLogParameters, openAccessLog } from "./log/accessLog.ts";
export { type ClosedLog, openClosedLog } from "./log/closedLog.ts";
export { DiskReserve, emergencyReserveBytes } from "./log/diskReserve.ts";
export { AccessLogError, type AccessLogErrorCode } from "./log/errors.ts";
export { type FinishLogParameters, finishLog, judgeLogFile, type LogFileState } from "./log/finishLog.ts";
export { type AccessLogAudit, fsckAccessLog } from "./log/fsckAccessLog.ts";
export type { AccessLogFinding } from "./log/judgeRows.ts";
export { listAnchors } from "./log/listAnchors.ts";
export type { Keeping, Launch, Mandate } from "./mandates.ts";
export type { MinimiseErrorCode } from "./minimise/errors.ts";
export type { AccountedAccess, DisclosureAccount } from "./oversight/accountDisclosures.ts";
export type { DisclosureDuty } from "./oversight/judgeDisclosure.ts";
export type { OpenedReview } from "./oversight/openReview.ts";
export type { ListedReview, Oversight, OversightAnswers } from "./oversight/oversee.ts";
export type { WatchedAccess, WatchedAccesses } from "./oversight/watchAccesses.ts";
export type { RelabelProgress } from "./relabelling.ts";
export { incompletenessNotice } from "./release.ts";
