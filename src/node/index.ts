/**
 * node: one process that runs institutions: composition root, HTTP, socket, jobs. `openNetwork` is the demonstration: several institutions,
 * a keyring and a store each, on one embedded ledger.
 *
 * It does not promise consensus where one party seals: the embedded ledger is one signer. `openConsortiumNode` is one member's node of several that agree.
 */
export type { HeldPatient, KeyBackupReport } from "./adminRoutes.ts";
export { createInstitutionApp } from "./app.ts";
export { type AuditFinding, type AuditProgress, type AuditReport, auditFolder } from "./auditFolder.ts";
export { type BackupManifest, backupMember } from "./backupMember.ts";
export { type CloseLogParameters, type CloseLogReport, closeLog } from "./closeLog.ts";
export { readCare, recordAudit } from "./compliance/lastCare.ts";
export {
	cometFolder,
	joinConsortium,
	type LedgerToMove,
	makeCard,
	type OwnPlace,
	planFrom,
	readLedgerGenesis,
	readPlace,
} from "./consortium/consortiumFolder.ts";
export {
	type ConsortiumPlan,
	genesisOf,
	hasPlan,
	isPeerAddress,
	type MemberCard,
	parseCard,
	parsePlan,
	planText,
	readPlan,
} from "./consortium/consortiumPlan.ts";
export { openConsortiumNode } from "./consortium/openConsortiumNode.ts";
export { demoConsents, trialDiseases, trialStudy } from "./demo/demoConsents.ts";
export { demoGeneReport, demoGenes } from "./demo/demoGenes.ts";
export { type DemoCast, type DemoPerson, type DemoStaff, demoChain, demoMembers, demoStaff, hasDemo, loadDemoCast } from "./demo/demoNetwork.ts";
export { keepTerms, readKeptTerms } from "./demo/keptTerms.ts";
export { openDemoNetwork } from "./demo/openDemoNetwork.ts";
export { demoCdsBaseUrl, demoEhrIssuer, demoEhrKeyPath } from "./demo/seedCds.ts";
export {
	type DemoGrant,
	type DemoRelationship,
	grantConsent,
	pseudonymKeyOf,
	type SeedProgress,
	type SeedReport,
	signerOf,
} from "./demo/seedDemo.ts";
export { NodeError, type NodeErrorCode } from "./errors.ts";
export { exitCodeOf } from "./errorTable.ts";
export { lockFolder } from "./folderLock.ts";
export { forwardFrom } from "./forwardFrom.ts";
export { decompressVcf, inflate } from "./genome/decompressVcf.ts";
export { createGenomeModelPublication, genomeModelCard, genomeModelId } from "./genome/genomeModel.ts";
export { type GenomeImport, type GenomeProgress, importGenome } from "./genome/importGenome.ts";
export { readPgxKnowledge, shippedPgx } from "./genome/pgxKnowledge.ts";
export { reportPgx } from "./genome/reportPgx.ts";
export { type ImportFileProgress, importFile } from "./importFile.ts";
export type { Institution } from "./institution.ts";
export { assessRisk, signOff } from "./institutionRoutes.ts";
export { loadWitnessKey } from "./memberWitnesses.ts";
export { type Network, openNetwork, readGenesis } from "./network.ts";
export { createNodeApp } from "./nodeApp.ts";
export { type ObjectKind, objectKinds } from "./objectRecord.ts";
export { listFiles, loadPortal, type Portal } from "./portal/portal.ts";
export { votePortal } from "./portal/votePortal.ts";
export type { ConsentProposal } from "./proposeConsent.ts";
export { relabelNetwork } from "./relabelNetwork.ts";
export { type RestoreKeysParameters, restoreKeys } from "./restore.ts";
export { type RestoreBackupParameters, type RestoreReport, restoreBackup } from "./restoreBackup.ts";
export { assertServable, type Serving, serve, socketPath } from "./serve.ts";
export { type AcceptedTransaction, signAct, submitAll } from "./submit.ts";
export { systemRandom } from "./systemRandom.ts";
