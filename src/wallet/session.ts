import {
	canonicalBytes,
	canonicalText,
	concatBytes,
	decodeHex,
	deriveKey,
	type ExchangeKey,
	encodeHex,
	encodeUtf8,
	equalText,
	HmacKey,
	isHex,
	isValidSignature,
	type PublicKey,
	type Signature,
	type SigningKey,
	sha256,
} from "#base";
import { WalletError } from "./errors.ts";
import { requestLeadMs, requestLifetimeMs, type SignedRequest } from "./signedRequest.ts";

/**
 * What a person signs to begin a session: one signature, and then requests under a key that person and node alone can derive
 * (docs/spec/10-sessions.md). Audience, time and one use come with the signed request that carries it.
 */
export interface OpenSessionBody {
	readonly kind: "open-session";
	/** The person's half: an X25519 public key made for this session, 32 bytes in hex. */
	readonly exchange: string;
}

/** The node's half, signed with the key that its member has on the ledger. */
export interface SessionAnswer {
	/** 16 random bytes, hex. A name, no secret: without the key it opens nothing. */
	readonly session: string;
	/** X25519 public key made for this session, 32 bytes in hex. */
	readonly exchange: string;
	/** UTC ms; at most {@link sessionLifetimeMs} from the opening. */
	readonly expiresAtMs: number;
	/** Over `"aceso/session-answer/1" ‖ 0x00 ‖ H(canonical {exchange, expiresAtMs, request, session})`, `request` being H(canonical opening). */
	readonly signature: Signature;
}

/** A request inside a session. `mac` is over `"aceso/session-request/1" ‖ 0x00 ‖ canonical form without mac`. */
export interface SessionRequest<Body> {
	readonly session: string;
	/** From 1, each used once. */
	readonly counter: number;
	readonly timeMs: number;
	readonly body: Body;
	/** HMAC-SHA-256 under the session's key, hex. */
	readonly mac: string;
}

/** A session lives this long at most, in ms. */
export const sessionLifetimeMs = 15 * 60_000;

const answerDomain = encodeUtf8("aceso/session-answer/1\0");
const requestDomain = "aceso/session-request/1\0";

/** The person's side of a session. */
export interface ClientSession {
	readonly session: string;
	readonly expiresAtMs: number;
	/** The next request; its place in the session is the counter's. */
	ask<Body extends object>(body: Body, nowMs: number): SessionRequest<Body>;
}

export interface AcceptSessionParameters {
	/** The opening that was sent. */
	readonly request: SignedRequest<OpenSessionBody>;
	/** The key whose public half the opening named. */
	readonly exchange: ExchangeKey;
	readonly answer: SessionAnswer;
	/** Of the audience, as it stands on the ledger. */
	readonly memberKey: PublicKey;
}

/**
 * Checks the node's half and derives the session's key.
 *
 * @throws {@link WalletError} `WALLET_SESSION_INVALID` for an answer that the member did not sign to this opening, or of another form.
 */
export function acceptSession({ request, exchange, answer, memberKey }: AcceptSessionParameters): ClientSession {
	const { session, expiresAtMs } = answer;
	const opening = sha256(canonicalBytes(request));
	const wellFormed = isHex(session, 16) && isHex(answer.exchange, 32) && Number.isSafeInteger(expiresAtMs) && isHex(answer.signature, 64);
	if (!wellFormed || !isValidSignature(memberKey, answerMessage(opening, answer), answer.signature)) {
		throw new WalletError("WALLET_SESSION_INVALID", "expected a session that the member signed in answer to this opening");
	}
	const key = sessionKey(exchange.agree(answer.exchange), { opening, nodeExchange: answer.exchange, session });
	let counter = 0;
	return {
		session,
		expiresAtMs,
		ask: (body, nowMs) => {
			const unsigned = { session, counter: ++counter, timeMs: nowMs, body };
			return { ...unsigned, mac: key.hexOfText(requestMessage(canonicalText(unsigned))) };
		},
	};
}

export interface AnswerSessionParameters {
	readonly request: SignedRequest<OpenSessionBody>;
	/** The node's half, made for this session alone. */
	readonly exchange: ExchangeKey;
	readonly session: string;
	readonly expiresAtMs: number;
	readonly memberKey: SigningKey;
}

/**
 * The node's side: the answer, and the key under which the session's requests are judged. The request must have been verified.
 *
 * @throws BaseError `KEY_INVALID` for a half with which everybody knows the secret.
 */
export function answerSession({ request, exchange, session, expiresAtMs, memberKey }: AnswerSessionParameters): {
	readonly answer: SessionAnswer;
	readonly key: HmacKey;
} {
	const opening = sha256(canonicalBytes(request));
	const unsigned = { session, exchange: exchange.publicKey, expiresAtMs };
	const key = sessionKey(exchange.agree(request.body.exchange), { opening, nodeExchange: exchange.publicKey, session });
	return { answer: { ...unsigned, signature: memberKey.sign(answerMessage(opening, unsigned)) }, key };
}

/**
 * Whether whoever has the session's key made exactly this request, within its minute. Never throws. It does not know whether the counter was
 * used before or the session goes on.
 *
 * @param unsigned - Canonical text of the request without its MAC, where whoever read the request has written it.
 */
export function isValidSessionRequest<Body>(key: HmacKey, request: SessionRequest<Body>, nowMs: number, unsigned?: string): boolean {
	const { mac } = request;
	if (!isHex(mac, 32) || nowMs >= request.timeMs + requestLifetimeMs || request.timeMs > nowMs + requestLeadMs) return false;
	try {
		return equalText(key.hexOfText(requestMessage(unsigned ?? withoutMac(request))), mac);
	} catch {
		// The body is outside the restricted JSON: nobody can have made a MAC of it.
		return false;
	}
}

interface SessionPlace {
	readonly opening: Uint8Array;
	readonly nodeExchange: string;
	readonly session: string;
}

/** HKDF-SHA-256 over the shared secret, bound to the signed opening (so to person, member and time), the node's half and the session's name. */
function sessionKey(shared: Uint8Array, { opening, nodeExchange, session }: SessionPlace): HmacKey {
	const bytes = deriveKey(shared, "aceso/session/1", opening, decodeHex(nodeExchange, 32), decodeHex(session, 16));
	const key = new HmacKey(bytes);
	shared.fill(0);
	bytes.fill(0);
	return key;
}

function answerMessage(opening: Uint8Array, { session, exchange, expiresAtMs }: Omit<SessionAnswer, "signature">): Uint8Array {
	return concatBytes(answerDomain, sha256(canonicalBytes({ request: encodeHex(opening), session, exchange, expiresAtMs })));
}

function requestMessage(unsigned: string): string {
	return requestDomain + unsigned;
}

function withoutMac({ mac: _, ...unsigned }: SessionRequest<unknown>): string {
	return canonicalText(unsigned);
}
