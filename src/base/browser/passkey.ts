/// <reference lib="dom" />
import { decodeHex, encodeBase64Url } from "./encoding.ts";

/** What a node asks a passkey, to be answered once. */
export interface PasskeyChallenge {
	readonly challenge: string;
	readonly rpId: string;
	/** What the passkey's PRF is asked, hex. */
	readonly prf: string;
}

/** What a passkey answered, for the node; and what its PRF gave, which is for nobody but its owner's own device. */
export interface PasskeyAnswer {
	readonly challenge: string;
	readonly response: object;
	/** 32 bytes; undefined for a passkey that cannot lock a key. */
	readonly prf: Uint8Array | undefined;
}

const bytes = (hex: string) => new Uint8Array(decodeHex(hex));
const text = (buffer: ArrayBuffer) => encodeBase64Url(new Uint8Array(buffer));

/** Asks whichever passkey the person chooses, or the one named. Works in a page alone: threads have no passkeys. */
export async function askPasskey({ challenge, rpId, prf }: PasskeyChallenge, credentialId?: BufferSource): Promise<PasskeyAnswer> {
	const credential = (await navigator.credentials.get({
		publicKey: {
			challenge: bytes(challenge),
			rpId,
			userVerification: "required",
			...(credentialId === undefined ? {} : { allowCredentials: [{ type: "public-key", id: credentialId }] }),
			extensions: { prf: { eval: { first: bytes(prf) } } },
		},
	})) as PublicKeyCredential | null;
	if (credential === null) throw new DOMException("no passkey answered", "NotAllowedError");
	const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response as AuthenticatorAssertionResponse;
	const response = {
		clientDataJSON: text(clientDataJSON),
		authenticatorData: text(authenticatorData),
		signature: text(signature),
		...(userHandle === null ? {} : { userHandle: text(userHandle) }),
	};
	return { challenge, response: shell(credential, response), prf: prfOf(credential) };
}

/** A passkey that is to be made. */
export interface NewPasskey {
	/** What the device lists the passkey under. */
	readonly name: string;
	/** Of the institution, as the device shows it. */
	readonly title: string;
	/** Fetches a challenge of the node's. */
	readonly begin: () => Promise<PasskeyChallenge>;
}

/** Makes a passkey that the browser offers by itself. */
export async function makePasskey({ name, title, begin }: NewPasskey): Promise<PasskeyAnswer> {
	const { challenge, rpId, prf } = await begin();
	const credential = (await navigator.credentials.create({
		publicKey: {
			challenge: bytes(challenge),
			rp: { id: rpId, name: title },
			user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
			pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
			authenticatorSelection: { residentKey: "required", userVerification: "required" },
			attestation: "none",
			extensions: { prf: { eval: { first: bytes(prf) } } },
		},
	})) as PublicKeyCredential | null;
	if (credential === null) throw new DOMException("no passkey was made", "NotAllowedError");
	const { clientDataJSON, attestationObject, getTransports } = credential.response as AuthenticatorAttestationResponse;
	const response = {
		clientDataJSON: text(clientDataJSON),
		attestationObject: text(attestationObject),
		transports: getTransports.call(credential.response),
	};
	// Many passkeys tell their PRF's answer only when they are asked, not when they are made.
	const output = prfOf(credential) ?? (await askPasskey(await begin(), credential.rawId)).prf;
	return { challenge, response: shell(credential, response), prf: output };
}

/** What is sent names no extension: the PRF's answer must not leave the device. */
function shell({ id, rawId, type }: PublicKeyCredential, response: object): object {
	return { id, rawId: text(rawId), type, response, clientExtensionResults: {} };
}

function prfOf(credential: PublicKeyCredential): Uint8Array | undefined {
	const first = credential.getClientExtensionResults().prf?.results?.first;
	if (first === undefined) return undefined;
	return first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer, first.byteOffset, first.byteLength);
}
