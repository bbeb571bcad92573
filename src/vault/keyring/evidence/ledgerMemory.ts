import type { DatabaseSync } from "node:sqlite";
import { VaultError } from "../../errors.ts";
import type { KeyTables } from "../keyTables.ts";
import { evidenceRefusal, evidenceStale } from "./errors.ts";
import type { JudgedEvidence, LedgerStanding } from "./ledgerVerifier.ts";

export type LogStatus = "open" | "closed";

const pinsName = "ledger-pins";
const seenName = "ledger-seen";

/**
 * What a keyring remembers of the ledger, in its own file: whom it trusts, the newest checkpoint it was shown, and its custodian's logs. It only
 * ever learns: a checkpoint is replaced by a larger one, an open log by a closed one.
 */
export class LedgerMemory {
	readonly #tables: KeyTables;
	/** Asked at every receipt, so at hand. */
	readonly #logs: Map<string, LogStatus>;

	constructor(tables: KeyTables) {
		this.#tables = tables;
		createLogTable(tables.database);
		const rows = tables.database.prepare("SELECT log, status FROM proven_logs").all() as { log: string; status: LogStatus }[];
		this.#logs = new Map(rows.map(({ log, status }) => [log, status]));
	}

	/**
	 * Holds a keyring to the ledger it was made for. One that was made on trust may be pinned later; never the other way round.
	 *
	 * @throws {@link VaultError} `VAULT_LEDGER_DIFFERS`.
	 */
	pin(ledger: LedgerStanding): void {
		const pinned = this.#tables.getMeta(pinsName);
		if (ledger === "taken on trust") {
			if (pinned !== undefined) throw new VaultError("VAULT_LEDGER_DIFFERS", "expected the ledger that this keyring judges evidence of, found none");
			return;
		}
		if (pinned === undefined) this.#tables.setMeta(pinsName, ledger.pins);
		else if (pinned !== ledger.pins) {
			throw new VaultError("VAULT_LEDGER_DIFFERS", "expected the ledger, sealer and witnesses that this keyring was made for, found others");
		}
	}

	/**
	 * Holds a checkpoint against the newest one seen.
	 *
	 * @throws {@link VaultError} `VAULT_EVIDENCE_STALE`, `VAULT_EVIDENCE_REFUSED`.
	 */
	assertNotBefore({ size, root }: JudgedEvidence["checkpoint"]): void {
		const seen = this.#tables.getMeta(seenName);
		if (seen === undefined) return;
		const newest = JSON.parse(seen as string) as JudgedEvidence["checkpoint"];
		if (size < newest.size) throw evidenceStale("older-than-seen");
		if (size === newest.size && root !== newest.root) throw evidenceRefusal("forked");
	}

	/** To be called in the transaction that writes down what the evidence led to. */
	keepCheckpoint({ size, root }: JudgedEvidence["checkpoint"]): void {
		const seen = JSON.stringify({ size, root });
		if (this.#tables.getMeta(seenName) !== seen) this.#tables.setMeta(seenName, seen);
	}

	/** @throws {@link VaultError} `VAULT_EVIDENCE_REFUSED` for a log that was seen closed. */
	assertNotReopened(log: string, status: LogStatus): void {
		if (status === "open" && this.#logs.get(log) === "closed") throw evidenceRefusal("log-closed");
	}

	/** To be called in the transaction of {@link keepCheckpoint}; {@link remember} once that is durable. */
	keepLog(log: string, status: LogStatus): void {
		this.#tables.database
			.prepare("INSERT INTO proven_logs VALUES (?, ?) ON CONFLICT DO UPDATE SET status = excluded.status WHERE status = 'open'")
			.run(log, status);
	}

	remember(log: string, status: LogStatus): void {
		this.#logs.set(log, status);
	}

	statusOf(log: string): LogStatus | undefined {
		return this.#logs.get(log);
	}
}

/** A keyring made before this table existed gets it at its next opening. */
function createLogTable(database: DatabaseSync): void {
	database.exec("CREATE TABLE IF NOT EXISTS proven_logs (log TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID");
}
