import type { CdsClient } from "./cdsConfig.ts";

/** What a card that was shown can be decided on by. */
export interface ShownCard {
	readonly insightHash: string;
	readonly patientId: string;
	readonly userId: string;
	/** The client that it was shown through. */
	readonly issuer: string;
	readonly serviceId: string;
}

/** Cards remembered at once, and for how long, in ms: feedback comes within a shift. */
const cardsMost = 50_000;
const lifetimeMs = 24 * 3_600_000;

/** The cards that were shown, in memory alone: after a restart feedback on an older card is refused like feedback on an unknown one. */
export class ShownCards {
	/** In the order they were shown, which is the order in which they are forgotten. */
	readonly #cards = new Map<string, ShownCard & { readonly untilMs: number }>();

	add(uuid: string, card: ShownCard, nowMs: number): void {
		for (const [id, { untilMs }] of this.#cards) {
			if (untilMs > nowMs && this.#cards.size < cardsMost) break;
			this.#cards.delete(id);
		}
		this.#cards.set(uuid, { ...card, untilMs: nowMs + lifetimeMs });
	}

	/** undefined for one that is unknown, forgotten, or was shown through another client or by another service: nobody learns which. */
	find(uuid: string, { issuer }: Pick<CdsClient, "issuer">, serviceId: string, nowMs: number): ShownCard | undefined {
		const card = this.#cards.get(uuid);
		return card !== undefined && card.untilMs > nowMs && card.issuer === issuer && card.serviceId === serviceId ? card : undefined;
	}
}
