import {
	canonicalText,
	createExchangeKey,
	decodeHex,
	deriveKey,
	encodeHex,
	encodeUtf8,
	HmacKey,
	type Instant,
	type MemberId,
	sha256Hex,
} from "#base";
import { acceptSession, answerSession, isValidSessionRequest, signRequest } from "#wallet";
import { fixedBytes, fixedKey, fixedMember, fixedStartMs } from "./fixed.ts";

/** A session from its opening to its first request, with what both sides compute on the way. */
export function sessionVectors() {
	const [person, member] = [fixedKey("clinician"), fixedKey("member clinic-a")];
	const [personSeed, nodeSeed] = [fixedBytes("session half of the person", 32), fixedBytes("session half of the node", 32)];
	const [exchange, nodeExchange] = [createExchangeKey(personSeed), createExchangeKey(nodeSeed)];
	const place = { audience: fixedMember as MemberId, via: fixedMember as MemberId, nowMs: fixedStartMs, nonce: fixedBytes("session nonce", 16) };
	const opening = signRequest(person, { kind: "open-session", exchange: exchange.publicKey } as const, place);
	const session = encodeHex(fixedBytes("session name", 16));
	const { answer, key } = answerSession({
		request: opening,
		exchange: nodeExchange,
		session,
		expiresAtMs: fixedStartMs + 900_000,
		memberKey: member,
	});
	const client = acceptSession({ request: opening, exchange, answer, memberKey: member.publicKey });
	const body = { kind: "read", patient: { by: "local", localId: "p-1" }, purpose: "TREAT", classes: ["laboratory"], level: "identified" };
	const request = client.ask(body, fixedStartMs + 1_000);
	if (!isValidSessionRequest(key, request, (fixedStartMs + 1_000) as Instant)) throw new Error("expected both sides to derive one key");
	const shared = exchange.agree(nodeExchange.publicKey);
	const openingHash = sha256Hex(encodeUtf8(canonicalText(opening)));
	const derived = deriveKey(shared, "aceso/session/1", decodeHex(openingHash), decodeHex(nodeExchange.publicKey), decodeHex(session));
	const { mac, ...unsigned } = request;
	const message = encodeUtf8(`aceso/session-request/1\0${canonicalText(unsigned)}`);
	if (new HmacKey(derived).hex(message) !== mac) throw new Error("expected the message and key that the request's MAC is of");
	return {
		about:
			"A session: shared = X25519 of either secret with the other public half; key = HKDF-SHA-256 of it, info = \"aceso/session/1\" and, each after its length in 2 bytes, H(canonical opening), the node's half, the session's name; mac = HMAC-SHA-256(key, message).",
		personSecret: encodeHex(personSeed),
		nodeSecret: encodeHex(nodeSeed),
		memberKey: member.publicKey,
		opening,
		openingHash,
		answer,
		shared: encodeHex(shared),
		key: encodeHex(derived),
		request,
		message: encodeHex(message),
	};
}
