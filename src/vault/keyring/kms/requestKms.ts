import { encodeUtf8 } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";

export interface KmsRequest {
	readonly url: string;
	/** Made anew for each attempt: a signature holds its time. */
	readonly headers: () => Readonly<Record<string, string>>;
	readonly body: string;
	/** Asked again after a passing failure only if asking twice does what asking once does. */
	readonly idempotent: boolean;
	readonly randomBytes: RandomBytes;
	/** Of one attempt; five seconds when absent. */
	readonly timeoutMs?: number | undefined;
}

export interface KmsResponse {
	readonly status: number;
	/** Undefined when the body is no JSON object. */
	readonly body: Readonly<Record<string, unknown>> | undefined;
}

const defaultTimeoutMs = 5_000;
const attempts = 3;
const firstPauseMs = 100;
const maxResponseBytes = 64 * 2 ** 10;

/**
 * Sends a POST, and again after 100 and 200 ms (plus as much again at random) when the answer is late, throttled or of the server's own trouble.
 * No redirect is followed: a signed or tokened request goes where it was meant to or nowhere.
 *
 * @returns the answer, unless it is a passing failure.
 * @throws {@link VaultError} `VAULT_KMS_UNREACHABLE`.
 */
export async function requestKms(request: KmsRequest, isPassing: (response: KmsResponse) => boolean): Promise<KmsResponse> {
	for (let attempt = 1; ; attempt++) {
		const response = await send(request).catch((): undefined => undefined);
		if (response !== undefined && !isPassing(response)) return response;
		if (!request.idempotent || attempt === attempts) {
			throw new VaultError("VAULT_KMS_UNREACHABLE", "expected the KMS to answer; try again when it does", { at: response?.status ?? "no answer" });
		}
		const pauseMs = firstPauseMs * 2 ** (attempt - 1);
		await new Promise((resolve) => setTimeout(resolve, pauseMs + ((request.randomBytes(1)[0] as number) / 256) * pauseMs));
	}
}

async function send({ url, headers, body, timeoutMs = defaultTimeoutMs }: KmsRequest): Promise<KmsResponse> {
	const response = await fetch(url, {
		method: "POST",
		headers: headers(),
		body: new Uint8Array(encodeUtf8(body)),
		redirect: "error",
		signal: AbortSignal.timeout(timeoutMs),
	});
	return { status: response.status, body: parseObject(await readBounded(response)) };
}

async function readBounded(response: Response): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.length;
		if (size > maxResponseBytes) throw new VaultError("VAULT_KMS_UNREACHABLE", `expected an answer of at most ${maxResponseBytes} bytes`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
	try {
		const value = JSON.parse(text) as unknown;
		return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

/**
 * Where a KMS is reached.
 *
 * @throws {@link VaultError} `VAULT_KMS_REFUSED` for anything but https, or http on loopback, and for addresses with credentials, query or fragment.
 */
export function parseKmsAddress(address: string): URL {
	const url = URL.parse(address);
	const loopback = url?.hostname === "127.0.0.1" || url?.hostname === "[::1]" || url?.hostname === "localhost";
	const plain = url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
	if (!plain || (url.protocol !== "https:" && !(url.protocol === "http:" && loopback))) {
		throw new VaultError("VAULT_KMS_REFUSED", "expected the address of a KMS: https, or http on loopback", { reason: "address" });
	}
	return url;
}

/** @throws {@link VaultError} `VAULT_KMS_REFUSED`; the KMS's own error name where it is one of those expected, never its text. */
export function kmsRefused(reason: string, status: number): VaultError {
	return new VaultError("VAULT_KMS_REFUSED", "the KMS does not wrap or open this keyring's key: check its permissions, key and context", {
		reason,
		at: status,
	});
}

/** Bytes of an answer, in base64. @throws {@link VaultError} `VAULT_KMS_REFUSED` for another form or length. */
export function bytesOfAnswer(value: unknown, lengthBytes?: number): Uint8Array {
	const bytes = typeof value === "string" && value !== "" && value.length <= 8_192 ? Buffer.from(value, "base64") : undefined;
	if (bytes === undefined || bytes.toString("base64") !== value || bytes.length !== (lengthBytes ?? bytes.length)) throw kmsRefused("answer", 200);
	return new Uint8Array(bytes);
}
