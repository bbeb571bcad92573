import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../../../shared/data/ehr/synthea_r4");

/** Paths of the real Synthea bundles, sorted; empty where the shared data are absent. */
export const syntheaFiles: readonly string[] = existsSync(folder)
	? readdirSync(folder)
			.filter((name) => name.endsWith(".json.gz"))
			.sort()
			.map((name) => join(folder, name))
	: [];

/** Why the tests over real bundles are skipped here. */
export const withoutSynthea = "needs the Synthea bundles of ../shared/data/ehr, which are not here";

export function uuid(n: number): string {
	return `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

export interface TestEntry {
	readonly fullUrl?: string;
	readonly resource?: unknown;
	readonly request?: unknown;
}

/** An entry under `urn:uuid:<uuid(n)>`, with that id. */
export function entry(n: number, resource: { readonly resourceType: string; readonly [element: string]: unknown }): TestEntry {
	return { fullUrl: `urn:uuid:${uuid(n)}`, resource: { id: uuid(n), ...resource }, request: { method: "POST", url: resource.resourceType } };
}

export const patientEntry = entry(1, { resourceType: "Patient", gender: "female", birthDate: "1970-01-01" });

export const aboutPatient = { reference: `urn:uuid:${uuid(1)}` };

export function bundleText(entries: readonly TestEntry[], type = "transaction"): string {
	return JSON.stringify({ resourceType: "Bundle", type, entry: entries });
}

/** The bytes in chunks of the given size. */
export async function* chunksOf(text: string | Uint8Array, sizeBytes = 1000): AsyncGenerator<Uint8Array> {
	const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
	for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
	const all: Item[] = [];
	for await (const item of items) all.push(item);
	return all;
}
