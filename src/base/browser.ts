/**
 * The door of base where there is no Node (import condition `browser`): the same names as `index.ts`, with `@noble/curves` and `@noble/hashes` in
 * place of `node:crypto`. Both doors judge signatures by the same rule and are held together by the same vectors.
 *
 * It is slower, and no transaction's validity is decided with it (PROTOCOL §2).
 */
export { type Awaitable, andThen } from "./awaitable.ts";
export type { Brand } from "./brand.ts";
export { deriveKey, hmacSha256 } from "./browser/derive.ts";
export { createSigningKey, isValidSignature, isValidSignatureAsync, signatureLibrary } from "./browser/ed25519.ts";
export { decodeBase64, decodeBase64Url, decodeHex, encodeBase64, encodeBase64Url, encodeHex } from "./browser/encoding.ts";
export { HmacKey } from "./browser/hmacKey.ts";
export { askPasskey, makePasskey, type NewPasskey, type PasskeyAnswer, type PasskeyChallenge } from "./browser/passkey.ts";
export { sha256, sha256Hex, sha256Into, sha256Utf8 } from "./browser/sha256.ts";
export { createExchangeKey } from "./browser/x25519.ts";
export { concatBytes, decodeUtf8, encodeUint64, encodeUtf8, equalBytes, equalText, isHex } from "./bytes.ts";
export { canonicalBytes, canonicalText, type JsonObject, type JsonValue, maxDepth, maxSizeBytes, parseCanonical } from "./canonicalJson.ts";
export { BaseError, type BaseErrorCode, CodedError, type ErrorKind } from "./errors.ts";
export type { ExchangeKey } from "./exchangeKey.ts";
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
