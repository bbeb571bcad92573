import type { Instant, SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { VaultError } from "../errors.ts";
import { inTransaction, truncateWriteAheadLog } from "../exclusiveDatabase.ts";
import type { DestructionReport } from "../vault.ts";
import type { SubjectRow, TombstoneRow } from "./keyTables.ts";
import { wholeSubject } from "./keyTables.ts";
import type { LocalKeyringParts } from "./localKeyring.ts";
import { keyBytes } from "./wrapping.ts";

export interface DestroyKeysParameters {
	readonly subject: SubjectId;
	readonly what: "all" | readonly Compartment[];
	readonly now: Instant;
	readonly auditRetentionMs: number;
}

/**
 * Destroys keys (PROTOCOL §7). The first transaction is the point of no return: from it on no key of the subject opens here, and what
 * remains (old pages, the old root) is finished at once or at the next open. Asked again, it finishes and reports the same.
 */
export function destroyKeys(parts: LocalKeyringParts, parameters: DestroyKeysParameters): DestructionReport {
	const { subject, what, now, auditRetentionMs } = parameters;
	const { tables, epochs } = parts;
	const row = tables.getSubject(subject);
	const done = tables.getTombstone(subject, wholeSubject);
	if (row === undefined && done === undefined) throw new VaultError("VAULT_SUBJECT_UNKNOWN", "expected a subject that has keys here");
	const names = done !== undefined ? [] : what === "all" ? [wholeSubject] : what.filter((name) => tables.getTombstone(subject, name) === undefined);
	if (row !== undefined && names.length > 0) {
		// Backups made from here on do not hold these keys; those made before die by this instant.
		const backupsUntil = epochs.close(now);
		const auditUntil = what === "all" ? now + auditRetentionMs : 0;
		inTransaction(tables.database, () => {
			for (const name of names) {
				tables.addTombstone({ subject, compartment: name, destroyed_at: now, backups_until: backupsUntil, audit_until: auditUntil });
			}
			if (what === "all") removeAll(parts, row, auditUntil);
			else removeCompartments(parts, row, names);
			tables.addUnfinished(subject);
		});
	}
	finishDestructions(parts);
	return report(parts, subject, what);
}

/** Removes every trace of deleted keys: log truncated, root rotated, log truncated again. Does nothing when nothing is unfinished. */
export function finishDestructions({ tables, root }: LocalKeyringParts): void {
	if (!tables.hasUnfinished()) return;
	truncateWriteAheadLog(tables.database);
	root.rotate();
	truncateWriteAheadLog(tables.database);
	inTransaction(tables.database, () => tables.clearUnfinished());
}

function removeAll({ tables }: LocalKeyringParts, row: SubjectRow, auditUntil: number): void {
	tables.deleteCompartmentKeys(row.subject, "all");
	tables.setKeys(row.subject, null, row.audit);
	tables.holdAuditKeyUntil(row.subject, auditUntil);
}

/** The patient key changes as well: otherwise an old page would open with it. */
function removeCompartments({ tables, root, wrapper, dependencies }: LocalKeyringParts, row: SubjectRow, names: readonly string[]): void {
	const { subject } = row;
	tables.deleteCompartmentKeys(subject, names);
	const old = root.unwrap(row.patient as Uint8Array, { kind: "patient", subject });
	const next = dependencies.randomBytes(keyBytes);
	for (const { name, wrapped } of tables.listCompartmentKeys(subject)) {
		const place = { kind: "compartment", subject, name } as const;
		tables.setCompartmentKey(subject, name, wrapper.wrap(next, wrapper.unwrap(old, wrapped, place), place));
	}
	tables.setKeys(subject, root.wrap(next, { kind: "patient", subject }), row.audit);
	old.fill(0);
	next.fill(0);
}

/** Says what the tombstones say: the latest of the compartments asked for, or the whole subject's where one of them has none of its own. */
function report({ tables }: LocalKeyringParts, subject: SubjectId, what: "all" | readonly Compartment[]): DestructionReport {
	const whole = tables.getTombstone(subject, wholeSubject);
	const asked = what === "all" ? [] : what.map((name) => tables.getTombstone(subject, name));
	const rows = asked.includes(undefined) || what === "all" ? [whole as TombstoneRow] : (asked as TombstoneRow[]);
	return {
		subject,
		compartments: what,
		unreadableSinceMs: Math.max(...rows.map((row) => row.destroyed_at)),
		unreadableInBackupsFromMs: Math.max(...rows.map((row) => row.backups_until)),
		auditKeyHeldUntilMs: Math.max(...rows.map((row) => row.audit_until)),
	};
}
