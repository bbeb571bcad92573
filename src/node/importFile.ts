import { prepareBundle } from "#fhir";
import type { ImportProgress, ImportReport } from "#gate";
import type { Network } from "./network.ts";

/** Imports one bundle file (plain or gzip) at a member: read once to judge it whole, once to seal it. */
export async function importFile(
	network: Network,
	member: string,
	path: string,
	onProgress?: (progress: ImportProgress) => void,
): Promise<ImportReport> {
	const institution = network.institution(member);
	return institution.gate.importRecords(await prepareBundle(path), onProgress);
}
