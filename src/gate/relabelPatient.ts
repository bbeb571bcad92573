import type { Awaitable, SubjectId } from "#base";
import { type Compartment, type DataClass, dataClasses } from "#contracts";
import { describeAgain, getTableVersion, type HeldRecord, type RecordDescription } from "#fhir";
import { type StoredRecord, unenrolledPseudonym, VaultError } from "#vault";
import { draftFor } from "./draft.ts";
import { type OpenedRow, openRows } from "./openRows.ts";
import type { GateParts } from "./parts.ts";
import { ResourceSealer } from "./sealResource.ts";

/** `tableVersion` of what the tables do not describe: insights and their sign-offs, records of large objects. */
export const generatedVersion = "generated/1";

/** Shows that all records of a subject are labelled under the present tables. Keyed, so that no hand at the file can write it. */
export function labelledToken(parts: GateParts, subject: SubjectId): Awaitable<string> {
	return parts.keyring.lookupToken("labelled", subject, getTableVersion());
}

/**
 * Opens every record of a patient, describes all of them under the present tables, and files what changed as a new version in its new
 * compartments: one logged access by the system, and one commit with the mark that says it is done. A stop leaves the patient as before.
 *
 * @returns How many records changed.
 */
export async function relabelPatient(parts: GateParts, subject: SubjectId): Promise<number> {
	const pseudonym = (await parts.keyring.pseudonymOf(subject)) ?? unenrolledPseudonym(subject);
	const rows = await parts.store.listRecords(subject, dataClasses);
	const compartments = [...new Set(rows.flatMap((row) => row.compartments.split("+")))].sort() as Compartment[];
	const access = await parts.log.append(
		draftFor(parts, pseudonym, parts.now(), {
			action: "relabel",
			purpose: "SYSTEM",
			compartments,
			count: rows.length,
			decision: "permit",
			reasons: ["SYSTEM_TASK"],
		}),
		{ subject },
	);
	const opened = await openRows(parts, access, rows);
	const described = describeAgain(opened.map(asHeld));
	const sealer = new ResourceSealer(parts, subject);
	const changed: StoredRecord[] = [];
	for (const [index, row] of opened.entries()) {
		const next = described[index] as RecordDescription;
		if (isSame(row, next)) continue;
		changed.push(await reseal(sealer, row, next));
	}
	await parts.store.relabelRecords(subject, sealer.takeKeys(), changed, await labelledToken(parts, subject));
	return changed.length;
}

function asHeld({ row, body }: OpenedRow): HeldRecord {
	const { labels, conditions, dataTimeMs, authors, encounter, tableVersion, resource } = body;
	const classes = row.compartments.split("+") as DataClass[];
	const before = { classes, labels, conditions, dataTimeMs, authors, encounter, tableVersion } as RecordDescription;
	return { resource, before, generated: tableVersion === generatedVersion };
}

/** Everything that decides about the record; the version of the tables alone is no reason to file it again. */
function isSame(row: OpenedRow, next: RecordDescription): boolean {
	const told = ({ classes, labels, conditions, dataTimeMs, authors, encounter }: RecordDescription) =>
		JSON.stringify([[...classes].sort(), [...labels].sort(), [...conditions].sort(), dataTimeMs, authors, encounter]);
	return told(asHeld(row).before) === told(next);
}

/** What the patient had erased as a class does not come back by a record that turns out to be of it: that record is deleted. */
async function reseal(sealer: ResourceSealer, { row, body }: OpenedRow, next: RecordDescription): Promise<StoredRecord> {
	const name = `${body.resource.resourceType}/${body.resource.id}`;
	const { resourceText, filed } = body;
	try {
		return await sealer.seal(name, [...next.classes].sort(), { ...next, resourceText, ...(filed && { filed }) }, row.version + 1);
	} catch (error) {
		if (!(error instanceof VaultError && error.code === "VAULT_ERASED")) throw error;
		return sealer.sealTombstone(name, row.compartments.split("+") as Compartment[], row.version + 1);
	}
}
