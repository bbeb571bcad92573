import type { Instant, SubjectId } from "#base";
import type { AccessEntryDraft } from "#contracts";
import { VaultError } from "#vault";
import type { Asked } from "./authenticate.ts";
import { GateError } from "./errors.ts";
import { logUnderNobody } from "./logUnderNobody.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";
import { labelledToken, relabelPatient } from "./relabelPatient.ts";
import { Turns } from "./turns.ts";

export interface RelabelProgress {
	readonly done: number;
	readonly total: number;
}

/** Subjects looked at together at a start. */
const surveyBatch = 256;

/**
 * Which patients' records are still labelled under other tables than the present ones (PROTOCOL §6: a new table version relabels before it
 * serves). While there is one, nobody's record is read: an answer that depended on whether *this* patient is done would tell that there is one.
 */
export class Relabelling {
	readonly #parts: GateParts;
	readonly #pending = new Set<SubjectId>();
	readonly #turns = new Turns();
	#total = 0;
	#stopped = false;

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	get isPending(): boolean {
		return this.#pending.size > 0;
	}

	/** Finds whose records lack the mark of the present tables: patients of an older version, or of a restored backup. */
	async survey(): Promise<void> {
		let batch: SubjectId[] = [];
		const look = async () => {
			await Promise.all(batch.map((subject) => this.#look(subject)));
			batch = [];
		};
		for await (const subject of this.#parts.store.listSubjects()) if (batch.push(subject) === surveyBatch) await look();
		await look();
		this.#total = this.#pending.size;
	}

	async #look(subject: SubjectId): Promise<void> {
		const { keyring, store } = this.#parts;
		if ((await keyring.status(subject)) !== "live") return;
		if ((await store.labelledToken(subject)) !== (await labelledToken(this.#parts, subject))) this.#pending.add(subject);
	}

	/** Relabels whoever is left, one after the other; called again after a fault or a stop it goes on where it was. */
	async run(onProgress?: (progress: RelabelProgress) => void): Promise<void> {
		for (const subject of [...this.#pending]) {
			if (this.#stopped) return;
			await this.#relabel(subject);
			onProgress?.({ done: this.#total - this.#pending.size, total: this.#total });
		}
	}

	forget(subject: SubjectId): void {
		this.#pending.delete(subject);
	}

	/** This patient before the others: an emergency does not wait, and is not answered by old labels either. */
	async hurry({ subject }: ResolvedPatient): Promise<void> {
		if (this.#pending.has(subject)) await this.#relabel(subject);
	}

	/** Ends after the patient under way; to be awaited before the stores close. */
	async stop(): Promise<void> {
		this.#stopped = true;
		await this.#turns.take("patient", async () => undefined);
	}

	#relabel(subject: SubjectId): Promise<void> {
		return this.#turns.take("patient", async () => {
			if (this.#stopped || !this.#pending.has(subject)) return;
			try {
				await relabelPatient(this.#parts, subject);
			} catch (error) {
				// Erased meanwhile: nothing is left to be labelled.
				const isGone = (await this.#parts.keyring.status(subject)) !== "live";
				if (!(isGone && error instanceof VaultError && error.code === "VAULT_ERASED")) throw error;
			}
			this.#pending.delete(subject);
		});
	}
}

export function relabellingError(): GateError {
	return new GateError("GATE_RELABELLING", "records are being labelled under newer tables and are read when that has ended; try again");
}

/**
 * Refuses, and logs that it did, what would rest on old labels.
 * @throws {@link GateError} `GATE_RELABELLING`.
 */
export async function assertLabelled(
	{ parts, relabelling }: { readonly parts: GateParts; readonly relabelling: Relabelling },
	signed: Asked<object>,
	at: Instant,
	told: Pick<AccessEntryDraft, "action" | "purpose"> & Partial<AccessEntryDraft>,
): Promise<void> {
	if (!relabelling.isPending) return;
	await logUnderNobody(parts, signed, at, { ...told, decision: "deny", reasons: ["RELABELLING"] });
	throw relabellingError();
}
