/**
 * base: what every other room stands on and what depends on nothing: coded errors, branded ids, canonical JSON (RFC 8785, restricted
 * by PROTOCOL §2), encodings, SHA-256, the one Ed25519 rule, time.
 *
 * It does not promise constant-time arithmetic beyond `equalBytes`, and it holds no I/O. What a browser gets instead of Node's cryptography
 * stands behind `browser.ts`, a door of the same names (import condition `browser`).
 */
export { type Awaitable, andThen } from "./awaitable.ts";
export type { Brand } from "./brand.ts";
export { askPasskey, makePasskey, type NewPasskey, type PasskeyAnswer, type PasskeyChallenge } from "./browser/passkey.ts";
export { concatBytes, decodeUtf8, encodeUint64, encodeUtf8, equalBytes, equalText, isHex } from "./bytes.ts";
export { canonicalBytes, canonicalText, type JsonObject, type JsonValue, maxDepth, maxSizeBytes, parseCanonical } from "./canonicalJson.ts";
export { openChaCha, sealChaCha } from "./chacha20Poly1305.ts";
export { deriveKey, hmacSha256 } from "./derive.ts";
export { createSigningKey, isValidSignature, isValidSignatureAsync, signatureLibrary } from "./ed25519.ts";
export { decodeBase64, decodeBase64Url, decodeHex, encodeBase64, encodeBase64Url, encodeHex } from "./encoding.ts";
export { BaseError, type BaseErrorCode, CodedError, type ErrorKind } from "./errors.ts";
export type { ExchangeKey } from "./exchangeKey.ts";
export { HmacKey } from "./hmacKey.ts";
export {
	type ConsentId,
	type Digest,
	isMemberId,
	type MemberId,
	type Pseudonym,
	parseConsentId,
	parseDigest,
	parseMemberId,
	parseSubjectId,
	type SubjectId,
} from "./ids.ts";
export { makeRoom } from "./makeRoom.ts";
export { encodeQr, type QrModules, qrLines, qrPath } from "./qrCode.ts";
export { sha256, sha256Hex, sha256Into, sha256Utf8 } from "./sha256.ts";
export { isPublicKey, type PublicKey, parsePublicKey, type Signature, type SigningKey } from "./signatureForm.ts";
export {
	type CivilDay,
	type Clock,
	dayMs,
	hourMs,
	type Instant,
	minuteMs,
	parseCivilDay,
	secondMs,
	systemClock,
	utcMidnight,
	wholeYearsBetween,
} from "./time.ts";
export { createExchangeKey } from "./x25519.ts";
