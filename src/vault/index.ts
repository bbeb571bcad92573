/**
 * vault: encrypted records of one custodian. A keyring that opens keys only against a receipt of a logged access, a store that never
 * sees a key, erasure by destruction of keys.
 *
 * It does not promise to decide who may read (contracts and gate do), nor to hide how many rows a patient has from whoever holds the
 * disk. Only gate/ may call `unwrap`.
 */
export type { RandomBytes } from "./aead.ts";
export { backupVault, type RestoreVaultParameters, restoreVault } from "./backup.ts";
export { type BlobIdentity, blobAssociatedData, createBlobId } from "./blobs/blobFormat.ts";
export { type BlobName, type BlobNameParts, type BlobReader, type BlobStore, formatBlobName, parseBlobName } from "./blobs/blobStore.ts";
export {
	type BlobOwner,
	type BlobPointer,
	type BlobState,
	BlobVault,
	type BlobVaultParameters,
	expectedObject,
	formatBlobUrl,
	parseBlobUrl,
} from "./blobs/blobVault.ts";
export { FileBlobStore, type FileBlobStoreParameters, openFileBlobStore } from "./blobs/fileBlobStore.ts";
export { fsckObjects, type ObjectFault, type ObjectsReport } from "./blobs/fsckObjects.ts";
export { type OpenBlobParameters, OpenedBlob, openBlob } from "./blobs/openBlob.ts";
export { S3BlobStore, type S3BlobStoreParameters } from "./blobs/s3BlobStore.ts";
export type { S3ClientParameters } from "./blobs/s3Client.ts";
export { ScatteredReader } from "./blobs/scatteredReader.ts";
export { identityOf, type SealBlobParameters, sealBlob } from "./blobs/sealBlob.ts";
export { compartmentNames, isCompartment, joinCompartments, splitCompartments } from "./compartments.ts";
export { type EvidenceRefusal, type ReceiptRefusal, VaultError, type VaultErrorCode, type VaultErrorDetails } from "./errors.ts";
export { deputyModule } from "./keyring/deputy/deputyModule.ts";
export type { OpeningDeputy } from "./keyring/deputy/openingDeputy.ts";
export type { JudgedEvidence, LedgerStanding, LedgerVerifier, ProvenValue } from "./keyring/evidence/ledgerVerifier.ts";
export type { FreshLedger } from "./keyring/keyBackup.ts";
export type { KeyringUpkeep } from "./keyring/keyringUpkeep.ts";
export { createKeyRoot } from "./keyring/kms/createKeyRoot.ts";
export type { AwsKmsConfig, KeyRoot, KeyRootConfig, VaultTransitConfig } from "./keyring/kms/keyRoot.ts";
export { type KeyringDependencies, LocalKeyring } from "./keyring/localKeyring.ts";
export {
	type CreateKeyringParameters,
	createKeyring,
	createKeyringUnder,
	type KeyringFiles,
	type KeyringParameters,
	openKeyring,
	openKeyringUnder,
	type RestoreKeyringParameters,
	restoreKeyring,
	restoreKeyringUnder,
} from "./keyring/openKeyring.ts";
export { type ScryptCost, scryptCost } from "./keyring/passphraseKey.ts";
export { type ConnectKeyringParameters, connectKeyring } from "./keyring/process/connectKeyring.ts";
export { openProcessKeyring, type ProcessKeyring, type ProcessKeyringParameters } from "./keyring/process/openProcessKeyring.ts";
export { type KeyringProcessDependencies, runKeyringProcess } from "./keyring/process/runKeyringProcess.ts";
export { type KeyringProcess, type StartKeyringProcessParameters, startKeyringProcess } from "./keyring/process/startKeyringProcess.ts";
export {
	createReceiptKey,
	entryLeafData,
	hashEntry,
	type MintReceiptParameters,
	mintReceipt,
	type ReceiptKey,
	receiptLifetimeMs,
	type VerifyReceiptParameters,
	verifyReceipt,
} from "./receipt.ts";
export {
	decryptRecord,
	hashRow,
	type OpenRecordParameters,
	openRecord,
	readRecord,
	readRecordTexts,
	type SealRecordParameters,
	sealRecord,
} from "./record.ts";
export { type FsckReport, fsckVault, type VaultFault } from "./store/fsckVault.ts";
export { openSqliteStore, SqliteStore, type SqliteStoreParameters } from "./store/sqliteStore.ts";
export { unenrolledPseudonym } from "./unenrolledPseudonym.ts";
export * from "./vault.ts";
