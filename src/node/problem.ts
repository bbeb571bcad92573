import { randomUUID } from "node:crypto";
import { CodedError } from "#base";
import { statusOf } from "./errorTable.ts";

/** RFC 9457 problem details. */
export interface Problem {
	readonly type: string;
	readonly title: string;
	readonly status: number;
	readonly code: string;
	readonly detail?: string;
	readonly reference?: string;
	readonly [fact: string]: unknown;
}

/** What may be told of an error. Anything that is not thrown on purpose is a 500 with a random reference and nothing else. */
export function problemOf(error: unknown): Problem {
	if (error instanceof CodedError) {
		const status = statusOf(error);
		if (status < 500 || status === 503) {
			return { type: `urn:aceso:error:${error.code}`, title: error.message, status, code: error.code, ...publicDetails(error.details) };
		}
		return unexpected(error, error.code);
	}
	const status = (error as { statusCode?: unknown }).statusCode;
	if (typeof status === "number" && status >= 400 && status < 500) {
		// Fastify's own refusals: body too large, not JSON, unsupported media type. Its messages may quote the body.
		return {
			type: "urn:aceso:error:NODE_BODY_INVALID",
			title: "the request cannot be read: expected JSON within the size limit",
			status,
			code: "NODE_BODY_INVALID",
		};
	}
	return unexpected(error, "INTERNAL");
}

function unexpected(error: unknown, code: string): Problem {
	const reference = randomUUID();
	const name = error instanceof Error ? error.name : typeof error;
	// To the operator: which error, where; never a message that could hold data.
	const at = error instanceof Error ? (error.stack ?? "").split("\n").slice(1, 6).join("\n") : "";
	process.stderr.write(`aceso: ${reference} ${code} ${name}\n${at}\n`);
	return {
		type: "urn:aceso:error:INTERNAL",
		title: "something went wrong here; tell the operator the reference",
		status: 500,
		code: "INTERNAL",
		reference,
	};
}

function publicDetails(details: object): { readonly details?: object } {
	return Object.keys(details).length === 0 ? {} : { details };
}
