import { createSigningKey, deriveKey, encodeUint64, encodeUtf8, type MemberId, type Pseudonym, type SigningKey } from "#base";
import { WalletError } from "./errors.ts";

/** A patient's signing key for one custodian: its public half is the pseudonym. */
export interface PseudonymKey extends SigningKey {
	readonly publicKey: Pseudonym;
}

/** One person's root of all keys. The seed stays inside the closure. */
export interface Wallet {
	/** `rotation` counts from 0; the next one is used after a loss or a suspicion (PROTOCOL §4). */
	pseudonymKey(custodian: MemberId, rotation: number): PseudonymKey;
	/** The key with which this person acts as delegate or guardian for someone else's pseudonym: one for each, linked to nothing. */
	delegateKey(pseudonym: Pseudonym): SigningKey;
}

/** @param seed - 32 random bytes. Losing them loses the keys; whoever has them is the patient. */
export function createWallet(seed: Uint8Array): Wallet {
	if (seed.length !== 32) throw new WalletError("WALLET_WORDS_INVALID", `expected a seed of 32 bytes, found ${seed.length}`);
	const root = Uint8Array.from(seed);
	return {
		pseudonymKey(custodian, rotation) {
			if (!Number.isSafeInteger(rotation) || rotation < 0) throw new WalletError("WALLET_CONSENT_INVALID", "expected a rotation of 0 or more");
			return createSigningKey(deriveKey(root, "aceso/pseudonym/1", encodeUtf8(custodian), encodeUint64(rotation))) as PseudonymKey;
		},
		delegateKey(pseudonym) {
			return createSigningKey(deriveKey(root, "aceso/delegate/1", encodeUtf8(pseudonym)));
		},
	};
}
