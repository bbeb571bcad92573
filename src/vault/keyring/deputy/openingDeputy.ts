import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { encodeHex, type Instant, type MemberId } from "#base";
import { createReceiptKey, mintReceipt, refusal } from "../../receipt.ts";
import { decryptRecord } from "../../record.ts";
import type { DurableEntry, OpeningOrder } from "../../vault.ts";
import { assertNamed } from "../judgedEntry.ts";
import { type JudgedAccess, ReceiptAdmission } from "../receiptAdmission.ts";
import type { ToDeputy } from "./appointedDeputy.ts";
import { type OpenedBox, unsealBox } from "./openingBox.ts";

/** Who appointed it, and which boxes it may open. */
interface Appointment {
	readonly custodian: MemberId;
	readonly boxKey: Uint8Array;
	readonly admission: ReceiptAdmission;
	generation: number;
}

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

	/** @param port - The other end of the keyring's; what comes over it is the keyring's word. */
	constructor(port: MessagePort) {
		this.#port = port;
		port.on("message", (message: ToDeputy) => this.#hear(message));
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
		let opened: OpenedBox | undefined;
		try {
			opened = unsealBox(appointment.boxKey, box);
			if (opened === undefined || opened.generation !== appointment.generation) return undefined;
			assertOrdered(opened, row);
			const judged = appointment.admission.admit("unwrap", this.#accessBy(entry, now), now);
			if (judged.log !== opened.log) throw refusal("log-differs");
			if (judged.pseudonym !== opened.pseudonym) throw refusal("subject-differs");
			assertNamed(judged, opened.joined);
			const plaintext = decryptRecord({ custodian: appointment.custodian, row, dataKey: opened.key });
			return isUtf8(plaintext) ? plaintext : undefined;
		} catch {
			return undefined;
		} finally {
			opened?.key.fill(0);
		}
	}

	close(): void {
		this.#appointment?.boxKey.fill(0);
		this.#appointment = undefined;
		this.#port.close();
	}

	#accessBy({ log, leafIndex, entryHash, salt, canonical }: DurableEntry, now: Instant): JudgedAccess {
		const receipt = mintReceipt({ receiptKey: this.#receiptKey, entryHash, log, leafIndex, now, randomBytes });
		return { canonical, salt: encodeHex(salt), leafIndex, receipt };
	}

	#hear(message: ToDeputy): void {
		if (message.kind === "appoint") {
			const { custodian, boxKey, generation } = message;
			// Which logs are honoured is in the box.
			const admission = new ReceiptAdmission({ custodian, receiptKey: this.#receiptKey, honoursLog: () => true });
			this.#appointment = { custodian, boxKey, admission, generation };
		} else if (this.#appointment !== undefined) {
			this.#appointment.generation = message.generation;
		}
		this.#port.postMessage(message.generation);
	}
}

/** The row is one of the key's: its compartments are those that the entry has to name. */
function assertOrdered({ subject, joined, id }: OpenedBox, row: OpeningOrder["row"]): void {
	if (row.subject !== subject || row.compartments !== joined || row.dataKey !== id) throw refusal("subject-differs");
}
