import { decodeHex } from "#base";
import type { Enrolment } from "#contracts";
import { createWallet, decodeWords, type KeptKey, keyOfPrf, keysOfPassphrase, type OpenedKey, openKeptKey } from "#wallet";
import type { Api } from "./api.ts";
import type { Unlocking } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";
import { type Place, pinnedAtFirst, trustOf } from "./place.ts";
import { fetchState } from "./proofs.ts";

/** A key that is open here, and what the node knows this sitting by; "" where it handed no copy out. */
export type UnlockedKey = OpenedKey & { readonly sitting: string };

type HandedKey = KeptKey & { readonly sitting: string };

/** A wallet is looked for under so many keys in turn: each replacement of a key at a custodian takes the next. */
const rotationsMax = 100;

/**
 * Opens a person's key, here in the thread that signs: the copy that the node keeps, by what locked it, or the wallet itself, by its words.
 *
 * @throws PortalError `REFUSED` with the node's code, or where the passkey cannot lock a key or the words are of no patient here. WalletError.
 */
export function unlockKey(api: Api, place: Place, unlocking: Unlocking): Promise<UnlockedKey> {
	if (unlocking.by === "passkey") return unlockByPasskey(api, place, unlocking.answer);
	if (unlocking.by === "passphrase") return unlockByPassphrase(api, place, unlocking);
	if (unlocking.by === "provider") return unlockByProvider(api, place);
	return openByWords(api, place, unlocking.words);
}

async function unlockByPasskey(api: Api, { house }: Place, { challenge, response, prf }: Extract<Unlocking, { by: "passkey" }>["answer"]) {
	if (prf === undefined) throw new PortalError("REFUSED", "PRF_MISSING");
	const kept = await api.post<HandedKey>("/signin/keepers/passkey/open", { challenge, response });
	const opened = await openKeptKey(house.member, kept, keyOfPrf(prf, kept.locked.salt));
	prf.fill(0);
	return { ...opened, sitting: kept.sitting };
}

async function unlockByPassphrase(api: Api, { house }: Place, { name, passphrase }: Extract<Unlocking, { by: "passphrase" }>) {
	const { salt } = await api.post<{ salt: string }>("/signin/keepers/passphrase/begin", { name });
	const { key, proof } = await keysOfPassphrase(passphrase, salt);
	const kept = await api.post<HandedKey>("/signin/keepers/passphrase/open", { name, proof });
	return { ...(await openKeptKey(house.member, kept, key)), sitting: kept.sitting };
}

async function unlockByProvider(api: Api, { house }: Place): Promise<UnlockedKey> {
	const kept = await api.post<HandedKey & { readonly share: string }>("/signin/provider/open", {});
	return { ...(await openKeptKey(house.member, kept, decodeHex(kept.share, 32))), sitting: kept.sitting };
}

/** The words know no number of how often the key here was replaced: the ledger does. */
async function openByWords(api: Api, place: Place, words: string): Promise<UnlockedKey> {
	const { house } = place;
	const secret = decodeWords(words.trim().split(/\s+/), await fetchWordList(api));
	const wallet = createWallet(secret);
	let found: UnlockedKey | undefined;
	for (let rotation = 0; rotation < rotationsMax; rotation++) {
		const signer = wallet.pseudonymKey(house.member, rotation);
		const { value } = await fetchState(api, trustOf(pinnedAtFirst(place), api.nowMs()), `e/${signer.publicKey}`);
		const enrolment = value as unknown as Enrolment | undefined;
		if (enrolment === undefined || enrolment.custodian !== house.member) break;
		// Whose record was erased signs for nothing any more, but still sees who looked and the receipt of the erasure.
		if (enrolment.status !== "rotated") found = { kind: "patient", signer, secret, rotation, note: "", sitting: "" };
	}
	if (found === undefined) throw new PortalError("REFUSED", "WALLET_NOT_HERE");
	return found;
}

/** The word list of BIP-39, as the node serves it. */
export async function fetchWordList(api: Api): Promise<readonly string[]> {
	return (await api.getText("/signin/words/english.txt")).trim().split("\n");
}
