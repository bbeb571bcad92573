import { LedgerError } from "#ledger";

export interface WhileAgreed {
	/** Waits until the members agree; throws when there is no more waiting. */
	readonly untilAgreed: () => Promise<void>;
	readonly onProgress?: (step: string) => void;
	readonly signal?: AbortSignal;
}

/**
 * Opens what has to submit something to open, as an institution registers its log. Where the members do not decide in time it waits for them and opens
 * again, instead of ending: as many nodes as end because too few agree, too few are left to agree.
 */
export async function whileAgreed<T>({ untilAgreed, onProgress, signal }: WhileAgreed, open: () => Promise<T>): Promise<T> {
	for (;;) {
		await untilAgreed();
		try {
			return await open();
		} catch (error) {
			if (!(error instanceof LedgerError) || error.kind !== "again" || signal?.aborted === true) throw error;
			onProgress?.("the members did not decide in time; once more");
		}
	}
}
