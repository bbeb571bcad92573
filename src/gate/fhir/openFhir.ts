import type { Digest, Instant, MemberId, PublicKey } from "#base";
import type { AccessEntry, DataClass } from "#contracts";
import { type Asked, admitRequest } from "../authenticate.ts";
import { GateError } from "../errors.ts";
import type { PatientReference } from "../gate.ts";
import { openMandate } from "../mandates.ts";
import type { GateContext } from "../release.ts";
import type { FhirBody } from "../requests.ts";
import { type ExportJob, endExport, exportRecords, showExport, startExport } from "./exportJobs.ts";
import { withProvenance } from "./provenance.ts";
import { type ReleaseOfMany, releaseEach } from "./releaseEach.ts";
import { type RecordRelease, type RecordVersion, releaseRecords, releaseVersions } from "./releaseRecords.ts";
import { showAccesses } from "./showAccesses.ts";
import {
	changeSubscription,
	endSubscription,
	listSubscriptions,
	type SubscriptionView,
	type SubscriptionWish,
	showSubscription,
	subscribe,
} from "./subscribe.ts";
import { type RecordWrite, type WrittenRecord, writeRecords, writesMax } from "./writeRecords.ts";

/** How somebody shows who they are. Each way ends in the same {@link Admitted}. */
export type FhirCredential =
	/** A request of kind `fhir`, signed or in a session. */
	| { readonly scheme: "signed"; readonly request: unknown }
	/** The mandate behind an application's token, as the person signed it; its scopes are for the caller to keep. */
	| { readonly scheme: "mandate"; readonly mandate: unknown };

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
	/** What may be seen of everybody who permits it, patient by patient; each is logged and opened, whatever `use` makes of it. */
	releaseEach(classes: readonly DataClass[], use: (records: readonly RecordVersion[]) => void): Promise<ReleaseOfMany>;
	/** Every version of one record that may be seen, the newest first. */
	versions(question: FhirQuestion & { readonly record: string }): Promise<RecordRelease>;
	/** Begins an export of everybody who permits it; `request` is given back with it. */
	startExport(classes: readonly DataClass[], request: string): Promise<ExportJob>;
	/** An export of one's own, while anybody in it still permits it. */
	showExport(id: string): Promise<ExportJob>;
	endExport(id: string): Promise<void>;
	/** What is released of everybody in an export, decided as it leaves. */
	exportRecords(id: string, classes: readonly DataClass[]): AsyncGenerator<readonly RecordVersion[]>;
	/** Begins to tell an endpoint of what changes in what is released of a patient; one's own are shown, changed and ended. */
	subscribe(patient: PatientReference, wish: SubscriptionWish): Promise<SubscriptionView>;
	showSubscription(id: string): Promise<SubscriptionView>;
	listSubscriptions(): Promise<readonly SubscriptionView[]>;
	changeSubscription(id: string, patient: PatientReference, wish: SubscriptionWish): Promise<SubscriptionView>;
	endSubscription(id: string): Promise<void>;
	/** Who looked at a patient's record, for those entitled to know. */
	accesses(patient: PatientReference): Promise<readonly AccessEntry[]>;
	/** Writes records of one patient, together. What is replaced must have been released here before, at that version. */
	write(patient: PatientReference, writes: readonly RecordWrite[]): Promise<readonly WrittenRecord[]>;
}

export interface FhirQuestion {
	readonly patient: PatientReference;
	readonly classes: readonly DataClass[];
	readonly record?: string;
	/** The one type that is asked for, where it is one; the gate decides by class, an application's scopes are by type. */
	readonly type?: string;
	/** True for who wants to know of each record who filed it, as a Provenance beside it. */
	readonly withProvenance?: boolean;
}

/**
 * Judges who asks over FHIR, and that they asked exactly this.
 *
 * @throws {@link GateError} as for any signed request; `GATE_REQUEST_INVALID` where the signature is for another method, address or content.
 */
export async function openFhir(gate: GateContext, credential: FhirCredential, place: FhirPlace): Promise<FhirAccess> {
	const admitted = await admit(gate, credential, place);
	const { asked } = admitted;
	const shown: { readonly patient: PatientReference; readonly records: readonly RecordVersion[] }[] = [];
	/** Each is judged at its own moment: a long batch does not live on what held at its beginning. */
	const judged = (): Admitted => ({ asked, at: gate.parts.now() });
	const remember = (patient: PatientReference, release: RecordRelease): RecordRelease => {
		shown.push({ patient, records: release.records });
		return release;
	};
	const hasSeen = (patient: PatientReference, { record, seen }: RecordWrite) =>
		shown.some(
			({ patient: of, records }) =>
				JSON.stringify(of) === JSON.stringify(patient) &&
				records.some(
					({ resource, version, level }) => version === seen && level === "identified" && `${resource.resourceType}/${resource.id}` === record,
				),
		);
	return {
		requester: asked.key,
		via: asked.via,
		patient: asked.body.patient,
		release: async (question) => {
			const release = remember(question.patient, await releaseRecords(gate, judged(), question));
			// Not among what was shown: nobody replaces what is made on the way out.
			return question.withProvenance === true ? { ...release, records: withProvenance(release.records, gate.parts.member) } : release;
		},
		versions: async (question) => remember(question.patient, await releaseVersions(gate, judged(), question)),
		releaseEach: (classes, use) => releaseEach(gate, judged(), classes, use),
		startExport: (classes, request) => startExport(gate, judged(), classes, request),
		showExport: (id) => showExport(gate, judged(), id),
		endExport: async (id) => endExport(gate, judged(), id),
		exportRecords: (id, classes) => exportRecords(gate, judged(), id, classes),
		subscribe: (patient, wish) => subscribe(gate, judged(), patient, wish),
		showSubscription: (id) => showSubscription(gate, judged(), id),
		listSubscriptions: () => listSubscriptions(gate, judged()),
		changeSubscription: (id, patient, wish) => changeSubscription(gate, judged(), id, patient, wish),
		endSubscription: (id) => endSubscription(gate, judged(), id),
		accesses: (patient) => showAccesses(gate, judged(), patient),
		write: async (patient, writes) => {
			if (writes.length === 0 || writes.length > writesMax) {
				throw new GateError("GATE_REQUEST_INVALID", `expected 1 to ${writesMax} records to be written together`, { at: "content" });
			}
			if (writes.some((write) => write.seen > 0 && !hasSeen(patient, write))) {
				throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
			}
			return writeRecords(gate, judged(), patient, writes);
		},
	};
}

async function admit(gate: GateContext, credential: FhirCredential, place: FhirPlace): Promise<Admitted> {
	if (credential.scheme === "mandate") return admitMandated(gate, credential.mandate);
	const { request, at } = await admitRequest(gate, credential.request, "fhir");
	for (const fact of ["method", "url", "content"] as const) {
		if (request.body[fact] === place[fact]) continue;
		throw new GateError("GATE_REQUEST_INVALID", `what was signed has another ${fact} than what was asked; sign what is sent`, { at: `body.${fact}` });
	}
	return { asked: request, at };
}

/** What is asked under a mandate is asked as the person who signed it, about the patient whom it names. */
function admitMandated(gate: GateContext, input: unknown): Admitted {
	const { key, body, request } = openMandate(gate, input);
	const { patient, purpose, level, relationship } = body;
	const at = gate.parts.now();
	const named = { ...(patient === undefined ? {} : { patient }), ...(relationship === undefined ? {} : { relationship }) };
	return { asked: { audience: request.audience, via: request.via, key, timeMs: at, body: { kind: "fhir", purpose, level, ...named } }, at };
}
