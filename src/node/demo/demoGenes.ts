import { randomUUID } from "node:crypto";
import { parseOutsideCalls, readCalls, renderReport } from "#genomics";
import { loadPgxTables } from "../cds/loadPgxTables.ts";

/** Whose genes are on file in the demonstration: a laboratory's calls, a line a gene. */
export const demoGenes: Readonly<Record<string, { readonly custodian: string; readonly calls: string }>> = {
	"june-abernathy": {
		custodian: "harbor",
		calls:
			"CYP2C19\t*2/*2\nCYP2D6\t*1/*4\nCYP2C9\t*1/*3\nSLCO1B1\t*1/*5\nTPMT\t*1/*1\nNUDT15\t*1/*1\nDPYD\tReference/Reference\nHLA-B\t*07:02/*08:01",
	},
};

/** A laboratory's report on these calls as a FHIR bundle with the patient's own Patient resource, ready for an import. */
export function demoGeneReport(bundle: { readonly entry: readonly { readonly resource: object }[] }, calls: string, today: string): object {
	const { caller, drugs } = loadPgxTables();
	const patient = bundle.entry
		.map(({ resource }) => resource as { resourceType?: string; id?: string })
		.find(({ resourceType }) => resourceType === "Patient");
	if (patient?.id === undefined) throw new TypeError("expected the demonstration's bundle to have its Patient");
	const report = {
		...{ knowledgeVersion: caller.knowledge.version, knowledgeReleased: caller.knowledge.released },
		...({ records: 0, build: "GRCh38", absent: "missing" } as const),
		genes: readCalls(caller, parseOutsideCalls(calls)),
	};
	const subject = { reference: `urn:uuid:${patient.id}` };
	const frame = { newId: randomUUID, subject, effectiveDateTime: today, performer: { display: "Meridian Genomics Laboratory" } };
	return renderReport({ ...frame, report, drugs, patient: patient as never });
}
