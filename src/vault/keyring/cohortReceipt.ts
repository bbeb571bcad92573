import { encodeHex } from "#base";
import { type CohortPlace, cohortLeafOf, isCohortPlace, LogError } from "#log";
import { refusal } from "../receipt.ts";
import type { LoggedAccess, Receipt } from "../vault.ts";
import type { JudgedEntry } from "./judgedEntry.ts";

/*
 * What a receipt of a cohort opens (SPEC VA74–VA79). Every entry of the cohort is judged by itself, by its full text, salt and place: the keyring
 * hashes its way from there to the leaf that the receipt's MAC names, so a gate gains nothing by telling it of others, or of none.
 */

/**
 * A copy of the place handed in, made once; undefined for an entry that is a leaf of its own.
 *
 * @throws {@link VaultError} `VAULT_RECEIPT_REFUSED` (`malformed`) for what is no place.
 */
export function placeInCohort({ cohort }: Pick<LoggedAccess, "cohort">): CohortPlace | undefined {
	if (cohort === undefined) return undefined;
	const copy: unknown = copyOf(cohort);
	if (!isCohortPlace(copy)) throw refusal("malformed");
	return copy;
}

function copyOf(cohort: CohortPlace): unknown {
	try {
		const { index, count, proof } = cohort;
		return { index, count, proof: [...proof] };
	} catch {
		return undefined;
	}
}

/** What is burned for an operation before anything is judged: the receipt's nonce, of a cohort's the nonce at this place. */
export function nonceUse({ nonce }: Receipt, place: CohortPlace | undefined): string {
	return place === undefined ? nonce : `${nonce}:${place.index}`;
}

/** What is burned besides once an entry is known to be of the cohort: its patient, of whom a second entry opens nothing. */
export function patientUse({ nonce }: Receipt, { pseudonym }: JudgedEntry): string {
	return `${nonce}:of ${pseudonym}`;
}

/**
 * Hash of the leaf in which an entry stands, hex.
 *
 * @param entryHash - Leaf hash of the entry itself.
 * @throws {@link VaultError} `VAULT_RECEIPT_REFUSED` (`entry-differs`) where the place cannot be one of its tree.
 */
export function leafOf(entryHash: Uint8Array, place: CohortPlace | undefined): string {
	if (place === undefined) return encodeHex(entryHash);
	try {
		return encodeHex(cohortLeafOf(entryHash, place));
	} catch (error) {
		if (error instanceof LogError) throw refusal("entry-differs");
		throw error;
	}
}
