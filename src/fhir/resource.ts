import type { DataClass, SensitivityLabel } from "#contracts";

/** A parsed FHIR R4 resource. Elements are `unknown` until validated and read one by one. */
export interface FhirResource {
	readonly resourceType: string;
	readonly id?: string;
	readonly [element: string]: unknown;
}

/** A resource that has its id: what the vault keeps. */
export interface IdentifiedResource extends FhirResource {
	readonly id: string;
}

/** What the vault keeps beside a resource, to decide record by record without a second look (RecordBody in vault/). */
export interface RecordDescription {
	/** Every class the resource needs, in the order of `dataClasses`; never empty. */
	readonly classes: readonly DataClass[];
	readonly labels: readonly SensitivityLabel[];
	/** Ids of the value sets of knowledge/conditions it is relevant to, sorted. */
	readonly conditions: readonly string[];
	/** When the data are about, UTC ms; null where undated. */
	readonly dataTimeMs: number | null;
	/** References of who recorded, performed or asked for it, as `Practitioner/…`. */
	readonly authors: readonly string[];
	/** `Encounter/…` or null. */
	readonly encounter: string | null;
	/** Version of the tables the description was made with; another version relabels before it serves (PROTOCOL §6). */
	readonly tableVersion: string;
}

/** One resource of a bundle, ready to be sealed. */
export interface PreparedResource {
	/** Zero-based index into `Bundle.entry`. */
	readonly index: number;
	/** `Patient/<id>` it belongs to. */
	readonly patient: string;
	/** As received, with references to entries rewritten to `Type/id` and generated narrative removed. Numbers are JavaScript's. */
	readonly resource: IdentifiedResource;
	/** {@link PreparedResource.resource} as JSON, its numbers spelt as they were received: what the vault keeps. */
	readonly resourceText: string;
	readonly description: RecordDescription;
}

/** A bundle that was read once and found whole. */
export interface PreparedBundle {
	readonly entryCount: number;
	/** SHA-256 of the decompressed bytes, hex. */
	readonly digest: string;
	/** The Patient resources, with ids and without generated narrative; their references are rewritten only in what `resources` yields. */
	readonly patients: readonly IdentifiedResource[];
	/** Entries per patient, by `Patient/<id>`, the Patient itself included. */
	readonly countByPatient: ReadonlyMap<string, number>;
	/**
	 * Reads the source a second time and yields every resource in file order. Throws `FHIR_BUNDLE_CHANGED` where the bytes differ from
	 * the first reading, at the latest after the last resource: nothing may be committed before the iteration has ended.
	 */
	resources(): AsyncGenerator<PreparedResource>;
}
