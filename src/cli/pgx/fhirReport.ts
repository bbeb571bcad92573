import { randomUUID } from "node:crypto";
import { validateResource } from "#fhir";
import { type AdviceReport, type MadeResource, type PgxReport, type ReportBundle, renderReport } from "#genomics";
import { CliError } from "../errors.ts";
import { readJsonFile } from "../files.ts";
import { loadDrugTable } from "./loadPgxTables.ts";

export interface FhirReportParameters {
	readonly report: PgxReport;
	readonly advice: AdviceReport | undefined;
	/** Path of a Patient resource, carried along. */
	readonly patient: string | undefined;
	/** As FHIR instant. */
	readonly now: string;
}

/**
 * The report as a FHIR R4 transaction Bundle, each resource of it checked by this project's own validator.
 *
 * @throws CliError `CLI_INPUT_INVALID` for a patient's file that holds no Patient with an id that a reference can name.
 */
export function fhirReport({ report, advice, patient: path, now }: FhirReportParameters): ReportBundle {
	const patient = path === undefined ? undefined : readPatient(path);
	const subject = patient === undefined ? undefined : { reference: `urn:uuid:${patient.id}` };
	const frame = { newId: randomUUID, subject, effectiveDateTime: now, performer: undefined };
	const bundle = renderReport({ ...frame, report, advice, drugs: loadDrugTable(), patient });
	const faults = bundle.entry.flatMap(({ resource }) => validateResource(resource));
	if (faults.length > 0) throw new TypeError(`a resource made here is not valid FHIR R4: ${faults[0]?.path}`);
	return bundle;
}

function readPatient(path: string): MadeResource {
	const found = readJsonFile(path) as Partial<MadeResource> | null;
	const isPatient =
		typeof found === "object" && found?.resourceType === "Patient" && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(found.id));
	if (!isPatient || validateResource(found).length > 0)
		throw new CliError("CLI_INPUT_INVALID", "expected --patient to be a valid FHIR R4 Patient with a UUID as its id");
	return found as MadeResource;
}
