import {
	canonicalBytes,
	encodeHex,
	encodeUtf8,
	isHex,
	isMemberId,
	isPublicKey,
	isValidSignature,
	isValidSignatureAsync,
	type MemberId,
	type PublicKey,
	type Signature,
	type SigningKey,
	secondMs,
	sha256,
} from "#base";

/**
 * A request as its author signed it: valid 60 s, for one member, once. `signature` is over `"aceso/request/1" ‖ 0x00 ‖ H(canonical form
 * without signature)`.
 */
export interface SignedRequest<Body> {
	readonly audience: MemberId;
	/** Member whose node forwards the request; the requester's credentials are looked up by `key`. */
	readonly via: MemberId;
	readonly key: PublicKey;
	readonly timeMs: number;
	/** 16 random bytes, hex. Whoever accepts a request remembers it for {@link requestLifetimeMs} and refuses its second use. */
	readonly nonce: string;
	readonly body: Body;
	readonly signature: Signature;
}

/** How long a request is valid after it was signed. */
export const requestLifetimeMs = 60 * secondMs;
/** How far ahead of the gate's a requester's clock may be. */
export const requestLeadMs = 5 * secondMs;

const domain = encodeUtf8("aceso/request/1\0");

export interface SignRequestParameters {
	readonly audience: MemberId;
	readonly via: MemberId;
	readonly nowMs: number;
	/** 16 random bytes. */
	readonly nonce: Uint8Array;
}

export function signRequest<Body>(key: SigningKey, body: Body, { audience, via, nowMs, nonce }: SignRequestParameters): SignedRequest<Body> {
	const unsigned = { audience, via, key: key.publicKey, timeMs: nowMs, nonce: encodeHex(nonce), body };
	return { ...unsigned, signature: key.sign(messageOf(unsigned)) };
}

/** Where and when a request is judged. */
export interface RequestPlace {
	readonly audience: MemberId;
	readonly nowMs: number;
}

/**
 * Whether the author signed exactly this for this audience and the time is within its minute. Never throws. It does not know whether the
 * nonce was used before, who the key belongs to, or what `body` means.
 */
export function isValidRequest<Body>(request: SignedRequest<Body>, place: RequestPlace): boolean {
	const message = messageToVerify(request, place);
	return message !== undefined && isValidSignature(request.key, message, request.signature);
}

/** {@link isValidRequest} with the arithmetic on another thread: a node that judges many at once goes on meanwhile. Never rejects. */
export async function isValidRequestAsync<Body>(request: SignedRequest<Body>, place: RequestPlace): Promise<boolean> {
	const message = messageToVerify(request, place);
	return message !== undefined && isValidSignatureAsync(request.key, message, request.signature);
}

/** What the author must have signed, or undefined where nothing signed could make the request valid here and now. */
function messageToVerify<Body>(request: SignedRequest<Body>, { audience, nowMs }: RequestPlace): Uint8Array | undefined {
	const { signature: _, ...unsigned } = request;
	if (request.audience !== audience || !isMemberId(request.via) || !isPublicKey(request.key) || !isHex(request.nonce, 16)) return undefined;
	if (!Number.isSafeInteger(request.timeMs)) return undefined;
	if (nowMs >= request.timeMs + requestLifetimeMs || request.timeMs > nowMs + requestLeadMs) return undefined;
	if (Object.keys(unsigned).length !== 6 || typeof request.body !== "object" || request.body === null) return undefined;
	try {
		return messageOf(unsigned);
	} catch {
		// The body is outside the restricted JSON: nobody can have signed it.
		return undefined;
	}
}

function messageOf(unsigned: object): Uint8Array {
	const digest = sha256(canonicalBytes(unsigned));
	const message = new Uint8Array(domain.length + digest.length);
	message.set(domain);
	message.set(digest, domain.length);
	return message;
}
