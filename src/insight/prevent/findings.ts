import { codes, type Finding } from "./codes.ts";
import {
	asElement,
	asText,
	atcSystems,
	hasCode,
	icd10ProcedureSystems,
	icd10Systems,
	opsSystems,
	type Resource,
	readCodings,
	readNames,
	systems,
} from "./resource.ts";

/** How sure a Condition is: stated, only considered, or withdrawn. */
export type Certainty = "confirmed" | "unconfirmed" | "withdrawn";

const unconfirmed: readonly string[] = ["unconfirmed", "provisional", "differential"];
const withdrawn: readonly string[] = ["refuted", "entered-in-error"];

export function readCertainty(condition: Resource): Certainty {
	const stated = readCodings(condition.verificationStatus).map((coding) => coding.code);
	if (stated.some((code) => withdrawn.includes(code))) return "withdrawn";
	return stated.some((code) => unconfirmed.includes(code)) ? "unconfirmed" : "confirmed";
}

/** True unless the Condition says that it is over. */
export function isCurrent(condition: Resource): boolean {
	const over = ["inactive", "remission", "resolved"];
	return !readCodings(condition.clinicalStatus).some((coding) => over.includes(coding.code));
}

/** True when the Condition is one of a finding, by code, or by name where a name says so and no exclusion (family history, screening …) does. */
export function isFinding(condition: Resource, finding: Finding): boolean {
	const codings = readCodings(condition.code);
	if (codings.some(({ system, code }) => system === systems.snomed && Object.hasOwn(finding.snomed, code))) return true;
	if (codings.some(({ system, code }) => icd10Systems.includes(system) && isIcd10Of(code, finding))) return true;
	return readNames(condition.code).some((name) => isNamed(name, finding.words));
}

function isIcd10Of(code: string, { icd10, icd10Except }: Finding): boolean {
	return icd10.some((prefix) => code.startsWith(prefix)) && !icd10Except.some((prefix) => code.startsWith(prefix));
}

/** True when a name holds one of the words at the start of a word, and nothing that says it is not the finding itself. */
export function isNamed(name: string, words: readonly string[]): boolean {
	if (codes.notAFinding.some((phrase) => name.includes(phrase))) return false;
	return words.some((word) => ` ${name.replaceAll(/[^\p{L}\p{N}]+/gu, " ")}`.includes(` ${word.replaceAll(/[^\p{L}\p{N}]+/gu, " ")}`));
}

/** A Condition or Procedure that neither a code of a known system nor a name describes: it could be anything. */
export function isUnreadable(resource: Resource): boolean {
	return readNames(resource.code).length === 0 && !readCodings(resource.code).some(({ system, code }) => code !== "" && isKnownSystem(system));
}

function isKnownSystem(system: string): boolean {
	const known = [systems.snomed, systems.loinc, systems.rxnorm, systems.cpt, ...icd10Systems, ...icd10ProcedureSystems, ...opsSystems, ...atcSystems];
	return known.includes(system);
}

/** True for a procedure that was done (or is being done) and that treats atherosclerotic disease: bypass, stent, carotid surgery. */
export function isAscvdProcedure(procedure: Resource): boolean {
	if (!isDone(procedure)) return false;
	const { snomed, cpt, icd10pcs, ops, words } = codes.procedures.ascvd;
	const codings = readCodings(procedure.code);
	return (
		hasCode(procedure.code, systems.snomed, Object.keys(snomed)) ||
		hasCode(procedure.code, systems.cpt, cpt) ||
		codings.some(({ system, code }) => icd10ProcedureSystems.includes(system) && icd10pcs.some((prefix) => code.startsWith(prefix))) ||
		codings.some(({ system, code }) => opsSystems.includes(system) && ops.some((prefix) => code.startsWith(prefix))) ||
		readNames(procedure.code).some((name) => isNamed(name, words))
	);
}

export function isDone(procedure: Resource): boolean {
	return !["not-done", "entered-in-error", "preparation"].includes(asText(procedure.status));
}

/** True where `Patient.deceased[x]` says so. */
export function isDeceased(patient: Resource): boolean {
	return patient.deceasedBoolean === true || asText(patient.deceasedDateTime) !== "" || asElement(patient.deceasedDateTime) !== undefined;
}
