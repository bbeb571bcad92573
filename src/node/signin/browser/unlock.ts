import { createSigningKey, type MemberId, type SigningKey } from "#base";
import { createWallet, keyOfPrf, keysOfPassphrase, type LockedSecret, openNote, unlockSecret } from "#wallet";
import { post, Refused } from "./page.ts";
import { askPasskey } from "./passkey.ts";

/** Somebody whose key is open in this page, and in no other place. */
export interface Person {
	readonly kind: "staff" | "patient";
	readonly key: SigningKey;
	/** A patient's number at this house, as their wallet remembers it. */
	readonly patientId: string | undefined;
}

interface Kept {
	readonly key: string;
	readonly locked: LockedSecret;
	readonly note: string;
	readonly rotation: number;
}

export async function unlockByPasskey(member: string): Promise<Person> {
	const { challenge, response, prf } = await askPasskey();
	if (prf === undefined) throw new Refused("PRF_MISSING");
	const kept = await post<Kept>("/signin/keepers/passkey/open", { challenge, response });
	return openPerson(member, kept, keyOfPrf(prf, kept.locked.salt));
}

export async function unlockByPassphrase(member: string, name: string, passphrase: string): Promise<Person> {
	const { salt } = await post<{ readonly salt: string }>("/signin/keepers/passphrase/begin", { name });
	const { key, proof } = await keysOfPassphrase(passphrase, salt);
	return openPerson(member, await post<Kept>("/signin/keepers/passphrase/open", { name, proof }), key);
}

async function openPerson(member: string, kept: Kept, key: Uint8Array): Promise<Person> {
	const { locked, note, rotation } = kept;
	const secret = await unlockSecret(locked, key, locked.kind);
	const isPatient = locked.kind === "wallet-seed";
	const signing = isPatient ? createWallet(secret).pseudonymKey(member as MemberId, rotation) : createSigningKey(secret);
	// The node could hand out another's copy only if it knew what locks it; whose it is is checked all the same.
	if (signing.publicKey !== kept.key) throw new Refused("WALLET_WRAP_INVALID");
	return { kind: isPatient ? "patient" : "staff", key: signing, patientId: note === "" ? undefined : await openNote(secret, note) };
}
