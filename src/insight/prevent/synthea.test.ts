import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { CivilDay, Digest } from "#base";
import type { Release } from "#gate";
import { createInsight, type InsightRecord } from "../insightRecord.ts";
import { preventClasses } from "./collectInputs.ts";
import { preventHorizons } from "./model.ts";

const folder = new URL("../../../../shared/data/ehr/synthea_r4/", import.meta.url);

/** A whole record, as a gate would release it to a requester who may see everything: which class holds what does not matter here. */
function releaseAll(file: string): Release {
	const bundle = JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString("utf8"));
	return {
		classes: preventClasses.map((each) => ({ class: each, status: "released", levels: ["identified"] })),
		resources: bundle.entry.map(({ resource }: { resource: { resourceType: string } }) => ({ class: "other", level: "identified", resource })),
		notice: "This record may be incomplete by the patient's choice.",
		access: { log: "log", leafIndex: 0, entryHash: "0".repeat(64) as Digest },
		decidedAtHeight: 1,
		expiresAtMs: null,
		obligations: [],
	};
}

describe.skipIf(!existsSync(folder))("PREVENT over the Synthea records of ../shared (skipped where the folder is absent)", () => {
	it("[IN12] every record is computed or refused with named reasons", () => {
		const tally = new Map<string, number>();
		const count = (key: string) => tally.set(key, (tally.get(key) ?? 0) + 1);
		const files = readdirSync(folder).filter((file) => file.endsWith(".json.gz"));
		for (const file of files) {
			const release = releaseAll(file);
			const record: InsightRecord = createInsight({ release, today: lastDay(release), model: "auto", horizons: preventHorizons, computedAtMs: 0 });
			count(record.model === null ? record.status : `${record.status} ${record.model.name}`);
			for (const { code, input } of record.problems) count(`${code} ${input}`);
			expect(record.results).toHaveLength(record.status === "computed" ? 10 : 0);
			expect(record.status === "refused").toBe(record.problems.length > 0);
		}
		process.stdout.write(
			`${[...tally]
				.sort()
				.map(([key, value]) => `${value}\t${key}`)
				.join("\n")}\n`,
		);
		expect(files.length).toBeGreaterThan(0);
	}, 60_000);
});

/** The day of the last Observation: the estimate is made as of the end of the record. */
function lastDay(release: Release): CivilDay {
	const days = release.resources.map(({ resource }) => String(resource.effectiveDateTime ?? "").slice(0, 10));
	return days.sort().at(-1) as CivilDay;
}
