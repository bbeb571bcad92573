import type { ConsentId, Digest, Pseudonym } from "#base";
import type { DataClass, Level, Purpose, RelationshipOpening } from "#contracts";

/** How the patient is named: the wallet hands out consent ids; a custodian's own staff know local ids; patients their pseudonym. */
export type PatientReference =
	| { readonly by: "consent"; readonly consentId: ConsentId }
	| { readonly by: "local"; readonly localId: string }
	| { readonly by: "pseudonym"; readonly pseudonym: Pseudonym }
	/** For whom the law lets ask: the custodian hands out the id of the use, and no other name. */
	| { readonly by: "lawful-use"; readonly useId: string };

export interface ReadBody {
	readonly kind: "read";
	readonly patient: PatientReference;
	readonly purpose: Purpose;
	readonly classes: readonly DataClass[];
	readonly level: Level;
	readonly study?: string;
	readonly diseases?: readonly string[];
	readonly model?: string;
	/** SHA-256 of what the model is handed besides the record, so that the signature covers it. Whoever hands it over compares; the gate reads nothing by it. */
	readonly given?: string;
	/** The id of a use that the law requires; without it consents decide. */
	readonly lawfulUse?: string;
	/** One record only, as `ResourceType/id`. */
	readonly record?: string;
	/** Shows that a `relationship` credential is about this patient (the ledger has only its commitment). */
	readonly relationship?: { readonly credentialId: string; readonly opening: RelationshipOpening };
	/** Break-glass, at least 10 characters. */
	readonly emergencyReason?: string;
}

/** Asks for the large object of one record, whole or a range of it. */
export interface ObjectBody extends Omit<ReadBody, "kind" | "record"> {
	readonly kind: "object";
	/** As `ResourceType/id`; at level `pseudonymised` with the id that a read at that level shows. */
	readonly record: string;
	/** `bytes=0-99`, `bytes=100-` or `bytes=-100` (RFC 9110 §14.1.2); the whole object when absent. */
	readonly range?: string;
}

/** Asks for what a genome says of the body's handling of drugs; the genome itself stays where it is. */
export interface PgxBody extends Omit<ReadBody, "kind" | "classes" | "level"> {
	readonly kind: "pgx";
	readonly classes: readonly ["genomics"];
	/** `compute` for the model that `model` names, `identified` for who may read the genome and names no model. */
	readonly level: "compute" | "identified";
}

/** An object on its way out. Whoever has it closes it, also when nothing of it is read. */
export interface ObjectRelease {
	readonly level: Level;
	readonly contentType: string;
	/** Of the whole object. */
	readonly sizeBytes: number;
	/** Bytes `[start, end)` of it that are released. */
	readonly start: number;
	readonly end: number;
	/** The same for the same bytes and the same audience. */
	readonly etag: string;
	readonly notice: string;
	readonly access: Release["access"];
	/**
	 * Authenticated bytes. Decided anew every 1 MiB and every 2 s; ends in `GATE_RELEASE_ENDED` or `GATE_LEDGER_STALE` when they may leave no
	 * longer, in `VAULT_INTEGRITY` at the first chunk that is not genuine.
	 */
	stream(): AsyncGenerator<Uint8Array>;
	close(): Promise<void>;
}

export interface ReleasedResource {
	readonly class: DataClass;
	readonly level: Level;
	/** Sensitivity labels of the record; given to a model alone, whose result has to carry them. */
	readonly labels?: readonly string[];
	/**
	 * When this version was filed here, UTC ms. Only to a reader at level `identified`: below it a time may lead to a person. Absent where the record
	 * does not hold it.
	 */
	readonly filedAtMs?: number;
	readonly resource: { readonly resourceType: string; readonly [element: string]: unknown };
}

export interface ReleasedClass {
	readonly class: DataClass;
	readonly status: "released" | "not-available";
	readonly levels: readonly Level[];
	/**
	 * True when every grant of the class holds some records back (by condition, record, author, encounter or time), judged by the grants alone
	 * and never by the data. What is absent from a restricted class is not known to be absent (invariant 6).
	 */
	readonly restricted?: boolean;
}

export interface Release {
	/** Every class asked for, released or *not available to you*, the same whether data exist or not. */
	readonly classes: readonly ReleasedClass[];
	readonly resources: readonly ReleasedResource[];
	/** The same sentence on every clinical answer (PROTOCOL §6). */
	readonly notice: string;
	/** Leaf of the access log that this answer rests on. */
	readonly access: { readonly log: string; readonly leafIndex: number; readonly entryHash: Digest };
	readonly decidedAtHeight: number;
	readonly expiresAtMs: number | null;
	readonly obligations: readonly string[];
}
