import { CodedError } from "#base";

/** Codes of the fhir room. All are the caller's mistake: the input has to be corrected. */
export type FhirErrorCode =
	/** Bytes do not follow the JSON grammar (RFC 8259), or hold something besides one JSON value. */
	| "FHIR_NOT_JSON"
	/** The input ends inside a JSON value. */
	| "FHIR_TRUNCATED"
	/** Bytes are not well-formed UTF-8, a byte-order mark is present, or an escape denotes a lone surrogate. */
	| "FHIR_NOT_UTF8"
	/** Compressed input is damaged. */
	| "FHIR_NOT_GZIP"
	/** Objects and arrays are nested deeper than the limit. */
	| "FHIR_TOO_DEEP"
	/** One entry, or the part of the bundle around the entries, is larger than the limit. */
	| "FHIR_TOO_LARGE"
	/** An object has the same key twice, or a key that no FHIR element may have (`__proto__`). */
	| "FHIR_KEY_REFUSED"
	/** The value is JSON but not a Bundle of a type that can be imported. */
	| "FHIR_NOT_A_BUNDLE"
	/** A resource does not follow FHIR R4. */
	| "FHIR_INVALID"
	/** Two entries have the same fullUrl, or the same type and id. */
	| "FHIR_DUPLICATE_ENTRY"
	/** A reference points at nothing in the bundle and is not a known form of outside reference, or at a resource of a type that it may not. */
	| "FHIR_REFERENCE_UNRESOLVED"
	/** A resource belongs to no patient of the bundle, or to several. */
	| "FHIR_PATIENT_UNCLEAR"
	/** The second reading of a bundle gave other bytes than the first. */
	| "FHIR_BUNDLE_CHANGED"
	/** A quantity has no number, or a unit that the conversion does not know. */
	| "FHIR_VALUE_UNREADABLE"
	/** A search has a parameter, modifier or value that is not answered here; it is never left out, because that would widen the answer. */
	| "FHIR_SEARCH_INVALID"
	/** A JSON Patch is not one, or does not fit the resource. */
	| "FHIR_PATCH_INVALID";

/** Where a bundle is wrong: never a value of it. */
export interface FhirErrorDetails {
	/** Zero-based offset into the decompressed bytes. */
	readonly byteOffset?: number;
	/** Zero-based index into `Bundle.entry`. */
	readonly entry?: number;
	/** JSON path, as `entry[12].resource.code.coding[0]`; keys that are not FHIR element names are shown as `?`. */
	readonly path?: string;
	readonly expected?: string;
	/** Type, length or code of what was found. */
	readonly found?: string;
	/** All issues of the resource, at most 20. */
	readonly issues?: readonly { readonly path: string; readonly code: string; readonly expected: string; readonly found: string }[];
}

export class FhirError extends CodedError<FhirErrorCode, FhirErrorDetails> {
	constructor(code: FhirErrorCode, message: string, details: FhirErrorDetails = {}, cause?: unknown) {
		super(code, "mistake", message, details, cause);
	}
}

/** Builds the one wording all reading errors share: where, what was expected, what was found. */
export function fhirError(code: FhirErrorCode, details: FhirErrorDetails & { readonly expected: string; readonly found: string }): FhirError {
	const where = [
		details.path === undefined ? (details.entry === undefined ? "" : `entry[${details.entry}]`) : details.path,
		details.byteOffset === undefined ? "" : `byte ${details.byteOffset}`,
	].filter((part) => part !== "");
	const place = where.length === 0 ? "" : ` at ${where.join(", ")}`;
	return new FhirError(code, `expected ${details.expected}${place}, found ${details.found}`, details);
}
