import type { KeyObject } from "node:crypto";
import { decodeUtf8, encodeUtf8, type MemberId, sha256 } from "#base";
import { associatedData, open, type RandomBytes, seal } from "./aead.ts";
import { joinCompartments } from "./compartments.ts";
import { VaultError } from "./errors.ts";
import type { FiledBy, OpenedRecord, RecordBody, RecordHeader, SealingHandle, StoredRecord } from "./vault.ts";

export interface SealRecordParameters {
	readonly custodian: MemberId;
	readonly handle: SealingHandle;
	/** Keyed token of resource type and id, 64 hex digits. */
	readonly token: string;
	/** From 1. */
	readonly version: number;
	readonly storedAtMs: number;
	/** A tombstone: `body.resourceText` is `""`. */
	readonly deleted: boolean;
	readonly body: RecordBody;
	readonly randomBytes: RandomBytes;
}

/** Encrypts a record under its data key. The resource's own JSON text is kept as it is, so that 1.50 stays 1.50. */
export function sealRecord(parameters: SealRecordParameters): StoredRecord {
	const { custodian, handle, token, version, storedAtMs, deleted, body, randomBytes } = parameters;
	if (deleted !== (body.resourceText === "")) {
		throw new VaultError("VAULT_ROW_INVALID", "expected a resource, or a tombstone without one");
	}
	const row = {
		subject: handle.wrapped.subject,
		token,
		version,
		compartments: joinCompartments(handle.wrapped.compartments),
		dataKey: handle.wrapped.id,
		storedAtMs,
		deleted,
	};
	const aad = recordAad(custodian, row);
	const ciphertext = seal(handle.dataKey, encodeBody(body), aad, randomBytes);
	return { ...row, ciphertext, rowHash: sha256(ciphertext, aad) };
}

export interface OpenRecordParameters {
	readonly custodian: MemberId;
	readonly row: StoredRecord;
	/** From the keyring's `unwrap`; imported already where the keyring itself opens. */
	readonly dataKey: Uint8Array | KeyObject;
}

/**
 * {@link decryptRecord} and {@link readRecord} in one.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY`.
 */
export function openRecord(parameters: OpenRecordParameters): OpenedRecord {
	return readRecord(decryptRecord(parameters));
}

/**
 * What a row holds, for {@link readRecord}.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY` when the ciphertext is not of this custodian, subject, compartments, token, version and key.
 */
export function decryptRecord({ custodian, row, dataKey }: OpenRecordParameters): Buffer {
	const plaintext = open(dataKey, row.ciphertext, recordAad(custodian, row));
	if (plaintext === undefined) {
		throw new VaultError("VAULT_INTEGRITY", "expected the ciphertext of this row, found bytes of another place, version or key");
	}
	return plaintext;
}

/** Reads what a row holds. The resource's JSON is parsed at the first look at `resource`, so a reader that passes the text on pays nothing. */
export function readRecord(plaintext: Buffer): OpenedRecord {
	const end = plaintext.indexOf(newline);
	const header = JSON.parse(plaintext.toString("utf8", 0, end)) as RecordHeader;
	return new LazyRecord(header, decodeUtf8(plaintext.subarray(end + 1)));
}

/** {@link readRecord} of the two parts of a plaintext that is known to be UTF-8. */
export function readRecordTexts(header: string, resourceText: string): OpenedRecord {
	return new LazyRecord(JSON.parse(header) as RecordHeader, resourceText);
}

/** H(ciphertext ‖ AAD): lets fsck check a row without any key. */
export function hashRow(custodian: MemberId, row: Omit<StoredRecord, "rowHash">): Uint8Array {
	return sha256(row.ciphertext, recordAad(custodian, row));
}

/** Everything about the row that stands outside its ciphertext. */
function recordAad(custodian: MemberId, row: Omit<StoredRecord, "rowHash" | "ciphertext">): Uint8Array {
	return associatedData(
		"aceso/record/1",
		custodian,
		row.subject,
		row.compartments,
		row.token,
		row.version,
		row.dataKey,
		row.storedAtMs,
		row.deleted ? 1 : 0,
	);
}

const newline = 0x0a;

/** Header as one line of JSON (JSON escapes line feeds inside strings), a line feed, the resource's text. */
function encodeBody(body: RecordBody): Uint8Array {
	const header: RecordHeader = {
		labels: body.labels,
		conditions: body.conditions,
		dataTimeMs: body.dataTimeMs,
		authors: body.authors,
		encounter: body.encounter,
		tableVersion: body.tableVersion,
		...(body.filed === undefined ? {} : { filed: body.filed }),
	};
	return encodeUtf8(`${JSON.stringify(header)}\n${body.resourceText}`);
}

type Resource = OpenedRecord["resource"];

class LazyRecord implements OpenedRecord {
	readonly labels: readonly string[];
	readonly conditions: readonly string[];
	readonly dataTimeMs: number | null;
	readonly authors: readonly string[];
	readonly encounter: string | null;
	readonly tableVersion: string;
	readonly filed?: FiledBy;
	readonly resourceText: string;
	#resource: Resource | undefined;

	constructor(header: RecordHeader, resourceText: string) {
		this.labels = header.labels;
		this.conditions = header.conditions;
		this.dataTimeMs = header.dataTimeMs;
		this.authors = header.authors;
		this.encounter = header.encounter;
		this.tableVersion = header.tableVersion;
		if (header.filed !== undefined) this.filed = header.filed;
		this.resourceText = resourceText;
	}

	get resource(): Resource {
		if (this.resourceText === "") throw new VaultError("VAULT_RECORD_DELETED", "expected a record with a resource, found a tombstone");
		this.#resource ??= JSON.parse(this.resourceText) as Resource;
		return this.#resource;
	}
}
