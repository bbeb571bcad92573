import type { SQLInputValue } from "node:sqlite";
import type { Gate, Mandate } from "#gate";
import type { SignInDatabase } from "./signInDatabase.ts";

/** A mandate with what an application was given beside it. */
export interface KeptMandate {
	readonly request: unknown;
	/** `Patient.id` of the launch context. */
	readonly patientId?: string;
}

/**
 * Keeps mandates as they were signed. A row gives nothing by itself: the gate verifies the signature inside at each use, so that a row that
 * somebody wrote into the file opens nothing.
 */
export class MandateStore {
	readonly #database: SignInDatabase;
	readonly #gate: Pick<Gate, "openMandate">;

	constructor(database: SignInDatabase, gate: Pick<Gate, "openMandate">) {
		this.#database = database;
		this.#gate = gate;
	}

	keep(grantId: string, mandate: Mandate, patientId: string | undefined): void {
		const kept: KeptMandate = { request: mandate.request, ...(patientId === undefined ? {} : { patientId }) };
		const values: SQLInputValue[] = [
			mandate.id,
			this.#database.nameOf("grant", grantId),
			this.#database.nameOf("account", mandate.key),
			mandate.body.untilMs,
			this.#database.seal(`mandate/${mandate.id}`, kept),
		];
		this.#database.db.prepare("INSERT INTO mandate(id, grant_id, account, until, sealed) VALUES (?, ?, ?, ?, ?)").run(...values);
	}

	/** The mandate behind a grant, if it stands now. */
	async ofGrant(grantId: string): Promise<{ readonly mandate: Mandate; readonly patientId: string | undefined } | undefined> {
		const row = this.#database.db.prepare("SELECT id, sealed FROM mandate WHERE grant_id = ?").get(this.#database.nameOf("grant", grantId)) as
			| { readonly id: string; readonly sealed: Uint8Array }
			| undefined;
		const kept = row && this.#database.open<KeptMandate>(`mandate/${row.id}`, row.sealed);
		if (kept === undefined) return undefined;
		const mandate = await this.open(kept.request);
		return mandate === undefined ? undefined : { mandate, patientId: kept.patientId };
	}

	/** The mandates of one person that stand now. */
	async ofAccount(account: string): Promise<readonly { readonly mandate: Mandate; readonly patientId: string | undefined }[]> {
		const rows = this.#database.db.prepare("SELECT id, sealed FROM mandate WHERE account = ?").all(this.#database.nameOf("account", account));
		const standing: { readonly mandate: Mandate; readonly patientId: string | undefined }[] = [];
		for (const { id, sealed } of rows as unknown as { readonly id: string; readonly sealed: Uint8Array }[]) {
			const kept = this.#database.open<KeptMandate>(`mandate/${id}`, sealed);
			const mandate = kept === undefined ? undefined : await this.open(kept.request);
			if (mandate?.key === account) standing.push({ mandate, patientId: kept?.patientId });
		}
		return standing;
	}

	/** Ends one mandate of a person's, with every code and token that rests on it; false where there is none of theirs. */
	end(id: string, account: string): boolean {
		const { db } = this.#database;
		const row = db.prepare("SELECT grant_id FROM mandate WHERE id = ? AND account = ?").get(id, this.#database.nameOf("account", account));
		if (row === undefined) return false;
		for (const table of ["oidc", "mandate"]) db.prepare(`DELETE FROM ${table} WHERE grant_id = ?`).run(row.grant_id as string);
		return true;
	}

	/** Undefined for one that does not stand. */
	async open(request: unknown): Promise<Mandate | undefined> {
		try {
			return await this.#gate.openMandate(request);
		} catch (error) {
			if ((error as { code?: string }).code === "GATE_MANDATE_INVALID") return undefined;
			throw error;
		}
	}

	/** Everything that rests on a grant: its tokens, codes and the mandate. */
	endGrant(grantId: string): void {
		const name = this.#database.nameOf("grant", grantId);
		for (const table of ["oidc", "mandate"]) this.#database.db.prepare(`DELETE FROM ${table} WHERE grant_id = ?`).run(name);
	}

	/** Everything of one person: sessions, grants, tokens, mandates. */
	endAccount(account: string): void {
		const name = this.#database.nameOf("account", account);
		for (const table of ["oidc", "mandate"]) this.#database.db.prepare(`DELETE FROM ${table} WHERE account = ?`).run(name);
	}
}
