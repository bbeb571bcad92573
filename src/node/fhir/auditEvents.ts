import { sha256Hex } from "#base";
import { type AccessEntry, purposeParent } from "#contracts";
import { parseSearch, searchRecords } from "#fhir";
import { type FhirAnswer, type FhirCall, patientOf } from "./fhirCall.ts";

/**
 * `GET /AuditEvent?patient=…`: who looked at a patient's record, as IHE BALP has it, made from the access log for those entitled to it. It
 * carries no proofs: who wants to verify asks for the history.
 */
export async function searchAuditEvents(call: FhirCall): Promise<FhirAnswer> {
	const query = parseSearch("AuditEvent", call.pairs);
	const patient = patientOf(call, query.patients);
	const entries = await call.access.accesses(patient);
	// Whom it is about was decided by the gate; the log knows the patient by a pseudonym alone.
	const filters = query.filters.filter((filter) => filter.on !== "parameter" || filter.parameter.code !== "patient");
	const records = entries.map((entry) => ({ resource: auditEvent(entry), lastUpdatedMs: entry.time, values: new Map() })).reverse();
	const { matches, total } = searchRecords(records, { ...query, filters }, { nowMs: call.nowMs });
	const entry = matches.map(({ resource }) => ({ fullUrl: `${call.baseUrl}/AuditEvent/${resource.id}`, resource, search: { mode: "match" } }));
	return { status: 200, body: JSON.stringify({ resourceType: "Bundle", type: "searchset", total, entry }) };
}

const dicom = "http://dicom.nema.org/resources/ontology/DCM";
const profile = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit";

/** By the entry's action: BALP's profile, DICOM's event, the REST interaction, and FHIR's CRUDE. */
const kinds: Readonly<
	Record<AccessEntry["action"], readonly [profile: string, event: string, display: string, action: "C" | "R" | "U" | "D" | "E"]>
> = {
	read: ["PatientRead", "110110", "Patient Record", "R"],
	write: ["PatientUpdate", "110110", "Patient Record", "U"],
	lookup: ["PatientQuery", "110112", "Query", "E"],
	"open-terms": ["PatientRead", "110110", "Patient Record", "R"],
	aggregate: ["PatientQuery", "110112", "Query", "E"],
	compute: ["PatientRead", "110110", "Patient Record", "E"],
	erase: ["PatientDelete", "110110", "Patient Record", "D"],
	import: ["PatientCreate", "110107", "Import", "C"],
	"sign-off": ["PatientCreate", "110110", "Patient Record", "C"],
	relabel: ["PatientUpdate", "110110", "Patient Record", "U"],
};

/** One line of the access log as a BALP AuditEvent. Refusals are events too, with outcome 4 (minor failure). */
export function auditEvent(entry: AccessEntry) {
	const [name, event, display, action] = kinds[entry.action];
	const isPermitted = entry.decision === "permit";
	const codes = [entry.purpose, ...(purposeParent[entry.purpose] === undefined ? [] : [purposeParent[entry.purpose]])];
	return {
		resourceType: "AuditEvent",
		id: sha256Hex(Buffer.from(`${entry.log}/${entry.pseudonym}/${entry.seq}`)).slice(0, 32),
		meta: { profile: [`${profile}.${name}`] },
		type: { system: dicom, code: event, display },
		subtype: [{ system: "urn:aceso:access-action", code: entry.action }],
		action,
		recorded: new Date(entry.time).toISOString(),
		outcome: isPermitted ? "0" : "4",
		...(isPermitted ? {} : { outcomeDesc: entry.reasons.join(", ") }),
		purposeOfEvent: codes.map((code) => ({ coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code }] })),
		agent: [
			{
				type: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", code: "IRCP" }] },
				who: { identifier: { system: "urn:aceso:key", value: entry.requester } },
				requestor: true,
				...(entry.emergencyReason === "" ? {} : { policy: ["urn:aceso:break-glass"] }),
			},
			{
				type: { coding: [{ system: dicom, code: "110153", display: "Source Role ID" }] },
				who: { identifier: { system: "urn:aceso:member", value: entry.via } },
				requestor: false,
			},
		],
		source: { observer: { identifier: { system: "urn:aceso:member", value: entry.member } } },
		entity: [
			{
				what: { identifier: { system: "urn:aceso:pseudonym", value: entry.pseudonym } },
				type: { system: "http://terminology.hl7.org/CodeSystem/audit-entity-type", code: "1" },
				role: { system: "http://terminology.hl7.org/CodeSystem/object-role", code: "1" },
			},
			...entry.consents.map((consent) => ({
				what: { identifier: { system: "urn:aceso:consent", value: consent } },
				type: { system: "http://hl7.org/fhir/resource-types", code: "Consent" },
			})),
			{
				type: { system: "http://terminology.hl7.org/CodeSystem/audit-entity-type", code: "2" },
				detail: [
					{ type: "classes", valueString: entry.compartments.join(" ") },
					{ type: "level", valueString: entry.level },
					{ type: "records", valueString: String(entry.count) },
					...(entry.emergencyReason === "" ? [] : [{ type: "emergency", valueString: entry.emergencyReason }]),
					...(entry.model === "" ? [] : [{ type: "model", valueString: entry.model }]),
				].filter(({ valueString }) => valueString !== ""),
			},
		],
	} as const;
}
