import { createCipheriv, createDecipheriv } from "node:crypto";
import { encodeUtf8, sha256Hex } from "#base";
import { signV4 } from "../../../sigV4.ts";
import { randomBytes } from "../../../vault.fixtures.ts";
import type { AwsKmsConfig } from "../keyRoot.ts";
import { type StandInAnswer, type StandInRequest, startStandIn } from "./standIn.ts";

const region = "eu-central-1";
export const keyArn = `arn:aws:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

/**
 * Answers `Encrypt`, `Decrypt` and `ReEncrypt` as the AWS KMS API Reference says: the caller's signature is verified, ciphertext is bound to the
 * encryption context, and refusals carry their documented names.
 */
export async function startAwsKmsStandIn(interfere: (request: StandInRequest) => StandInAnswer | "hang" | "hang up" | undefined = () => undefined) {
	const kek = randomBytes(32);
	const config: Omit<AwsKmsConfig, "endpoint"> = {
		kind: "aws-kms",
		region,
		keyId: keyArn,
		accessKeyId: "AKIDEXAMPLE",
		secretAccessKey: "a secret of the test",
	};
	const standIn = await startStandIn((request) => interfere(request) ?? answer(request, kek, config));
	return { ...standIn, config: { ...config, endpoint: standIn.address } };
}

function answer(request: StandInRequest, kek: Uint8Array, config: AwsKmsConfig): StandInAnswer {
	if (!isSigned(request, config)) return refuse("InvalidSignatureException");
	const { body } = request;
	const action = String(request.headers["x-amz-target"]).replace("TrentService.", "");
	if ((body["KeyId"] ?? body["SourceKeyId"]) !== keyArn) return refuse("NotFoundException");
	switch (action) {
		case "Encrypt":
			return {
				status: 200,
				body: { KeyId: keyArn, CiphertextBlob: seal(kek, body["Plaintext"], body["EncryptionContext"]), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" },
			};
		case "Decrypt": {
			const plaintext = open(kek, body["CiphertextBlob"], body["EncryptionContext"]);
			if (plaintext === undefined) return refuse("InvalidCiphertextException");
			return { status: 200, body: { KeyId: keyArn, Plaintext: plaintext, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" } };
		}
		case "ReEncrypt": {
			const plaintext = open(kek, body["CiphertextBlob"], body["SourceEncryptionContext"]);
			if (plaintext === undefined) return refuse("InvalidCiphertextException");
			return {
				status: 200,
				body: { KeyId: keyArn, SourceKeyId: keyArn, CiphertextBlob: seal(kek, plaintext, body["DestinationEncryptionContext"]) },
			};
		}
		default:
			return refuse("UnknownOperationException");
	}
}

export function refuse(name: string, status = 400): StandInAnswer {
	return { status, body: { __type: name, message: "a text that nobody should repeat" } };
}

/** Signs what arrived again, at the time it says, and compares. */
function isSigned({ headers, text }: StandInRequest, { accessKeyId, secretAccessKey, region: at }: AwsKmsConfig): boolean {
	const time = String(headers["x-amz-date"]).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
	const signed = signV4({
		...{ credentials: { accessKeyId, secretAccessKey }, region: at, service: "kms", method: "POST", path: "/" },
		headers: { host: String(headers.host), "content-type": "application/x-amz-json-1.1", "x-amz-target": String(headers["x-amz-target"]) },
		...{ payloadHash: sha256Hex(encodeUtf8(text)), now: Date.parse(time) as never },
	});
	return signed.headers["authorization"] === headers.authorization;
}

function contextBytes(context: unknown): Uint8Array {
	return encodeUtf8(JSON.stringify(Object.entries((context ?? {}) as object).sort()));
}

function seal(kek: Uint8Array, plaintext: unknown, context: unknown): string {
	const nonce = randomBytes(12);
	const cipher = createCipheriv("aes-256-gcm", kek, nonce).setAAD(contextBytes(context));
	return Buffer.concat([nonce, cipher.update(String(plaintext), "base64"), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

function open(kek: Uint8Array, blob: unknown, context: unknown): string | undefined {
	const bytes = Buffer.from(String(blob), "base64");
	try {
		const decipher = createDecipheriv("aes-256-gcm", kek, bytes.subarray(0, 12)).setAAD(contextBytes(context)).setAuthTag(bytes.subarray(-16));
		return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("base64");
	} catch {
		return undefined;
	}
}
