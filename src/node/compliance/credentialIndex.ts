import { decodeUtf8, type PublicKey } from "#base";
import type { Ledger } from "#ledger";
import { fetchEntries } from "#log";

/** Leaves read before others get a turn. */
const atOnce = 256;

/**
 * Ids of the credentials that members issued, read from the ledger's log: its state finds credentials by their holder alone. Read when somebody asks, from
 * where the last look ended.
 */
export class CredentialIndex {
	readonly #ledger: Pick<Ledger, "head" | "tile">;
	/** By the key that issued them. */
	readonly #ids = new Map<string, string[]>();
	#read = 0;
	#reading: Promise<void> = Promise.resolve();

	constructor(ledger: Pick<Ledger, "head" | "tile">) {
		this.#ledger = ledger;
	}

	/** In the order of issue. */
	async idsOf(issuer: PublicKey): Promise<readonly string[]> {
		this.#reading = this.#reading.catch(() => undefined).then(() => this.#readOn());
		await this.#reading;
		return this.#ids.get(issuer) ?? [];
	}

	async #readOn(): Promise<void> {
		const { logSize } = this.#ledger.head();
		for await (const leaf of fetchEntries(async (path) => this.#ledger.tile(path), this.#read, logSize)) {
			this.#note(decodeUtf8(leaf));
			if (++this.#read % atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
		}
	}

	#note(text: string): void {
		if (!text.includes('"credentials"')) return;
		const { contract, action, signer, body } = JSON.parse(text) as {
			contract?: string;
			action?: string;
			signer?: string;
			body?: { credentialId?: string };
		};
		if (contract !== "credentials" || action !== "issue" || signer === undefined || body?.credentialId === undefined) return;
		this.#ids.set(signer, [...(this.#ids.get(signer) ?? []), body.credentialId]);
	}
}
