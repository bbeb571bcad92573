/** One coded value that may leave: code and system, no display (a display is text that its sender chose). */
export interface SafeCoding {
	readonly system: string;
	readonly code: string;
}

/** Code systems known here, each with the form its codes have. A system that is not listed drops the coding. */
const codeForms: Readonly<Record<string, (code: string) => boolean>> = {
	"http://snomed.info/sct": isSnomedCt,
	"http://loinc.org": isLoinc,
	"http://www.nlm.nih.gov/research/umls/rxnorm": (code) => /^\d{1,8}$/.test(code),
	"http://hl7.org/fhir/sid/cvx": (code) => /^\d{1,3}$/.test(code),
	"http://hl7.org/fhir/sid/icd-10": isIcd10,
	"http://hl7.org/fhir/sid/icd-10-cm": isIcd10,
	"http://fhir.de/CodeSystem/bfarm/icd-10-gm": isIcd10,
	"http://www.whocc.no/atc": (code) => /^[A-Z]\d\d(?:[A-Z](?:[A-Z](?:\d\d)?)?)?$/.test(code),
	"http://unitsofmeasure.org": (code) => /^[A-Za-z0-9[\]{}%/.*'^_-]{1,32}$/.test(code),
	"http://www.genenames.org/geneId": (code) => /^HGNC:\d{1,6}$/.test(code),
	"http://varnomen.hgvs.org": isHgvs,
	"http://www.sequenceontology.org": (code) => /^SO:\d{7}$/.test(code),
	"http://dicom.nema.org/resources/ontology/DCM": (code) => /^[A-Z0-9]{1,8}$/.test(code),
	"http://www.ama-assn.org/go/cpt": (code) => /^\d{4}[0-9A-Z]$/.test(code),
	"urn:oid:2.16.840.1.113883.6.238": (code) => /^\d{4}-\d$/.test(code),
};

/** HL7's own code systems by the last part of their address: a closed list, since an address is a place to write a name into as well. */
const hl7Lists: ReadonlySet<string> = new Set(
	(
		"condition-clinical condition-category condition-ver-status allergyintolerance-clinical allergyintolerance-verification observation-category " +
		"data-absent-reason referencerange-meaning medicationrequest-category medicationrequest-status-reason medication-statement-category dose-rate-type " +
		"claim-type claim-subtype processpriority adjudication ex-diagnosistype ex-procedure-type diagnosis-role admit-source discharge-disposition " +
		"encounter-type service-type goal-achievement goal-category goal-priority immunization-origin basic-resource-type " +
		"v2-0074 v2-0092 v2-0131 v2-0203 v3-ActCode v3-ActPriority v3-ActReason v3-ActSite v3-MaritalStatus v3-NullFlavor v3-ObservationInterpretation " +
		"v3-RoleCode v3-RouteOfAdministration v3-substanceAdminSubstitution administrative-gender care-plan-category condition-severity medication-form-codes"
	).split(" "),
);
const hl7Prefixes = ["http://terminology.hl7.org/CodeSystem/", "http://hl7.org/fhir/"];

/** The coding without its text, or undefined when system or code is not of a known form. */
export function safeCoding(value: unknown): SafeCoding | undefined {
	if (typeof value !== "object" || value === null) return undefined;
	const { system, code } = value as { system?: unknown; code?: unknown };
	if (typeof system !== "string" || typeof code !== "string") return undefined;
	const form = Object.hasOwn(codeForms, system) ? codeForms[system] : undefined;
	const isKnown = form !== undefined ? form(code) : isHl7Coding(system, code);
	return isKnown ? { system, code } : undefined;
}

/** HL7's codes are short words; a run of digits is somebody's number, and digits with points a network address. */
function isHl7Coding(system: string, code: string): boolean {
	const prefix = hl7Prefixes.find((start) => system.startsWith(start));
	return prefix !== undefined && hl7Lists.has(system.slice(prefix.length)) && /^(?!.*\d{4})[A-Za-z<>][A-Za-z0-9<>=.+_-]{0,39}$/.test(code);
}

/**
 * LOINC code: the check digit is the Luhn (mod 10) digit of the number (LOINC Users' Guide, "LOINC code structure"). Answer and part codes
 * (`LA…`, `LP…`) are judged by their form alone.
 */
export function isLoinc(code: string): boolean {
	if (/^L[AP]\d{1,7}-\d$/.test(code)) return true;
	const parts = /^(\d{1,7})-(\d)$/.exec(code);
	if (parts === null) return false;
	let sum = 0;
	[...(parts[1] as string)].reverse().forEach((digit, place) => {
		const doubled = Number(digit) * (place % 2 === 0 ? 2 : 1);
		sum += doubled > 9 ? doubled - 9 : doubled;
	});
	return (10 - (sum % 10)) % 10 === Number(parts[2]);
}

/**
 * SNOMED CT concept identifier: 6–18 digits, partition `00` or `10`, and Verhoeff's check digit, so that a phone or record number passes only by chance
 * (1 in 500). Source: SNOMED CT Release File Specifications, "SCTID".
 */
export function isSnomedCt(code: string): boolean {
	return /^[1-9]\d{2,14}[01]0\d$/.test(code) && code.length >= 6 && verhoeffSum(code) === 0;
}

/** Multiplication in the dihedral group D5, and the permutation Verhoeff (1969) applies by place. */
function verhoeffSum(digits: string): number {
	let check = 0;
	[...digits].reverse().forEach((digit, place) => {
		check = multiplyD5(check, permutation[place % 8]?.[Number(digit)] as number);
	});
	return check;
}

function multiplyD5(a: number, b: number): number {
	const isReflection = a >= 5;
	const turn = isReflection ? (a - 5 - (b % 5) + 5) % 5 : ((a % 5) + (b % 5)) % 5;
	return isReflection === b >= 5 ? turn : turn + 5;
}

const permutation: readonly (readonly number[])[] = (() => {
	const first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
	const rows = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
	for (let row = 1; row < 8; row++) rows.push((rows[row - 1] as number[]).map((digit) => first[digit] as number));
	return rows;
})();

function isIcd10(code: string): boolean {
	return /^[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4}|\.-)?$/.test(code);
}

/** An HGVS variant on a reference sequence; the length bound keeps whole sequences out. */
function isHgvs(code: string): boolean {
	return code.length <= 80 && /^(?:NM|NP|NC|NG|ENST|ENSP|LRG)_?[0-9]+(?:\.\d+)?(?:t\d+|p\d+)?:[cgmnpr]\.[A-Za-z0-9_>()*+=?-]+$/.test(code);
}
