import { createSigningKey, type MemberId, type PublicKey, type SigningKey } from "#base";
import { WalletError } from "./errors.ts";
import { type LockedSecret, openNote, unlockSecret } from "./lockedSecret.ts";
import { createWallet } from "./wallet.ts";

/** A locked copy of somebody's key, as the node that keeps it hands it out. */
export interface KeptKey {
	readonly key: PublicKey;
	readonly locked: LockedSecret;
	/** Sealed by the owner for themselves; "" for none. */
	readonly note: string;
	readonly rotation: number;
}

/** Somebody's key, open on their own device. */
export interface OpenedKey {
	readonly kind: "staff" | "patient";
	readonly signer: SigningKey;
	/** A wallet's seed, or the secret half of a ledger key; 32 bytes. */
	readonly secret: Uint8Array;
	readonly rotation: number;
	/** What the owner noted: a patient's number at this member, the name of somebody who works there. */
	readonly note: string;
}

/**
 * Opens a locked copy with what locked it.
 *
 * @throws {@link WalletError} what {@link unlockSecret} throws; `WALLET_WRAP_INVALID` too where the copy holds another key than the node says.
 */
export async function openKeptKey(member: MemberId, { key, locked, note, rotation }: KeptKey, lockKey: Uint8Array): Promise<OpenedKey> {
	const secret = await unlockSecret(locked, lockKey, locked.kind);
	const isPatient = locked.kind === "wallet-seed";
	const signer = isPatient ? createWallet(secret).pseudonymKey(member, rotation) : createSigningKey(secret);
	// The node could hand out another's copy only if it knew what locks it; whose it is is checked all the same.
	if (signer.publicKey !== key) throw new WalletError("WALLET_WRAP_INVALID", "expected a copy of the key that the node names");
	const kind = isPatient ? "patient" : "staff";
	return { kind, signer, secret, rotation, note: note === "" ? "" : await openNote(secret, note) };
}
