import { createHmac } from "node:crypto";
import { encodeHex, encodeUtf8, type Instant, sha256Hex } from "#base";
import { VaultError } from "./errors.ts";

/** Who signs. The secret never leaves the process; nothing here logs or stores it. */
export interface SigV4Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Of temporary credentials. */
	readonly sessionToken?: string;
}

export interface SigV4Request {
	readonly credentials: SigV4Credentials;
	readonly region: string;
	/** As in the credential scope: `s3`, `kms` … */
	readonly service: string;
	readonly method: "GET" | "PUT" | "POST" | "HEAD" | "DELETE";
	/** The path as it stands on the request line: absolute, percent-encoded by {@link encodeUriComponentStrictly}, without dot segments. */
	readonly path: string;
	/** Names and values before encoding, in any order. */
	readonly query?: readonly (readonly [name: string, value: string])[];
	/** Everything to be signed, `host` among it; names in any case, values of visible ASCII. */
	readonly headers: Readonly<Record<string, string>>;
	/** SHA-256 of the body, 64 hex digits ({@link emptyPayloadHash} without one). */
	readonly payloadHash: string;
	readonly now: Instant;
}

/** What goes out on the wire. */
export interface SignedRequest {
	/** Path and, if there is one, `?` and the query, encoded as it was signed. */
	readonly target: string;
	/** The headers given, names in lower case, with `x-amz-date`, `authorization` and what else the service needs. */
	readonly headers: Readonly<Record<string, string>>;
}

const algorithm = "AWS4-HMAC-SHA256";
/** SHA-256 of no bytes. */
export const emptyPayloadHash: string = sha256Hex(new Uint8Array(0));

/**
 * Signs a request with AWS Signature Version 4 in its `Authorization` header: S3-compatible stores and AWS KMS take the same.
 *
 * Sources: AWS IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference, "Signature Calculations for the Authorization
 * Header" (S3 signs the path encoded once and demands `x-amz-content-sha256`, other services sign it encoded twice).
 *
 * @throws {@link VaultError} `VAULT_REQUEST_INVALID` when `host` is missing or a header value could be read in two ways.
 */
export function signV4(request: SigV4Request): SignedRequest {
	const { credentials, region, service, method, payloadHash, now } = request;
	const time = amzDate(now);
	const query = canonicalQuery(request.query ?? []);
	const headers = headersToSign(request, time);
	const names = Object.keys(headers).sort();
	const signedHeaders = names.join(";");
	const canonicalHeaders = names.map((name) => `${name}:${headers[name]}\n`).join("");
	const canonicalRequest = [method, canonicalPath(service, request.path), query, canonicalHeaders, signedHeaders, payloadHash].join("\n");
	const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
	const stringToSign = [algorithm, time, scope, sha256Hex(encodeUtf8(canonicalRequest))].join("\n");
	const signature = encodeHex(hmac(signingKey(credentials.secretAccessKey, time.slice(0, 8), region, service), stringToSign));
	const authorization = `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
	return { target: query === "" ? request.path : `${request.path}?${query}`, headers: { ...headers, authorization } };
}

/** Percent-encodes all bytes but `A-Z a-z 0-9 - . _ ~` (RFC 3986 §2.3), as the signature demands; `encodeURIComponent` leaves five more. */
export function encodeUriComponentStrictly(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** UTC as `YYYYMMDDTHHMMSSZ`. */
function amzDate(now: Instant): string {
	return new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function headersToSign({ credentials, service, headers, payloadHash }: SigV4Request, time: string): Record<string, string> {
	const signed: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		// A folded or control-laden value is signed in one form and read in another; nothing here needs one.
		if (!/^[!-~]+(?: [!-~]+)*$/.test(value)) throw new VaultError("VAULT_REQUEST_INVALID", "expected header values of visible ASCII, single-spaced");
		signed[name.toLowerCase()] = value;
	}
	if (signed["host"] === undefined) throw new VaultError("VAULT_REQUEST_INVALID", "expected a host header to sign");
	signed["x-amz-date"] = time;
	if (service === "s3") signed["x-amz-content-sha256"] = payloadHash;
	if (credentials.sessionToken !== undefined) signed["x-amz-security-token"] = credentials.sessionToken;
	return signed;
}

function canonicalPath(service: string, path: string): string {
	return service === "s3" ? path : path.split("/").map(encodeUriComponentStrictly).join("/");
}

/** Sorted by encoded name, then by encoded value. */
function canonicalQuery(query: readonly (readonly [string, string])[]): string {
	const pairs = query.map(([name, value]) => [encodeUriComponentStrictly(name), encodeUriComponentStrictly(value)] as const);
	pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
	return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function signingKey(secret: string, day: string, region: string, service: string): Uint8Array {
	return [region, service, "aws4_request"].reduce(hmac, hmac(`AWS4${secret}`, day));
}

function hmac(key: Uint8Array | string, text: string): Uint8Array {
	return createHmac("sha256", key).update(text).digest();
}
