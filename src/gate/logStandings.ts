import { readLogs } from "#contracts";
import type { TransactionResult } from "#ledger";
import { VaultError } from "#vault";
import { handEvidence } from "./handEvidence.ts";
import type { GateParts } from "./parts.ts";

/** Until the ledger's witnesses answer, in ms. */
const retryMs = 2_000;

/**
 * Shows the keyring how this member's logs stand on the ledger: at the start, and whenever one of them was registered or closed. A log that was
 * shown open once needs no witness to be used again; a new one is used as soon as they cosign.
 */
export class LogStandings {
	readonly #parts: GateParts;
	#unsubscribe: () => void = () => {};
	#timer: NodeJS.Timeout | undefined;
	#showing: Promise<void> = Promise.resolve();
	#stopped = false;

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	/**
	 * Waits for the witnesses only where the keyring does not know the log that is written now.
	 *
	 * @throws VaultError `VAULT_EVIDENCE_REFUSED` when the ledger contradicts what the keyring has seen of it.
	 */
	async start(): Promise<void> {
		this.#unsubscribe = this.#parts.ledger.onBlock(({ results }) => {
			if (results.some((result) => this.#concerns(result))) this.#showLater(0);
		});
		const { keyring, log } = this.#parts;
		if (await keyring.honoursLog(log.log)) this.#showLater(0);
		else await this.#show();
	}

	async stop(): Promise<void> {
		this.#stopped = true;
		this.#unsubscribe();
		clearTimeout(this.#timer);
		await this.#showing;
	}

	async #show(): Promise<void> {
		const { keyring, member } = this.#parts;
		try {
			await handEvidence(
				this.#parts,
				(state) => void readLogs(state, member),
				(evidence) => keyring.showLogs(evidence),
			);
		} catch (error) {
			if (!(error instanceof VaultError && error.kind === "again")) throw error;
			this.#showLater(retryMs);
		}
	}

	#showLater(delayMs: number): void {
		clearTimeout(this.#timer);
		if (this.#stopped) return;
		this.#timer = setTimeout(() => {
			this.#showing = this.#show().catch((error: unknown) => process.emitWarning(error instanceof Error ? error : "a log could not be shown"));
		}, delayMs).unref();
	}

	#concerns(result: TransactionResult): boolean {
		const types = ["access.registered", "access.closed"];
		return result.accepted && result.events.some(({ type, data }) => types.includes(type) && data["member"] === this.#parts.member);
	}
}
