import type { Digest, Instant, MemberId, PublicKey } from "#base";
import type { DataClass } from "#contracts";
import { type Asked, admitRequest } from "../authenticate.ts";
import { GateError } from "../errors.ts";
import type { PatientReference } from "../gate.ts";
import type { GateContext } from "../release.ts";
import type { FhirBody } from "../requests.ts";
import { type RecordRelease, releaseRecords, releaseVersions } from "./releaseRecords.ts";

/** How somebody shows who they are. One way today; a bearer token is another one and ends in the same {@link Admitted}. */
export interface FhirCredential {
	readonly scheme: "signed";
	/** A request of kind `fhir`, signed or in a session. */
	readonly request: unknown;
}

/** The HTTP request that a credential has to be for. */
export interface FhirPlace {
	readonly method: string;
	/** Path and query as they came. */
	readonly url: string;
	/** SHA-256 of the content. */
	readonly content: Digest;
}

/** Who asks, for what, about whom: all that is known of a request over FHIR, however its author showed who they are. */
export interface Admitted {
	readonly asked: Asked<Omit<FhirBody, "method" | "url" | "content">>;
	/** The instant at which it was judged. */
	readonly at: Instant;
}

/** One request's way into records. It decides, logs and opens anew at each call; it holds nothing open. */
export interface FhirAccess {
	readonly requester: PublicKey;
	readonly via: MemberId;
	/** Whose record the credential is about, where it says so. */
	readonly patient: PatientReference | undefined;
	/** One record as `Type/id`, or all records of the classes. */
	release(question: FhirQuestion): Promise<RecordRelease>;
	/** Every version of one record that may be seen, the newest first. */
	versions(question: FhirQuestion & { readonly record: string }): Promise<RecordRelease>;
}

export interface FhirQuestion {
	readonly patient: PatientReference;
	readonly classes: readonly DataClass[];
	readonly record?: string;
}

/**
 * Judges who asks over FHIR, and that they asked exactly this.
 *
 * @throws {@link GateError} as for any signed request; `GATE_REQUEST_INVALID` where the signature is for another method, address or content.
 */
export async function openFhir(gate: GateContext, credential: FhirCredential, place: FhirPlace): Promise<FhirAccess> {
	const admitted = await admit(gate, credential, place);
	const { asked } = admitted;
	return {
		requester: asked.key,
		via: asked.via,
		patient: asked.body.patient,
		release: (question) => releaseRecords(gate, admitted, question),
		versions: (question) => releaseVersions(gate, admitted, question),
	};
}

async function admit(gate: GateContext, credential: FhirCredential, place: FhirPlace): Promise<Admitted> {
	const { request, at } = await admitRequest(gate, credential.request, "fhir");
	for (const fact of ["method", "url", "content"] as const) {
		if (request.body[fact] === place[fact]) continue;
		throw new GateError("GATE_REQUEST_INVALID", `what was signed has another ${fact} than what was asked; sign what is sent`, { at: `body.${fact}` });
	}
	return { asked: request, at };
}
