import { makeRoom, type PublicKey } from "#base";
import { type Credential, endOfDayMs, type RequesterCredential, readCredential, readCredentials } from "#contracts";
import type { GateParts } from "./parts.ts";

/** Keys whose credentials are kept; beyond it whoever was kept first is read anew. */
const keptMax = 4_096;

interface Held {
	/** Of the ledger that they were read from. */
	readonly height: number;
	/** They are the current ones from here on, this moment included. */
	readonly fromMs: number;
	/** And before this: the first of them, or of the approvals that they rest on, ends then. */
	readonly untilMs: number;
	readonly credentials: readonly Credential[];
	readonly plain: readonly RequesterCredential[];
}

/**
 * What requesters hold, for one height of the ledger and until the first of it ends ([GA221]): within these a credential neither comes nor goes,
 * since without a block one can only end.
 */
export class HeldCredentials {
	readonly #ledger: GateParts["ledger"];
	readonly #kept = new Map<PublicKey, Held>();

	constructor({ ledger }: Pick<GateParts, "ledger">) {
		this.#ledger = ledger;
	}

	/** As {@link readCredentials} says. */
	of(key: PublicKey, nowMs: number): readonly Credential[] {
		return this.#held(key, nowMs).credentials;
	}

	/** The same as a decision looks at them, where no relationship with a patient was shown. */
	plainOf(key: PublicKey, nowMs: number): readonly RequesterCredential[] {
		return this.#held(key, nowMs).plain;
	}

	#held(key: PublicKey, nowMs: number): Held {
		const { height } = this.#ledger.head();
		const known = this.#kept.get(key);
		if (known !== undefined && known.height === height && nowMs >= known.fromMs && nowMs < known.untilMs) return known;
		const credentials = readCredentials(this.#ledger, key, nowMs);
		const plain = credentials.map((credential) => asRequester(credential, false));
		const held = { height, fromMs: nowMs, untilMs: this.#firstEndMs(credentials), credentials, plain };
		this.#kept.delete(key);
		// Patients hold none, so that no name of theirs is left here.
		if (credentials.length === 0) return held;
		makeRoom(this.#kept, keptMax);
		this.#kept.set(key, held);
		return held;
	}

	#firstEndMs(credentials: readonly Credential[]): number {
		let first = Number.POSITIVE_INFINITY;
		for (const { validUntil, approval } of credentials) {
			const ends = [validUntil, ...(approval === "" ? [] : [readCredential(this.#ledger, approval)?.validUntil ?? validUntil])];
			first = Math.min(first, ...ends.map(endOfDayMs));
		}
		return first;
	}
}

/** A credential as a decision looks at it. */
export function asRequester({ kind, issuer, department, study }: Credential, matchesPseudonym: boolean): RequesterCredential {
	return { kind, issuer, department, study, matchesPseudonym };
}
