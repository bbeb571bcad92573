/** A code of FHIR's closed lists: letters, digits and dashes; a run of four digits is somebody's number. */
export function isToken(value: string): boolean {
	return /^(?!.*\d{4})[A-Za-z<>=][A-Za-z0-9/.+=-]{0,39}$/.test(value);
}

/** `SampledData.data`: decimals of at most six digits and the letters E, U, L, divided by single spaces (FHIR R4 §2.24.0.8). */
export function isSamples(value: string): boolean {
	return /^(?:-?\d{1,6}(?:\.\d{1,6})?|[EUL])(?: (?:-?\d{1,6}(?:\.\d{1,6})?|[EUL]))*$/.test(value);
}
