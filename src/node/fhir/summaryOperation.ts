import { buildSummary, summaryClasses } from "#fhir";
import { GateError } from "#gate";
import { NodeError } from "../errors.ts";
import { type FhirAnswer, type FhirCall, patientOf } from "./fhirCall.ts";

/**
 * `GET /Patient/[id]/$summary`, or `GET /Patient/$summary` of the patient whom the credential names: the International Patient Summary of what is
 * released, as a document. One question, decided and logged once with its classes.
 */
export async function summary(call: FhirCall): Promise<FhirAnswer> {
	assertParameters(call.pairs);
	const patient = patientOf(call, call.id === "" ? [] : [call.id]);
	const release = await call.access.release({ patient, classes: summaryClasses() });
	if (!release.classes.some(({ status }) => status === "released")) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const { baseUrl, nowMs, custodian } = call;
	const { records, classes, notice } = release;
	// Where no record names the patient, and the address does not either: a name for this document alone.
	const patientId = /^[A-Za-z0-9.-]{1,64}$/.test(call.id) ? call.id : crypto.randomUUID();
	const text = buildSummary({ records, classes, notice, patientId, custodian, baseUrl, nowMs, newUuid: () => crypto.randomUUID() });
	return { status: 200, body: text, headers: { "aceso-notice": notice } };
}

/** What is not understood is refused: a summary by another profile is another document. */
function assertParameters(pairs: FhirCall["pairs"]): void {
	for (const [name, value] of pairs) {
		if (name === "_format" || name === "_pretty") continue;
		if (name === "profile" && /^http:\/\/hl7\.org\/fhir\/uv\/ips\/StructureDefinition\/(?:Bundle|Composition)-uv-ips(?:\|2\.0\.0)?$/.test(value))
			continue;
		throw new NodeError("NODE_FHIR_UNSUPPORTED", "expected no parameter but the profile of the International Patient Summary");
	}
}
