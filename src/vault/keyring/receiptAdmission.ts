import { canonicalText, type Instant, isHex, type MemberId } from "#base";
import { hashedLeafHash } from "#log";
import { type ReceiptKey, receiptLifetimeMs, refusal, verifyReceipt } from "../receipt.ts";
import type { LoggedAccess } from "../vault.ts";
import { leafOf, nonceUse, patientUse, placeInCohort } from "./cohortReceipt.ts";
import { type JudgedEntry, readJudged } from "./judgedEntry.ts";
import { type NonceBook, NonceMemory } from "./nonceMemory.ts";

/** What a receipt is spent on. One receipt may be spent once on each. */
export type Operation = "unwrap" | "unwrap-audit" | "date-shift";

/** An access by an entry that is a leaf of its own, as the log's thread has it. */
export interface SaltedAccess extends Pick<LoggedAccess, "receipt"> {
	/** salt(32) ‖ canonical entry. */
	readonly salted: Uint8Array;
	readonly cohort?: undefined;
}

export interface ReceiptAdmissionParameters {
	readonly custodian: MemberId;
	/** Shared with the log writer alone. */
	readonly receiptKey: ReceiptKey;
	/** Whether the ledger has the log as open. */
	readonly honoursLog: (log: string) => boolean;
	/** What knows the nonces that were spent on an operation; by default a memory of random ones. */
	readonly nonces?: (operation: Operation) => NonceBook;
}

/** The keyring's one door: what it opens, it opens against a receipt that was let in here (SPEC VA10–VA16, VA74). */
export class ReceiptAdmission {
	readonly #parameters: ReceiptAdmissionParameters;
	/** One for each operation: a receipt is spent once on each. */
	readonly #nonces: Readonly<Record<Operation, NonceBook>>;

	constructor(parameters: ReceiptAdmissionParameters) {
		this.#parameters = parameters;
		const { nonces = () => new NonceMemory(receiptLifetimeMs) } = parameters;
		this.#nonces = { unwrap: nonces("unwrap"), "unwrap-audit": nonces("unwrap-audit"), "date-shift": nonces("date-shift") };
	}

	/**
	 * Lets an access in, or throws. Works on a copy made once, so that an object whose properties change between two looks gains nothing.
	 * The nonce is burned first, for this operation, whatever the outcome.
	 *
	 * @param now - Never goes back from one call to the next.
	 * @throws {@link VaultError} `VAULT_RECEIPT_REFUSED` with the reason.
	 */
	admit(operation: Operation, access: LoggedAccess | SaltedAccess, now: Instant): JudgedEntry {
		const { custodian, receiptKey, honoursLog } = this.#parameters;
		const nonces = this.#nonces[operation];
		const receipt = { ...access.receipt };
		if (!isHex(receipt.nonce, 16)) throw refusal("malformed");
		const place = placeInCohort(access);
		if (place !== undefined && operation === "unwrap-audit") throw refusal("not-an-audit-access");
		if (!nonces.burn(nonceUse(receipt, place), now)) throw refusal("nonce-burned");
		verifyReceipt({ receiptKey, receipt, now });
		const { entry, hash } = readEntry(access);
		if (leafOf(hash, place) !== receipt.entryHash) throw refusal("entry-differs");
		if (entry.log !== receipt.log) throw refusal("log-differs");
		if (!honoursLog(entry.log)) throw refusal("log-not-honoured");
		if (entry.member !== custodian) throw refusal("member-differs");
		if (entry.decision !== "permit") throw refusal("decision-not-permit");
		if (!Array.isArray(entry.compartments)) throw refusal("malformed");
		if (place !== undefined && !nonces.burn(patientUse(receipt, entry), now)) throw refusal("patient-repeated");
		return entry;
	}
}

/** The entry as its canonical bytes say, and their leaf hash. */
function readEntry(access: LoggedAccess | SaltedAccess): { readonly entry: JudgedEntry; readonly hash: Uint8Array } {
	try {
		if ("salted" in access) return readSalted(access.salted);
		const text = access.canonical ?? canonicalText(access.entry);
		if (typeof text !== "string") throw refusal("malformed");
		if (!isHex(access.salt, 32)) throw refusal("malformed");
		const salted = Buffer.allocUnsafe(32 + Buffer.byteLength(text));
		salted.write(access.salt, "hex");
		salted.write(text, 32);
		return { entry: readJudged(text), hash: hashedLeafHash(salted) };
	} catch {
		throw refusal("malformed");
	}
}

function readSalted(salted: Uint8Array): { readonly entry: JudgedEntry; readonly hash: Uint8Array } {
	const bytes = Buffer.from(salted.buffer, salted.byteOffset, salted.byteLength);
	return { entry: readJudged(bytes.toString("utf8", 32)), hash: hashedLeafHash(bytes) };
}
