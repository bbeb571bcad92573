import { VaultError } from "../errors.ts";
import { type KeyTables, type SubjectRow, wholeSubject } from "./keyTables.ts";
import type { RootKey } from "./rootKey.ts";
import type { Wrapper } from "./wrapping.ts";

export interface KeyringFiles {
	readonly tables: KeyTables;
	readonly root: RootKey;
	readonly wrapper: Wrapper;
}

/**
 * Opens every wrapped key of a subject once. True for one that is live, false for one that was destroyed.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY` at the first that does not open or should not be there.
 */
export function verifySubject({ tables, root, wrapper }: KeyringFiles, row: SubjectRow): boolean {
	const { subject } = row;
	if (row.audit !== null) root.unwrap(row.audit, { kind: "audit", subject });
	const compartments = tables.listCompartmentKeys(subject);
	const destroyed = tables.getTombstone(subject, wholeSubject) !== undefined;
	if (destroyed !== (row.patient === null) || (destroyed && compartments.length > 0)) {
		throw new VaultError("VAULT_INTEGRITY", "expected a subject to be either live or destroyed, found keys beside a tombstone");
	}
	if (row.patient === null) return false;
	const patientKey = root.unwrap(row.patient, { kind: "patient", subject });
	for (const { name, wrapped } of compartments) {
		if (tables.getTombstone(subject, name) !== undefined) throw new VaultError("VAULT_INTEGRITY", "expected no key beside its tombstone");
		wrapper.unwrap(patientKey, wrapped, { kind: "compartment", subject, name });
	}
	return true;
}
