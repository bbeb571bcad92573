import { expect, it } from "vitest";
import { encodeUtf8, type MemberId, sha256Hex } from "#base";
import type { FiledBy } from "#vault";
import { withProvenance } from "./provenance.ts";
import type { RecordVersion } from "./releaseRecords.ts";

const north = "north" as MemberId;
const record = (more: Partial<RecordVersion> = {}): RecordVersion => ({
	...{ resource: { resourceType: "Condition", id: "c" }, values: new Map(), text: '{"resourceType":"Condition"}', version: 3 },
	...{ lastUpdatedMs: 1_700_000_000_000, level: "identified", deleted: false },
	...more,
});
const filedBy = (how: FiledBy["how"], by: string): FiledBy => ({ how, by, via: "south" as MemberId, atMs: 1_600_000_000_000 });
const system = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const expected = (code: string, agent: object, recorded = "2020-09-13T12:26:40.000Z") => ({
	resourceType: "Provenance",
	id: `filed-${sha256Hex(encodeUtf8("Condition/c/3")).slice(0, 32)}`,
	target: [{ reference: "Condition/c/_history/3" }],
	recorded,
	activity: { coding: [{ system: system("v3-DataOperation"), code }] },
	agent: [agent],
	entity: [{ role: "source", what: { identifier: { system: "urn:aceso:sha-256", value: sha256Hex(encodeUtf8('{"resourceType":"Condition"}')) } } }],
});
const agent = (type: string, who: object, more: object = {}) => ({
	type: { coding: [{ system: system("provenance-participant-type"), code: type }] },
	who: { identifier: who },
	...more,
});
const member = (value: string) => ({ system: "urn:aceso:member", value });
const person = agent("enterer", { system: "urn:aceso:key", value: "key" }, { onBehalfOf: { identifier: member("south") } });

it("[FR78] says of each way of filing who did it, for whom, when and how, with the digest of what was released", () => {
	for (const [filed, resource] of [
		[filedBy("import", "south"), expected("CREATE", agent("custodian", member("south")))],
		[filedBy("compute", "north"), expected("CREATE", agent("custodian", member("north")))],
		[filedBy("create", "key"), expected("CREATE", person)],
		[filedBy("update", "key"), expected("UPDATE", person)],
		// A record that does not hold it: the custodian's, as of when it was stored.
		[undefined, expected("CREATE", agent("custodian", member("north")), "2023-11-14T22:13:20.000Z")],
	] as const) {
		const given = record({ filed });
		const [same, made, ...none] = withProvenance([given], north);
		expect([same, none]).toEqual([given, []]);
		expect(made).toEqual({
			...{ resource, values: new Map(), version: 1, lastUpdatedMs: 1_700_000_000_000, level: "identified", deleted: false },
			text: JSON.stringify({ ...resource, meta: { versionId: "1", lastUpdated: "2023-11-14T22:13:20.000Z" } }),
		});
	}
});

it("[FR78] tells nothing below identified, of a tombstone, and of a Provenance; each version has a name of its own", () => {
	const silent = [record({ level: "pseudonymised" }), record({ deleted: true }), record({ resource: { resourceType: "Provenance", id: "p" } })];
	expect(withProvenance(silent, north)).toEqual(silent);
	const [, , first, second] = withProvenance([record(), record({ version: 4 })], north);
	expect([first?.resource.id, second?.resource.id].map((id) => /^filed-[0-9a-f]{32}$/.test(id ?? ""))).toEqual([true, true]);
	expect(first?.resource.id).not.toBe(second?.resource.id);
	expect(withProvenance([record({ lastUpdatedMs: undefined })], north)[1]?.lastUpdatedMs).toBe(0);
});
