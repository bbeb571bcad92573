import type { DataClass } from "#contracts";

/** What one gene on file means, in the field's words. */
export interface GeneItem {
	readonly gene: string;
	readonly results: readonly string[];
	/** As the tables name them; null where they do not know what a result means. */
	readonly phenotypes: readonly (string | null)[];
	readonly isOrdinary: boolean;
	/** Drugs to speak about before they are taken, as the tables name them. */
	readonly drugs: readonly string[];
	/** Day of the result, `YYYY-MM-DD`; null where the result has none. */
	readonly effective: string | null;
	readonly coverage: { readonly positions: number; readonly missing: number; readonly assumedReference: number } | null;
	readonly earlier: readonly string[];
}

/** The passport of genes and drugs. */
export interface GenesView {
	/** What a gene asks for most first. */
	readonly genes: readonly GeneItem[];
	readonly unreadable: readonly string[];
	readonly withoutResult: readonly string[];
	readonly others: Readonly<Record<"more" | "usual" | "unknown" | "silent", readonly string[]>>;
	readonly guidelinesAsOf: readonly string[];
	readonly isStale: boolean;
	readonly allelesVersion: string;
	readonly guidanceVersion: string;
	readonly classes: readonly { readonly class: DataClass; readonly status: string; readonly restricted?: boolean }[];
	readonly notice: string;
	readonly access: { readonly entryHash: string };
}

/** What a patient can do beside what every page shares. */
export interface PatientDesk {
	genes(): Promise<GenesView>;
}
