import { createCipheriv, createDecipheriv } from "node:crypto";
import type { PublicKey } from "#base";
import type { PatientReference } from "#gate";
import { NodeError } from "../errors.ts";

/** Where a search goes on, and whose search it was. */
export interface Page {
	readonly requester: PublicKey;
	readonly type: string;
	/** The query's parameters, decoded. */
	readonly pairs: readonly (readonly [name: string, value: string])[];
	/** Undefined of a search without a patient. */
	readonly patient: PatientReference | undefined;
	readonly offset: number;
	/** UTC ms. */
	readonly expiresAtMs: number;
}

/** How long a page may be asked for, in ms. */
export const pageLifetimeMs = 15 * 60_000;

/**
 * Seals where a search goes on, so that a link tells nothing and nobody writes one. Under a key that lives as long as the process. A page is
 * no right to anything: who asks for it is decided about again.
 */
export class PageTokens {
	readonly #key: Uint8Array;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(randomBytes: (length: number) => Uint8Array) {
		this.#key = randomBytes(32);
		this.#randomBytes = randomBytes;
	}

	seal(page: Page): string {
		const nonce = this.#randomBytes(12);
		const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
		return Buffer.concat([nonce, cipher.update(JSON.stringify(page), "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
	}

	/** @throws NodeError `NODE_FHIR_PAGE_INVALID`, the same for one that was altered, of somebody else, or too old. */
	open(token: string, requester: PublicKey, nowMs: number): Page {
		const page = this.#read(token);
		if (page !== undefined && page.requester === requester && nowMs < page.expiresAtMs) return page;
		throw new NodeError("NODE_FHIR_PAGE_INVALID", "expected a page of your own search of the last 15 minutes; search again");
	}

	#read(token: string): Page | undefined {
		const bytes = Buffer.from(token, "base64url");
		if (bytes.length < 29) return undefined;
		try {
			const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, 12));
			decipher.setAuthTag(bytes.subarray(-16));
			return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("utf8")) as Page;
		} catch {
			return undefined;
		}
	}
}
