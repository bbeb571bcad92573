import type { Keyring } from "#vault";

/** Hex digits of a case's name: of a million patients of one house two share one with a chance of 1 in 500. */
const nameDigits = 12;

/**
 * Names a patient to officers: the same patient by the same name, which is neither the pseudonym on the ledger nor an id here. Only whoever asks the
 * keyring for each patient in turn could tell whose it is.
 *
 * @returns "" for nobody's.
 */
export async function caseName({ keyring }: { readonly keyring: Pick<Keyring, "lookupToken"> }, pseudonym: string | undefined): Promise<string> {
	return pseudonym === undefined ? "" : (await keyring.lookupToken("oversight", pseudonym)).slice(0, nameDigits);
}
