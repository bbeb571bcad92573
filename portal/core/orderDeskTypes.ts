import type { Relationship } from "./deskTypes.ts";
import type { OrderCodes } from "./guidanceWords.ts";

export interface OrderAsk {
	readonly localId: string;
	readonly relationship?: Relationship | undefined;
	/** As the doctor named it. */
	readonly drug: string;
	/** Chosen, or about to be signed. */
	readonly hook: "order-select" | "order-sign";
}

/** A card as a page shows it. All of it is text. */
export interface OrderCard {
	readonly summary: string;
	/** Markdown of a few marks; {@link parseCardText} reads it. */
	readonly detail: string;
	readonly indicator: "info" | "warning" | "critical";
	readonly source: { readonly label: string; readonly url?: string };
	/** Reasons to choose from, in English, as they go on file. */
	readonly reasons: readonly string[];
	/** The same by codes, for another language than the card's; null where the node hands none over. */
	readonly codes: OrderCodes | null;
	/** What the doctor decides on; null where there is nothing to decide. */
	readonly insightHash: string | null;
}

export interface OrderCheck {
	/** False where no guideline speaks of the drug: then nothing was read. */
	readonly isGuided: boolean;
	/** The most urgent first. */
	readonly cards: readonly OrderCard[];
}

export interface OrderDesk {
	/** Drugs that guidelines speak of. */
	drugs(): Promise<readonly string[]>;
	checkOrder(ask: OrderAsk): Promise<OrderCheck>;
}
