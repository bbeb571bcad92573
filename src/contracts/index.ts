/**
 * contracts: the rules of the ledger, one folder each: membership, credentials, consent (with `decide`), access, models. Deterministic
 * TypeScript: (state, transaction, block time) → state.
 *
 * It does not promise to know who a person is, nor to run anything: the ledger room does that.
 */

export {
	type Anchor,
	type AnchorBody,
	type AnchoredLog,
	type AnchorLeaf,
	anchorIntervalMs,
	anchorLeafHash,
	type CloseLogBody,
	type LogCount,
	type RegisteredLog,
	type RegisterLogBody,
	readAnchor,
	readLog,
	readLogCount,
	readLogs,
} from "./access/access.ts";
export { type AccessEntry, type AccessEntryDraft, accessActions, type Compartment } from "./access/entry.ts";
export { type Admission, admits, type RecordFacts } from "./consent/admits.ts";
export {
	type ChangeBody,
	type DelegateBody,
	type DestroyedBody,
	delegatesMax,
	type EnrolBody,
	type GrantBody,
	type LegalBasis,
	type LegalUseBody,
	legalBases,
	type PendingRotationBody,
	type RevokeBody,
	type RotateBody,
	type UndelegateBody,
} from "./consent/bodies.ts";
export { checkTerms } from "./consent/checkTerms.ts";
export { commitTerms } from "./consent/commitTerms.ts";
export { type Decider, decide, keepFilters, prepareDecisions } from "./consent/decide.ts";
export { ConsentFhirError, type ConsentFhirErrorCode } from "./consent/fhir/consentFhirError.ts";
export { consentFromFhir, type ImportedConsent } from "./consent/fhir/consentFromFhir.ts";
export { type ConsentNames, consentToFhir } from "./consent/fhir/consentToFhir.ts";
export type { FhirConsent, FhirProvision, FhirReference } from "./consent/fhir/fhirConsent.ts";
export type { ConsentImportContext, ImportNote } from "./consent/fhir/provisionFromFhir.ts";
export { custodialDaysMax } from "./consent/granting.ts";
export { commitLegalUse, type LegalUse, type LegalUseTerms, type OpenedLegalUse, readLegalUse } from "./consent/legalUse.ts";
export { enrolmentMessage, guardianMessage, rotationMessage } from "./consent/messages.ts";
export {
	currentPseudonym,
	type ErasureReceipt,
	isPatientKey,
	noConsent,
	type PendingRotation,
	readConsent,
	readConsents,
	readDelegation,
	readEnrolment,
	readErasure,
	readPendingRotation,
} from "./consent/readers.ts";
export { rotationDelayMs } from "./consent/rotating.ts";
export * from "./consent/terms.ts";
export {
	type Action,
	type Context,
	type Contract,
	type ContractEvent,
	type ContractName,
	ContractRefusal,
	defineAction,
	type Rulebook,
	type Rules,
	type StateReader,
} from "./contract.ts";
export { type Credential, isCurrent, noCommitment, readCredential, readCredentials } from "./credentials/credential.ts";
export type { IssueBody, RevokeCredentialBody } from "./credentials/credentials.ts";
export { type IssuerRule, issuerRules } from "./credentials/issuers.ts";
export {
	commitRelationship,
	openRelationship,
	type RelationshipFields,
	type RelationshipOpening,
	relationshipMessage,
} from "./credentials/relationship.ts";
export { endOfDayMs } from "./day.ts";
export { type GenesisMembers, genesisState, type StateEntry } from "./genesis.ts";
export {
	defaultQuota,
	type Member,
	type MemberRole,
	memberRoles,
	readKeyHolder,
	readMember,
	readMembers,
} from "./membership/member.ts";
export {
	memberKeyMessage,
	type Proposal,
	type ProposalState,
	type ProposeBody,
	readProposal,
	type SetPolicyBody,
	type VoteBody,
} from "./membership/membership.ts";
export { type PortalRelease, portalKey, portalReleaseKey, readPortalRelease, readReleaseVersion } from "./membership/portalRelease.ts";
export { readUpgrade, type Upgrade } from "./membership/upgrade.ts";
export { readValidators, type Validator, validatorKeyMessage, validatorPowerMax } from "./membership/validators.ts";
export { type ModelCard, type PublishModelBody, type RetireModelBody, readModel } from "./models/models.ts";
export { createRulebook, rules, rulesInForce } from "./rulebook.ts";
export * from "./vocabulary.ts";
