import { askPasskey, type MemberId, type PasskeyChallenge, type SigningKey } from "#base";
import { type KeptKey, keyOfPrf, keysOfPassphrase, openKeptKey } from "#wallet";
import { post, Refused } from "./page.ts";

/** Somebody whose key is open in this page, and in no other place. */
export interface Person {
	readonly kind: "staff" | "patient";
	readonly key: SigningKey;
	/** A patient's number at this house, as their wallet remembers it. */
	readonly patientId: string | undefined;
}

export const beginPasskey = () => post<PasskeyChallenge>("/signin/keepers/passkey/begin", {});

export async function unlockByPasskey(member: string): Promise<Person> {
	const { challenge, response, prf } = await askPasskey(await beginPasskey());
	if (prf === undefined) throw new Refused("PRF_MISSING");
	const kept = await post<KeptKey>("/signin/keepers/passkey/open", { challenge, response });
	return openPerson(member, kept, keyOfPrf(prf, kept.locked.salt));
}

export async function unlockByPassphrase(member: string, name: string, passphrase: string): Promise<Person> {
	const { salt } = await post<{ readonly salt: string }>("/signin/keepers/passphrase/begin", { name });
	const { key, proof } = await keysOfPassphrase(passphrase, salt);
	return openPerson(member, await post<KeptKey>("/signin/keepers/passphrase/open", { name, proof }), key);
}

async function openPerson(member: string, kept: KeptKey, lockKey: Uint8Array): Promise<Person> {
	const { kind, signer, note } = await openKeptKey(member as MemberId, kept, lockKey);
	return { kind, key: signer, patientId: kind === "patient" && note !== "" ? note : undefined };
}
