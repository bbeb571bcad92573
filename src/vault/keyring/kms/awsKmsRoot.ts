import { encodeBase64, encodeUtf8, sha256Hex } from "#base";
import { VaultError } from "../../errors.ts";
import { signV4 } from "../../sigV4.ts";
import type { SealingKeyForm, WrappedForm } from "../sealingKey.ts";
import { keyBytes } from "../wrapping.ts";
import type { KeyRootDependencies } from "./createKeyRoot.ts";
import type { AwsKmsConfig, KeyRoot, KeyRootContext } from "./keyRoot.ts";
import { bytesOfAnswer, type KmsResponse, kmsRefused, parseKmsAddress, requestKms } from "./requestKms.ts";

/**
 * Errors that pass, by the API reference: throttling, and trouble on the other side.
 *
 * Source: AWS KMS API Reference, Encrypt, Decrypt, ReEncrypt and Common Errors.
 */
const passing: ReadonlySet<string> = new Set([
	"ThrottlingException",
	"LimitExceededException",
	"DependencyTimeoutException",
	"KMSInternalException",
	"KeyUnavailableException",
	"InternalFailure",
	"ServiceUnavailable",
]);
/** Names that may appear as the reason of a refusal; another one is only "refused". */
const named: ReadonlySet<string> = new Set([
	"AccessDeniedException",
	"DisabledException",
	"ExpiredTokenException",
	"IncorrectKeyException",
	"InvalidCiphertextException",
	"InvalidKeyUsageException",
	"InvalidSignatureException",
	"KMSInvalidStateException",
	"NotFoundException",
	"UnrecognizedClientException",
]);

/**
 * The sealing key under a symmetric key of AWS KMS, by its JSON API: `Encrypt`, `Decrypt`, `ReEncrypt`. The encryption context names format and
 * custodian, so the key's policy can demand them and the trail shows them. All three change nothing there and are asked again when they fail in passing.
 */
export function awsKmsRoot(config: AwsKmsConfig, { now, randomBytes, kmsTimeoutMs: timeoutMs }: KeyRootDependencies): KeyRoot {
	const { region, keyId, accessKeyId, secretAccessKey, sessionToken } = config;
	// What an alias points to can be changed by whoever may change aliases.
	if (keyId.startsWith("alias/") || keyId.includes(":alias/")) throw kmsRefused("alias", 0);
	const url = parseKmsAddress(config.endpoint ?? `https://kms.${region}.amazonaws.com`);
	const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
	const ask = async (action: "Encrypt" | "Decrypt" | "ReEncrypt", content: object): Promise<Readonly<Record<string, unknown>>> => {
		const body = JSON.stringify(content);
		const unsigned = { host: url.host, "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` };
		const payloadHash = sha256Hex(encodeUtf8(body));
		const headers = () => {
			const signed = signV4({ credentials, region, service: "kms", method: "POST", path: "/", headers: unsigned, payloadHash, now: now() }).headers;
			const { host: _, ...sent } = signed;
			return sent;
		};
		const response = await requestKms({ url: `${url.origin}/`, headers, body, idempotent: true, randomBytes, timeoutMs }, isPassing);
		if (response.status !== 200 || response.body === undefined) throw kmsRefused(reasonOf(response), response.status);
		return response.body;
	};
	const open = async (form: SealingKeyForm, context: KeyRootContext): Promise<Uint8Array> => {
		const { key, wrapped } = assertForm(form);
		const answer = await ask("Decrypt", { CiphertextBlob: wrapped, KeyId: key, EncryptionContext: encryptionContext(context) });
		return bytesOfAnswer(answer["Plaintext"], keyBytes);
	};
	return {
		kind: "aws-kms",
		createSealingKey: async (context) => {
			const bytes = randomBytes(keyBytes);
			const answer = await ask("Encrypt", { KeyId: keyId, Plaintext: encodeBase64(bytes), EncryptionContext: encryptionContext(context) });
			return { form: formOf(answer["KeyId"], answer["CiphertextBlob"]), bytes };
		},
		openSealingKey: async (form, context) => ({ form, bytes: await open(form, context) }),
		rewrapSealingKey: async (form, context) => {
			const { key, wrapped } = assertForm(form);
			const answer = await ask("ReEncrypt", {
				...{ CiphertextBlob: wrapped, SourceKeyId: key, SourceEncryptionContext: encryptionContext(context) },
				...{ DestinationKeyId: keyId, DestinationEncryptionContext: encryptionContext(context) },
			});
			return formOf(answer["KeyId"], answer["CiphertextBlob"]);
		},
		rotateAbove: async () => {},
	};
}

function encryptionContext({ custodian }: KeyRootContext): Readonly<Record<string, string>> {
	return { "aceso:format": "aceso/root/1", "aceso:custodian": custodian };
}

/** The key's ARN as KMS answers it: opening then names the very key, not whatever a name points to by then. */
function formOf(key: unknown, wrapped: unknown): WrappedForm {
	if (typeof key !== "string" || key === "" || key.length > 2_048) throw kmsRefused("answer", 200);
	return { name: "aws-kms", key, wrapped: encodeBase64(bytesOfAnswer(wrapped)) };
}

function assertForm(form: SealingKeyForm): WrappedForm {
	if (form.name !== "aws-kms") throw new VaultError("VAULT_PASSPHRASE_WRONG", "expected a keyring under AWS KMS, found one under something else");
	return form;
}

function isPassing(response: KmsResponse): boolean {
	return response.status >= 500 || response.status === 429 || passing.has(nameOf(response));
}

function reasonOf(response: KmsResponse): string {
	const name = nameOf(response);
	return named.has(name) ? name : "refused";
}

/** `__type` is a name, or a name behind a prefix and `#`. */
function nameOf({ body }: KmsResponse): string {
	const type = body?.["__type"];
	return typeof type === "string" ? (type.split("#").at(-1) as string) : "";
}
