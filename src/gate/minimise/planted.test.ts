import { describe, expect, it } from "vitest";
import { generatePeople } from "#fhir";
import type { Resource } from "./context.ts";
import { minimise } from "./minimise.ts";
import { pairwiseId } from "./pairwiseId.ts";
import { createReleaseIds } from "./releaseIds.ts";

/** One resource of every shape the generator writes: type and top-level elements. */
const shapes: readonly Resource[] = [
	...new Map(
		generatePeople({ seed: "planted", count: 17, today: "2026-11-21" })
			.flatMap((person) => person.records.flatMap((record) => record.bundle.entry.map((entry) => entry.resource)))
			.map((resource) => [`${resource.resourceType} ${Object.keys(resource).sort()}`, resource]),
	).values(),
];

/** Every copy of the resource in which one string, and nothing else, is replaced; with a new element beside it. */
function* plant(resource: Resource, planted: string): Generator<{ path: string; copy: Resource }> {
	for (const path of stringPaths(resource)) {
		const copy = structuredClone(resource) as Record<string, unknown>;
		let at: Record<string, unknown> = copy;
		for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
		at[path.at(-1) as string] = planted;
		if (!Array.isArray(at)) at.newElement = planted;
		yield { path: path.join("."), copy: copy as Resource };
	}
}

function* stringPaths(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
	if (typeof value === "string" && path.join() !== "resourceType") yield path;
	if (typeof value !== "object" || value === null) return;
	for (const [key, member] of Object.entries(value)) yield* stringPaths(member, [...path, key]);
}

describe.each(["deidentified", "pseudonymised"] as const)("planted at %s", (level) => {
	it.each(["Jane Roe", "617-555-0142", "6175550142", "https://roe.example/jane", "jane@roe.example", "10.1.2.3", "2001-02-03T04:05:06Z note"])(
		"[MI12] [MI20] %s in the place of any string of any resource never leaves",
		(planted) => {
			const key = new Uint8Array(32).fill(3);
			let tried = 0;
			for (const shape of shapes) {
				for (const { path, copy } of plant(shape, planted)) {
					tried++;
					const context = { today: "2026-11-21", releaseIds: createReleaseIds(), pairwiseId: (value: string) => pairwiseId(key, "s", value) };
					const result = minimise(copy, level, { classes: ["laboratory"], ...context, ...(level === "pseudonymised" && { shiftDays: 40 }) });
					if (JSON.stringify(result).includes(planted)) expect.fail(`${shape.resourceType}.${path}`);
				}
			}
			expect(tried).toBeGreaterThan(500);
		},
	);
});
