/** A FHIR R4 resource as JSON. */
export interface SyntheticResource {
	readonly resourceType: string;
	readonly id: string;
	readonly [element: string]: unknown;
}

/** A FHIR R4 `Bundle` of type `transaction`; every `fullUrl` is `urn:uuid:` and every reference inside resolves to one of them. */
export interface TransactionBundle {
	readonly resourceType: "Bundle";
	readonly type: "transaction";
	readonly entry: readonly {
		readonly fullUrl: string;
		readonly resource: SyntheticResource;
		readonly request: { readonly method: "POST"; readonly url: string };
	}[];
}

/** The three invented custodians of the demo network; `id` has the form of a member id. */
export const syntheticInstitutions = [
	{ id: "lindenhof", name: "Universitätsklinikum Lindenhof", kind: "hospital", city: "Heidelberg", country: "DE" },
	{ id: "harbor", name: "Harbor Clinic", kind: "hospital", city: "Boston", country: "US" },
	{ id: "meridian", name: "Meridian Genomics Laboratory", kind: "laboratory", city: "Cambridge", country: "US" },
] as const;
export type SyntheticInstitutionId = (typeof syntheticInstitutions)[number]["id"];

/** What one custodian holds of a person. The same person has other ids at another custodian: nothing in the data links them but the name. */
export interface SyntheticRecord {
	readonly institution: SyntheticInstitutionId;
	/** `Patient.id` at this custodian (a UUID). */
	readonly localId: string;
	/** The custodian's medical record number, as in `Patient.identifier` of type `MR`. */
	readonly mrn: string;
	readonly bundle: TransactionBundle;
}

/** Facts that the demo's steps look for; all absent for a filler person without a role. */
export interface SyntheticFlags {
	/** Atherosclerotic cardiovascular disease is on record: PREVENT must refuse. */
	readonly knownAscvd?: true;
	/** Heart failure is on record: PREVENT must refuse. */
	readonly heartFailure?: true;
	/** Every clinical input of all five PREVENT models is on record and recent; the deprivation index of the place is stated apart. */
	readonly preventComplete?: true;
	readonly minor?: true;
	/** Keys of the minors this person is guardian of. */
	readonly guardianOf?: readonly string[];
	/** Keys of the patients this person acts for. */
	readonly delegateOf?: readonly string[];
	/** A retention duty stands against erasure; the reason, as the patient is shown it. */
	readonly legalHold?: string;
	readonly oncology?: true;
	/** Older than 89 years at `today`. */
	readonly overEightyNine?: true;
	/** Lives under a three-digit ZIP prefix that Safe Harbor does not let out. */
	readonly sparseZip?: true;
	/** An adult who agrees to research. */
	readonly consentsToResearch?: true;
}

export interface SyntheticPerson {
	/** Stable slug: the same for every seed for the cast, and unique. */
	readonly key: string;
	/** Why this person exists, in one sentence. */
	readonly story: string;
	readonly names: { readonly given: readonly string[]; readonly family: string };
	readonly gender: "female" | "male";
	/** `YYYY-MM-DD`. */
	readonly birthDate: string;
	readonly language: "en" | "de";
	/** One record per custodian, the main one first. */
	readonly records: readonly SyntheticRecord[];
	readonly flags: SyntheticFlags;
}
