import { isUtf8 } from "node:buffer";
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { type Digest, encodeHex, equalBytes, type Instant, type MemberId, makeRoom } from "#base";
import { createReceiptKey, mintReceipt, refusal } from "../../receipt.ts";
import { decryptRecord } from "../../record.ts";
import type { DurableEntry, OpeningOrder } from "../../vault.ts";
import { assertNamed } from "../judgedEntry.ts";
import { ReceiptAdmission, type SaltedAccess } from "../receiptAdmission.ts";
import { RisingNonces } from "../risingNonces.ts";
import type { ToDeputy } from "./appointedDeputy.ts";
import { type BoxLabel, unsealBox } from "./openingBox.ts";

/** Who appointed it, and which boxes it may open. */
interface Appointment {
	readonly custodian: MemberId;
	readonly boxKey: Uint8Array;
	readonly admission: ReceiptAdmission;
	/** Of the receipts, which nobody else makes or spends. */
	readonly nonces: RisingNonces;
	generation: number;
}

/** A box that was opened, with its key imported. */
interface KnownBox {
	readonly box: Uint8Array;
	readonly label: BoxLabel;
	readonly key: KeyObject;
}

/** Boxes kept open. */
const knownMax = 4_096;

/**
 * The keyring's part in the thread that makes entries durable (SPEC VA130–VA133): it opens what was ordered with an entry when that entry is
 * durable, so that neither the entry nor the row crosses to the thread and back once more. It judges a receipt of the entry as the keyring does, and
 * has no key of its own: each order brings one, sealed for it.
 */
export class OpeningDeputy {
	/** Between the log writer of this thread and the deputy in it; no receipt of theirs leaves the thread. */
	readonly #receiptKey = createReceiptKey(randomBytes);
	readonly #port: MessagePort;
	#appointment: Appointment | undefined;
	/** By the id of the data key, of this generation alone. */
	readonly #known = new Map<string, KnownBox>();

	/** @param port - The other end of the keyring's; what comes over it is the keyring's word. */
	constructor(port: MessagePort) {
		this.#port = port;
		port.on("message", (message: ToDeputy) => this.#hear(message));
		// The keyring was closed, or has appointed another.
		port.on("close", () => this.#forget());
	}

	/**
	 * The plaintext of the row that was ordered, UTF-8, for whoever asked; undefined where it is not opened, for whatever reason: the keyring is then
	 * asked in its own place, and says why not.
	 *
	 * @param entry - What the log writer of this thread has just made durable.
	 */
	open(entry: DurableEntry, { box, row }: OpeningOrder, now: Instant): Buffer | undefined {
		const appointment = this.#appointment;
		if (appointment === undefined) return undefined;
		try {
			const known = this.#knownBox(appointment, box, row.dataKey);
			if (known === undefined) return undefined;
			const { label, key: dataKey } = known;
			assertOrdered(label, row);
			const judged = appointment.admission.admit("unwrap", this.#accessBy(entry, appointment.nonces, now), now);
			if (judged.log !== label.log) throw refusal("log-differs");
			if (judged.pseudonym !== label.pseudonym) throw refusal("subject-differs");
			assertNamed(judged, label.joined);
			const plaintext = decryptRecord({ custodian: appointment.custodian, row, dataKey });
			return isUtf8(plaintext) ? plaintext : undefined;
		} catch {
			return undefined;
		}
	}

	/** The same bytes as before were opened before; undefined for a box of another keyring or generation. */
	#knownBox({ boxKey, generation }: Appointment, box: Uint8Array, id: string): KnownBox | undefined {
		const known = this.#known.get(id);
		if (known !== undefined && equalBytes(known.box, box)) return known;
		const opened = unsealBox(boxKey, box);
		if (opened === undefined) return undefined;
		const { key, ...label } = opened;
		const fresh: KnownBox = { box: Uint8Array.from(box), label, key: createSecretKey(key) };
		key.fill(0);
		if (label.generation !== generation || label.id !== id) return undefined;
		makeRoom(this.#known, knownMax);
		this.#known.set(id, fresh);
		return fresh;
	}

	close(): void {
		this.#forget();
		this.#port.close();
	}

	#forget(): void {
		this.#appointment?.boxKey.fill(0);
		this.#appointment = undefined;
		this.#known.clear();
	}

	/** The receipt that the log writer mints for what it has made durable. */
	#accessBy({ log, leafIndex, entryHash, salted }: DurableEntry, nonces: RisingNonces, now: Instant): SaltedAccess {
		const named = { log, leafIndex, entryHash: encodeHex(entryHash) as Digest, now };
		return { salted, receipt: mintReceipt({ ...named, receiptKey: this.#receiptKey, randomBytes: () => nonces.next() }) };
	}

	#hear(message: ToDeputy): void {
		this.#known.clear();
		if (message.kind === "appoint") {
			const { custodian, boxKey, generation } = message;
			// Which logs are honoured is in the box.
			const nonces = new RisingNonces();
			const admission = new ReceiptAdmission({ custodian, receiptKey: this.#receiptKey, honoursLog: () => true, nonces: () => nonces });
			this.#appointment = { custodian, boxKey, admission, nonces, generation };
		} else if (this.#appointment !== undefined) {
			this.#appointment.generation = message.generation;
		}
		this.#port.postMessage(message.generation);
	}
}

/** The row is one of the key's: its compartments are those that the entry has to name. */
function assertOrdered({ subject, joined, id }: BoxLabel, row: OpeningOrder["row"]): void {
	if (row.subject !== subject || row.compartments !== joined || row.dataKey !== id) throw refusal("subject-differs");
}
