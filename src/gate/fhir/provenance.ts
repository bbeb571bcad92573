import { encodeUtf8, type MemberId, sha256Hex } from "#base";
import type { IdentifiedResource } from "#fhir";
import type { RecordVersion } from "./releaseRecords.ts";

/** What ids of Provenances begin with that are made of a record and were not filed as one. */
export const madeProvenance = "filed-";

/** Records of a release, and beside each of them who filed it: made of what lies inside the record, so it is released where that is and nowhere else. */
export function withProvenance(records: readonly RecordVersion[], custodian: MemberId): readonly RecordVersion[] {
	// Below `identified` no time is told, and a Provenance has to have one. One that was filed says itself where it comes from.
	const told = records.filter(({ level, deleted, resource }) => level === "identified" && !deleted && resource.resourceType !== "Provenance");
	return [...records, ...told.map((record) => provenanceOf(record, custodian))];
}

const system = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const digestSystem = "urn:aceso:sha-256";

/**
 * Who filed one version of a record, when, through whom, and the SHA-256 of it as it is read. Source: FHIR R4 Provenance; the activity by
 * v3-DataOperation.
 */
function provenanceOf(
	{ resource: { resourceType, id }, text, version, lastUpdatedMs = 0, filed }: RecordVersion,
	custodian: MemberId,
): RecordVersion {
	const target = `${resourceType}/${id}`;
	const isPerson = filed !== undefined && filed.how !== "import" && filed.how !== "compute";
	const recordedMs = filed?.atMs ?? lastUpdatedMs;
	const meta = { versionId: "1", lastUpdated: new Date(lastUpdatedMs).toISOString() };
	const resource: IdentifiedResource = {
		resourceType: "Provenance",
		id: `${madeProvenance}${sha256Hex(encodeUtf8(`${target}/${version}`)).slice(0, 32)}`,
		target: [{ reference: `${target}/_history/${version}` }],
		recorded: new Date(recordedMs).toISOString(),
		activity: { coding: [{ system: system("v3-DataOperation"), code: filed?.how === "update" ? "UPDATE" : "CREATE" }] },
		agent: [
			{
				type: { coding: [{ system: system("provenance-participant-type"), code: isPerson ? "enterer" : "custodian" }] },
				who: { identifier: isPerson ? { system: "urn:aceso:key", value: filed.by } : { system: "urn:aceso:member", value: filed?.by ?? custodian } },
				...(isPerson ? { onBehalfOf: { identifier: { system: "urn:aceso:member", value: filed.via } } } : {}),
			},
		],
		entity: [{ role: "source", what: { identifier: { system: digestSystem, value: sha256Hex(encodeUtf8(text)) } } }],
	};
	const values = new Map();
	return { resource, values, text: JSON.stringify({ ...resource, meta }), version: 1, lastUpdatedMs, level: "identified", deleted: false };
}
