import { DatabaseSync } from "node:sqlite";
import type { Digest, Pseudonym, SubjectId } from "#base";

/** A break-glass access waiting for, or after, its review. */
export interface EmergencyReview {
	readonly id: number;
	readonly pseudonym: Pseudonym;
	readonly requester: string;
	readonly openedAtMs: number;
	/** Entry of the access log, or "" when the node stopped between opening the review and the append. */
	readonly entryHash: Digest | "";
	readonly status: "open" | "justified" | "unjustified";
	/** Who closed it; what they wrote stands in the access log, sealed for the patient. */
	readonly reviewer: string;
}

export interface Notification {
	readonly id: number;
	readonly pseudonym: Pseudonym;
	readonly kind: "emergency-access" | "erased" | "legal-hold" | "lawful-use";
	readonly atMs: number;
	readonly entryHash: Digest | "";
}

/** A duty that keeps records from erasure: explicit, with an end, shown to the patient. */
export interface LegalHold {
	readonly id: number;
	readonly pseudonym: Pseudonym;
	readonly basis: string;
	readonly untilMs: number;
	readonly placedAtMs: number;
}

export interface ErasureJournal {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly compartments: string;
	readonly stage: "started" | "keys-destroyed" | "purged" | "recorded";
	readonly report: string;
}

export interface FiledInsight {
	readonly hash: string;
	readonly pseudonym: Pseudonym;
	readonly requester: string;
	readonly model: string;
	/** Compartments it is sealed in, joined by `+`. */
	readonly classes: string;
	readonly atMs: number;
	readonly decision: "" | "accept" | "override";
}

/** Refused requests of one hour, by who asked for what. No patient is in it. */
export interface RefusalTally {
	/** Begin of the hour, UTC ms. */
	readonly hour: number;
	/** Key of who asked; "" for those of an hour in which too many keys asked to tell apart. */
	readonly requester: string;
	readonly via: string;
	readonly action: string;
	readonly purpose: string;
	readonly reason: string;
	readonly count: number;
}

/** Uses of one day, by purpose, member that asked, class and level. No patient and no person is in it. */
export interface UseTally {
	/** Begin of the day, UTC ms. */
	readonly day: number;
	readonly purpose: string;
	readonly via: string;
	readonly class: string;
	readonly level: string;
	readonly count: number;
}

export interface Tallies {
	readonly refusals: readonly RefusalTally[];
	readonly uses: readonly UseTally[];
	readonly forgetRefusalsBefore: number;
	readonly forgetUsesBefore: number;
}

/** A subscription to changes of a patient's records. What it asks and whom it tells are sealed under the patient's keys. */
export interface HeldSubscription {
	/** 32 hex digits. */
	readonly id: string;
	/** Grows with each change by its owner. */
	readonly version: number;
	readonly subject: SubjectId;
	readonly requester: string;
	readonly status: "requested" | "active" | "error" | "off";
	/** Why it is in error or off; `""` otherwise. */
	readonly reason: "" | "not-permitted" | "expired" | "unreachable" | "refused" | "not-allowed" | "asked";
	readonly endsAtMs: number;
	/** When it is looked at again after a failure, UTC ms. */
	readonly nextAtMs: number;
	/** Failures since the last success. */
	readonly attempts: number;
	/** Notifications delivered. */
	readonly events: number;
	/** The store's mark up to which changes were told. */
	readonly mark: string;
	/** JSON of the sealed row and its wrapped key. */
	readonly sealed: string;
}

const schema = `
CREATE TABLE IF NOT EXISTS subscription(id TEXT PRIMARY KEY, version INTEGER NOT NULL, subject TEXT NOT NULL, requester TEXT NOT NULL, status TEXT NOT NULL,
	reason TEXT NOT NULL, ends_at INTEGER NOT NULL, next_at INTEGER NOT NULL, attempts INTEGER NOT NULL, events INTEGER NOT NULL, mark TEXT NOT NULL,
	sealed TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS review(id INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL, requester TEXT NOT NULL, opened_at INTEGER NOT NULL,
	entry_hash TEXT NOT NULL, status TEXT NOT NULL, reviewer TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS notification(id INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, entry_hash TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS notification_pseudonym ON notification(pseudonym);
CREATE TABLE IF NOT EXISTS hold(id INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL, basis TEXT NOT NULL, until INTEGER NOT NULL, placed_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS spend(pseudonym TEXT NOT NULL, at INTEGER NOT NULL, epsilon_milli INTEGER NOT NULL, query TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS spend_pseudonym ON spend(pseudonym);
CREATE TABLE IF NOT EXISTS answer(query TEXT PRIMARY KEY, answer TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS release_member(audience TEXT NOT NULL, pseudonym TEXT NOT NULL, PRIMARY KEY(audience, pseudonym)) STRICT;
CREATE TABLE IF NOT EXISTS insight(hash TEXT PRIMARY KEY, pseudonym TEXT NOT NULL, requester TEXT NOT NULL, model TEXT NOT NULL, classes TEXT NOT NULL,
	at INTEGER NOT NULL, decision TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS refusal(hour INTEGER NOT NULL, requester TEXT NOT NULL, via TEXT NOT NULL, action TEXT NOT NULL, purpose TEXT NOT NULL,
	reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(hour, requester, via, action, purpose, reason)) STRICT;
CREATE TABLE IF NOT EXISTS data_use(day INTEGER NOT NULL, purpose TEXT NOT NULL, via TEXT NOT NULL, class TEXT NOT NULL, level TEXT NOT NULL,
	count INTEGER NOT NULL, PRIMARY KEY(day, purpose, via, class, level)) STRICT;
CREATE TABLE IF NOT EXISTS erasure(subject TEXT NOT NULL, pseudonym TEXT NOT NULL, compartments TEXT NOT NULL, stage TEXT NOT NULL, report TEXT NOT NULL,
	PRIMARY KEY(subject, compartments)) STRICT;
`;

/** What the gate itself has to remember between starts: reviews, notices, holds, budgets, answers, erasures under way. No health data, no keys. */
export class GateStore {
	readonly #db: DatabaseSync;

	constructor(path: string) {
		this.#db = new DatabaseSync(path);
		this.#db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;");
		this.#db.exec(schema);
	}

	/** Opened before the append, so that a stop in between leaves a visible trace. */
	openReview(pseudonym: Pseudonym, requester: string, atMs: number): number {
		const row = this.#db
			.prepare("INSERT INTO review(pseudonym, requester, opened_at, entry_hash, status, reviewer) VALUES(?, ?, ?, '', 'open', '')")
			.run(pseudonym, requester, atMs);
		return Number(row.lastInsertRowid);
	}

	confirmReview(id: number, entryHash: Digest): void {
		this.#db.prepare("UPDATE review SET entry_hash = ? WHERE id = ?").run(entryHash, id);
	}

	closeReview(id: number, status: "justified" | "unjustified", reviewer: string): boolean {
		return this.#db.prepare("UPDATE review SET status = ?, reviewer = ? WHERE id = ? AND status = 'open'").run(status, reviewer, id).changes === 1;
	}

	reviews(): readonly EmergencyReview[] {
		const rows = this.#db.prepare(
			"SELECT id, pseudonym, requester, opened_at AS openedAtMs, entry_hash AS entryHash, status, reviewer FROM review ORDER BY id",
		);
		return rows.all() as unknown as EmergencyReview[];
	}

	notify(pseudonym: Pseudonym, kind: Notification["kind"], atMs: number, entryHash: Digest | ""): void {
		this.#db.prepare("INSERT INTO notification(pseudonym, kind, at, entry_hash) VALUES(?, ?, ?, ?)").run(pseudonym, kind, atMs, entryHash);
	}

	notifications(pseudonym: Pseudonym): readonly Notification[] {
		const rows = this.#db.prepare(
			"SELECT id, pseudonym, kind, at AS atMs, entry_hash AS entryHash FROM notification WHERE pseudonym = ? ORDER BY id",
		);
		return rows.all(pseudonym) as unknown as Notification[];
	}

	placeHold(pseudonym: Pseudonym, basis: string, untilMs: number, placedAtMs: number): void {
		this.#db.prepare("INSERT INTO hold(pseudonym, basis, until, placed_at) VALUES(?, ?, ?, ?)").run(pseudonym, basis, untilMs, placedAtMs);
	}

	/** Holds that still run at `atMs`. */
	holds(pseudonym: Pseudonym, atMs: number): readonly LegalHold[] {
		const rows = this.#db.prepare(
			"SELECT id, pseudonym, basis, until AS untilMs, placed_at AS placedAtMs FROM hold WHERE pseudonym = ? AND until > ? ORDER BY id",
		);
		return rows.all(pseudonym, atMs) as unknown as LegalHold[];
	}

	/** Sum of ε (thousandths) spent by a patient since `sinceMs`. */
	spentMilliEpsilon(pseudonym: Pseudonym, sinceMs: number): number {
		const row = this.#db
			.prepare("SELECT coalesce(sum(epsilon_milli), 0) AS spent FROM spend WHERE pseudonym = ? AND at >= ?")
			.get(pseudonym, sinceMs);
		return Number((row as { spent: number }).spent);
	}

	/** Budgets are charged and the answer is kept in one transaction: an answer is never given twice for different noise. */
	recordAnswer(query: string, answer: string, atMs: number, epsilonMilli: number, pseudonyms: readonly Pseudonym[]): void {
		this.#inTransaction(() => {
			this.#db.prepare("INSERT INTO answer(query, answer, at) VALUES(?, ?, ?)").run(query, answer, atMs);
			const spend = this.#db.prepare("INSERT INTO spend(pseudonym, at, epsilon_milli, query) VALUES(?, ?, ?, ?)");
			for (const pseudonym of pseudonyms) spend.run(pseudonym, atMs, epsilonMilli, query);
		});
	}

	storedAnswer(query: string): string | undefined {
		return (this.#db.prepare("SELECT answer FROM answer WHERE query = ?").get(query) as { answer: string } | undefined)?.answer;
	}

	/** Patients already released to an audience (a study, or a requester), so that the smallest set counts earlier releases too. */
	releasedTo(audience: string): ReadonlySet<string> {
		const rows = this.#db.prepare("SELECT pseudonym FROM release_member WHERE audience = ?").all(audience) as { pseudonym: string }[];
		return new Set(rows.map((row) => row.pseudonym));
	}

	/** All of it or nothing, before anything leaves. */
	recordRelease(audiences: readonly string[], pseudonyms: readonly Pseudonym[]): void {
		this.#inTransaction(() => {
			const insert = this.#db.prepare("INSERT OR IGNORE INTO release_member(audience, pseudonym) VALUES(?, ?)");
			for (const audience of audiences) for (const pseudonym of pseudonyms) insert.run(audience, pseudonym);
		});
	}

	/** That insights were computed, for whom and by whose request; what they say is sealed in the vault. */
	recordInsights(insights: readonly Omit<FiledInsight, "decision">[]): void {
		const insert = this.#db.prepare(
			"INSERT OR IGNORE INTO insight(hash, pseudonym, requester, model, classes, at, decision) VALUES(?, ?, ?, ?, ?, ?, '')",
		);
		this.#db.exec("BEGIN IMMEDIATE");
		try {
			for (const { hash, pseudonym, requester, model, classes, atMs } of insights) insert.run(hash, pseudonym, requester, model, classes, atMs);
			this.#db.exec("COMMIT");
		} catch (error) {
			this.#db.exec("ROLLBACK");
			throw error;
		}
	}

	findInsight(hash: string): FiledInsight | undefined {
		const row = this.#db.prepare("SELECT hash, pseudonym, requester, model, classes, at AS atMs, decision FROM insight WHERE hash = ?").get(hash);
		return row as unknown as FiledInsight | undefined;
	}

	/** False when it was decided before: of two who decide at once, one does. */
	decideInsight(hash: string, decision: "accept" | "override"): boolean {
		return this.#db.prepare("UPDATE insight SET decision = ? WHERE hash = ? AND decision = ''").run(decision, hash).changes === 1;
	}

	/** Takes a decision back that could not be recorded with the patient. */
	reopenInsight(hash: string): void {
		this.#db.prepare("UPDATE insight SET decision = '' WHERE hash = ?").run(hash);
	}

	/** What was computed over an erased patient, or over a class that is erased, goes with the record. */
	forgetInsights(pseudonym: Pseudonym, what: "all" | readonly string[]): void {
		const rows = this.#db.prepare("SELECT hash, classes FROM insight WHERE pseudonym = ?").all(pseudonym) as { hash: string; classes: string }[];
		const gone = rows.filter(({ classes }) => what === "all" || classes.split("+").some((each) => what.includes(each)));
		const remove = this.#db.prepare("DELETE FROM insight WHERE hash = ?");
		this.#inTransaction(() => {
			for (const { hash } of gone) remove.run(hash);
		});
	}

	/** Budget and releases of an erased patient: who is no candidate any more is asked for no budget and is no newcomer. */
	forgetCrowd(pseudonym: Pseudonym): void {
		this.#inTransaction(() => {
			this.#db.prepare("DELETE FROM spend WHERE pseudonym = ?").run(pseudonym);
			this.#db.prepare("DELETE FROM release_member WHERE pseudonym = ?").run(pseudonym);
		});
	}

	/** Adds to the numbers of a house, and forgets those past their time. */
	addTallies({ refusals, uses, forgetRefusalsBefore, forgetUsesBefore }: Tallies): void {
		this.#inTransaction(() => {
			const addRefusal = this.#db.prepare(
				"INSERT INTO refusal VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(hour, requester, via, action, purpose, reason) DO UPDATE SET count = count + excluded.count",
			);
			for (const { hour, requester, via, action, purpose, reason, count } of refusals)
				addRefusal.run(hour, requester, via, action, purpose, reason, count);
			const addUse = this.#db.prepare(
				"INSERT INTO data_use VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(day, purpose, via, class, level) DO UPDATE SET count = count + excluded.count",
			);
			for (const each of uses) addUse.run(each.day, each.purpose, each.via, each.class, each.level, each.count);
			this.#db.prepare("DELETE FROM refusal WHERE hour < ?").run(forgetRefusalsBefore);
			this.#db.prepare("DELETE FROM data_use WHERE day < ?").run(forgetUsesBefore);
		});
	}

	/** Newest first. */
	refusals(sinceMs: number): readonly RefusalTally[] {
		const rows = this.#db.prepare(
			"SELECT hour, requester, via, action, purpose, reason, count FROM refusal WHERE hour >= ? ORDER BY hour DESC, count DESC",
		);
		return rows.all(sinceMs) as unknown as RefusalTally[];
	}

	/** Over all days from one on, each purpose, member, class and level once; `day` is the last one. */
	uses(sinceMs: number): readonly UseTally[] {
		const rows = this.#db.prepare(
			"SELECT max(day) AS day, purpose, via, class, level, sum(count) AS count FROM data_use WHERE day >= ? GROUP BY purpose, via, class, level ORDER BY purpose, via, class, level",
		);
		return rows.all(sinceMs) as unknown as UseTally[];
	}

	review(id: number): EmergencyReview | undefined {
		const row = this.#db.prepare(
			"SELECT id, pseudonym, requester, opened_at AS openedAtMs, entry_hash AS entryHash, status, reviewer FROM review WHERE id = ?",
		);
		return row.get(id) as unknown as EmergencyReview | undefined;
	}

	putSubscription({ id, version, subject, requester, status, reason, endsAtMs, nextAtMs, attempts, events, mark, sealed }: HeldSubscription): void {
		this.#db
			.prepare("INSERT OR REPLACE INTO subscription VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
			.run(id, version, subject, requester, status, reason, endsAtMs, nextAtMs, attempts, events, mark, sealed);
	}

	/** Writes how one went on, unless its owner changed or ended it meanwhile. */
	moveSubscription({ id, version, status, reason, nextAtMs, attempts, events, mark }: HeldSubscription): void {
		this.#db
			.prepare("UPDATE subscription SET status = ?, reason = ?, next_at = ?, attempts = ?, events = ?, mark = ? WHERE id = ? AND version = ?")
			.run(status, reason, nextAtMs, attempts, events, mark, id, version);
	}

	/** In the order in which they were begun. */
	subscriptions(): readonly HeldSubscription[] {
		const rows = this.#db.prepare(
			"SELECT id, version, subject, requester, status, reason, ends_at AS endsAtMs, next_at AS nextAtMs, attempts, events, mark, sealed FROM subscription ORDER BY rowid",
		);
		return rows.all() as unknown as HeldSubscription[];
	}

	endSubscription(id: string): void {
		this.#db.prepare("DELETE FROM subscription WHERE id = ?").run(id);
	}

	forgetSubscriptions(subject: SubjectId): void {
		this.#db.prepare("DELETE FROM subscription WHERE subject = ?").run(subject);
	}

	putErasure(journal: ErasureJournal): void {
		this.#db
			.prepare(
				"INSERT INTO erasure(subject, pseudonym, compartments, stage, report) VALUES(?, ?, ?, ?, ?) ON CONFLICT(subject, compartments) DO UPDATE SET stage = excluded.stage, report = excluded.report",
			)
			.run(journal.subject, journal.pseudonym, journal.compartments, journal.stage, journal.report);
	}

	unfinishedErasures(): readonly ErasureJournal[] {
		const rows = this.#db.prepare("SELECT subject, pseudonym, compartments, stage, report FROM erasure WHERE stage <> 'recorded'").all();
		return rows as unknown as ErasureJournal[];
	}

	/** Erasures of some classes that are done: what a restored data set holds of them goes again. */
	partialErasures(): readonly ErasureJournal[] {
		const rows = this.#db.prepare(
			"SELECT subject, pseudonym, compartments, stage, report FROM erasure WHERE stage = 'recorded' AND compartments <> 'all'",
		);
		return rows.all() as unknown as ErasureJournal[];
	}

	#inTransaction(work: () => void): void {
		this.#db.exec("BEGIN IMMEDIATE");
		try {
			work();
			this.#db.exec("COMMIT");
		} catch (error) {
			this.#db.exec("ROLLBACK");
			throw error;
		}
	}

	close(): void {
		this.#db.close();
	}
}
