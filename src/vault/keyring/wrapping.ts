import { concatBytes, deriveKey, type MemberId, type SubjectId } from "#base";
import { associatedData, open, type RandomBytes, seal } from "../aead.ts";
import { VaultError } from "../errors.ts";

export const keyBytes = 32;
/** nonce ‖ ciphertext ‖ tag of a key. */
export const wrappedKeyBytes = 60;

/** What a wrapped key is, and whose: its AAD. A key moved to another place does not open there. */
export type KeyPlace =
	| { readonly kind: "patient" | "audit"; readonly subject: SubjectId }
	| { readonly kind: "compartment"; readonly subject: SubjectId; readonly name: string }
	| { readonly kind: "data"; readonly subject: SubjectId; readonly name: string; readonly id: string }
	| { readonly kind: "node"; readonly name: string };

export interface Wrapper {
	wrap(wrappingKey: Uint8Array, key: Uint8Array, place: KeyPlace): Uint8Array;
	/** @throws {@link VaultError} `VAULT_INTEGRITY`. */
	unwrap(wrappingKey: Uint8Array, wrapped: Uint8Array, place: KeyPlace): Uint8Array;
}

/** AES-256-GCM over keys; AAD = "aceso/wrap/1", custodian, kind, subject, names. */
export function createWrapper(custodian: MemberId, randomBytes: RandomBytes): Wrapper {
	const aadOf = (place: KeyPlace): Uint8Array => {
		const subject = place.kind === "node" ? "" : place.subject;
		const name = "name" in place ? place.name : "";
		const id = place.kind === "data" ? place.id : "";
		return associatedData("aceso/wrap/1", custodian, place.kind, subject, name, id);
	};
	return {
		wrap: (wrappingKey, key, place) => seal(wrappingKey, key, aadOf(place), randomBytes),
		unwrap: (wrappingKey, wrapped, place) => {
			const key = wrapped.length === wrappedKeyBytes ? open(wrappingKey, wrapped, aadOf(place)) : undefined;
			if (key === undefined) throw new VaultError("VAULT_INTEGRITY", `expected a wrapped ${place.kind} key of this place, found other bytes`);
			return key;
		},
	};
}

/** Key of a compartment set: its only key, or HKDF over all keys in the order of the joined names, so that each one is needed. */
export function compartmentSetKey(joined: string, keys: readonly Uint8Array[]): Uint8Array {
	if (keys.length === 1) return Uint8Array.from(keys[0] as Uint8Array);
	return deriveKey(concatBytes(...keys), "aceso/compartment-set/1", Buffer.from(joined, "latin1"));
}
