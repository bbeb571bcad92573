import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DataClass } from "#contracts";
import { generatePeople } from "#fhir";
import { classLevelTable } from "./classLevelTable.ts";
import { safeCoding } from "./codes.ts";
import type { Resource } from "./context.ts";
import { minimise } from "./minimise.ts";
import { pairwiseId } from "./pairwiseId.ts";
import { createReleaseIds } from "./releaseIds.ts";

/** Every resource of one person at one custodian. */
type PersonRecord = readonly Resource[];

const today = "2026-11-21";
const people = generatePeople({ seed: "scan", count: 32, today });
const generated = people.flatMap((person) => person.records.map((record) => asStored(record.bundle.entry.map((entry) => entry.resource))));
const syntheaFolder = new URL("../../../../shared/data/ehr/synthea_r4/", import.meta.url);
const hasSynthea = existsSync(syntheaFolder);
const classesBelow = (level: "deidentified" | "pseudonymised") =>
	(Object.keys(classLevelTable) as DataClass[]).filter(
		(dataClass) => (classLevelTable[dataClass] as readonly string[]).includes(level) && dataClass !== "genomics",
	);

function loadSynthea(): readonly PersonRecord[] {
	return readdirSync(syntheaFolder)
		.filter((name) => name.endsWith(".json.gz"))
		.sort()
		.slice(0, 10)
		.map((name) => JSON.parse(gunzipSync(readFileSync(new URL(name, syntheaFolder))).toString("utf8")) as { entry: { resource: Resource }[] })
		.map(({ entry }) => asStored(entry.map(({ resource }) => resource)));
}

/** As the vault holds it: `urn:uuid:` rewritten to `Type/id`. */
function asStored(record: PersonRecord): PersonRecord {
	const types = new Map(record.map(({ id, resourceType }) => [String(id), resourceType]));
	return JSON.parse(
		JSON.stringify(record).replace(/"urn:uuid:([0-9a-f-]{36})"/g, (whole, id: string) => (types.has(id) ? `"${types.get(id)}/${id}"` : whole)),
	);
}

/** Everything about a person that names or numbers them, gathered from the record itself by the type of the element, not by our allow-list. */
function traces(record: PersonRecord): ReadonlySet<string> {
	const found = new Set<string>();
	// Three digits alone turn up in any code; three letters are a name.
	const add = (value: unknown) => typeof value === "string" && value.length >= (/[^\d.]/.test(value) ? 3 : 5) && found.add(value);
	visit(record, (key, value) => {
		if (["family", "line", "city", "display", "div", "text"].includes(key)) for (const item of [value].flat()) addName(item, add);
		if (key === "given") for (const item of [value].flat()) add(item);
		if (["telecom", "identifier"].includes(key)) for (const item of [value].flat()) add((item as { value?: unknown })?.value);
		if (["id", "uid", "serialNumber", "lotNumber", "subscriberId"].includes(key)) add(value);
		// An attachment, not the samples of a series.
		if (key === "data" && /[A-Za-z]/.test(String(value))) add(value);
		if (key === "postalCode") add(value);
		if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}/.test(value)) found.add(value.slice(0, 10));
	});
	return found;
}

/** A display counts as a trace where it names somebody; the words of a code system do not. */
function addName(value: unknown, add: (value: unknown) => unknown): void {
	if (typeof value === "string" && !knownDisplays.has(value)) add(value);
}

const knownDisplays = new Set<string>();
function learnDisplays(record: PersonRecord): void {
	visit(record, (_, value) => {
		if (typeof value !== "object" || value === null || !("code" in value) || !("display" in value)) return;
		knownDisplays.add(String(value.display));
	});
}

function visit(value: unknown, see: (key: string, value: unknown) => void): void {
	if (typeof value !== "object" || value === null) return;
	for (const [key, member] of Object.entries(value)) {
		see(key, member);
		visit(member, see);
	}
}

/** Every string of the output, since a trace inside a longer one counts as well. */
function stringsOf(value: unknown): string {
	const strings: string[] = [];
	visit(value, (_, member) => typeof member === "string" && strings.push(member));
	return strings.join("\n");
}

/** The most that a level could let out: each resource under every class that may leave at it. */
function reduce(record: PersonRecord, level: "deidentified" | "pseudonymised"): readonly Resource[] {
	const releaseIds = createReleaseIds();
	const key = new Uint8Array(32).fill(9);
	return record.flatMap((resource) => {
		const classes = classesBelow(level).slice(0, 1);
		const result = minimise(resource, level, {
			classes,
			today,
			releaseIds,
			...(level === "pseudonymised" && { shiftDays: 173, pairwiseId: (value: string) => pairwiseId(key, "s", value) }),
		});
		return result.released ? [result.resource] : [];
	});
}

function leaksOf(record: PersonRecord, level: "deidentified" | "pseudonymised"): readonly string[] {
	const before = traces(record);
	const output = reduce(record, level);
	const text = stringsOf(output);
	expect(output.length).toBeGreaterThan(record.length / 3);
	return [...before].filter((trace) => (isDate(trace) ? level === "deidentified" && text.includes(trace) : text.includes(trace)));
}

const isDate = (trace: string) => /^\d{4}-\d{2}-\d{2}$/.test(trace);

describe.each(["deidentified", "pseudonymised"] as const)("scan at %s", (level) => {
	it("[MI40] nothing that names or numbers a generated person occurs in what leaves", () => {
		for (const record of generated) learnDisplays(record);
		for (const record of generated) expect(leaksOf(record, level)).toEqual([]);
	});

	it.skipIf(!hasSynthea)(
		"[MI40] nor of ten Synthea records (skipped where ../shared/data/ehr is not beside the repository)",
		() => {
			const records = loadSynthea();
			for (const record of records) learnDisplays(record);
			for (const record of records) expect(leaksOf(record, level)).toEqual([]);
		},
		60_000,
	);
});

describe("scan", () => {
	it("[MI26] what leaves holds together: every reference to the patient finds it", () => {
		for (const record of generated) {
			const output = reduce(record, "deidentified");
			const known = new Set(output.map(({ resourceType, id }) => `${resourceType}/${id}`));
			const references = [...JSON.stringify(output).matchAll(/"reference":"([^"]*)"/g)].map((match) => match[1] as string);
			expect(references.length).toBeGreaterThan(40);
			expect(references.filter((reference) => reference.startsWith("Patient/")).every((reference) => known.has(reference))).toBe(true);
		}
	});

	it("[MI40] would find a leak: the record as it is holds every trace", () => {
		for (const record of generated) {
			learnDisplays(record);
			const text = stringsOf(record);
			const found = traces(record);
			expect(found.size).toBeGreaterThan(80);
			expect([...found].every((trace) => text.includes(trace))).toBe(true);
		}
	});

	it("[MI40] no month or day is left at safe harbor, in any string", () => {
		for (const record of generated) expect(stringsOf(reduce(record, "deidentified"))).not.toMatch(/\b\d{4}-\d{2}\b/);
	});

	it("[MI14] every code the generator writes is of a known system and form", () => {
		const unknown = new Set<string>();
		visit(generated, (_, value) => {
			if (typeof value !== "object" || value === null || !("system" in value) || !("code" in value) || "value" in value) return;
			const { system, code } = value as { system: string; code: string };
			if (!/^urn:ietf/.test(system) && safeCoding(value) === undefined) unknown.add(`${system} ${code}`);
		});
		expect([...unknown]).toEqual([]);
	});
});
