import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseKeepingNumbers } from "#fhir";
import type { OpenedRow } from "../openRows.ts";
import { recordText, withMeta } from "./recordText.ts";

const name = fc.stringMatching(/^[a-z]{1,8}$/).filter((each) => each !== "id");
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }), fc.dictionary(name, fc.string()));
const meta = fc.option(fc.dictionary(name, fc.string()), { nil: undefined });
const resources = fc.record({ id: fc.string(), before: fc.dictionary(name, value), after: fc.dictionary(name, value), meta });

describe("the text of a record", () => {
	it("[FR85] is what writing the parsed resource would give, wherever type, id and meta stand, and numbers keep their spelling", () => {
		fc.assert(
			fc.property(resources, fc.boolean(), fc.nat(), ({ id, before, after, meta: own }, isInOrder, version) => {
				const lead = { resourceType: "Basic", id };
				const spelled = { ...(isInOrder ? lead : before), ...(isInOrder ? before : lead), ...(own && { meta: own }), ...after };
				const resourceText = JSON.stringify(spelled).replace(/}$/, ',"amount":1.50}');
				const body = { resourceText, resource: JSON.parse(resourceText) };
				const row = { version, storedAtMs: 1_700_000_000_123 };
				const told = { versionId: String(version), lastUpdated: "2023-11-14T22:13:20.123Z" };
				const text = recordText({ row, body } as unknown as OpenedRow);
				expect(text).toBe(withMeta(parseKeepingNumbers(resourceText) as Parameters<typeof withMeta>[0], told));
				expect(text).toContain('"amount":1.50');
			}),
		);
	});
});
