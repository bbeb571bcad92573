import type { FastifyInstance } from "fastify";
import { encodeUtf8, type SigningKey, sha256Hex } from "#base";
import type { PatientReference } from "#gate";
import type { SmallNetwork } from "./smallNetwork.ts";

export interface FhirAsk {
	readonly method?: string;
	readonly body?: object | string;
	readonly contentType?: string;
	readonly patient?: PatientReference;
	readonly purpose?: string;
	readonly level?: string;
	readonly emergencyReason?: string;
	readonly via?: string;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface FhirReply {
	readonly status: number;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly text: string;
	/** Parsed; undefined where there is no content. */
	// biome-ignore lint/suspicious/noExplicitAny: tests look at any element.
	readonly json: any;
}

/** The Authorization header of a signed FHIR request. */
export function authorise(small: SmallNetwork, key: SigningKey, url: string, ask: FhirAsk = {}): string {
	const { method = "GET", purpose = "TREAT", level = "identified", patient, emergencyReason, via } = ask;
	const more = { ...(patient === undefined ? {} : { patient }), ...(emergencyReason === undefined ? {} : { emergencyReason }) };
	const body = { kind: "fhir", method, url, content: sha256Hex(encodeUtf8(textOf(ask))), purpose, level, ...more };
	const signed = small.sign(key, body, via === undefined ? {} : { via });
	return `Aceso ${Buffer.from(JSON.stringify(signed)).toString("base64url")}`;
}

function textOf({ body = "" }: FhirAsk): string {
	return typeof body === "string" ? body : JSON.stringify(body);
}

/** Asks one institution's application as somebody, the request signed as it is sent. */
export async function askFhir(app: FastifyInstance, small: SmallNetwork, key: SigningKey, url: string, ask: FhirAsk = {}): Promise<FhirReply> {
	const { method = "GET", contentType = "application/fhir+json", headers = {} } = ask;
	const text = textOf(ask);
	const answer = await app.inject({
		method: method as "GET",
		url,
		headers: { authorization: authorise(small, key, url, ask), ...(text === "" ? {} : { "content-type": contentType }), ...headers },
		...(text === "" ? {} : { payload: text }),
	});
	return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: answer.body === "" ? undefined : JSON.parse(answer.body) };
}
