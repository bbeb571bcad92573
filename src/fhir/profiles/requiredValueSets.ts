import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A value set as codes by their system. */
export type ListedValueSet = readonly (readonly [system: string, codes: ReadonlySet<string>])[];

let loaded: ReadonlyMap<string, ListedValueSet> | undefined;

/** The value sets that elements of R4 itself are bound to (`required`) and that can be listed, by canonical URL; read at first use. */
export function getRequiredValueSets(): ReadonlyMap<string, ListedValueSet> {
	loaded ??= read();
	return loaded;
}

function read(): ReadonlyMap<string, ListedValueSet> {
	const bytes = gunzipSync(readFileSync(new URL("../../../knowledge/fhir-r4/valuesets.json.gz", import.meta.url)));
	const packed = JSON.parse(bytes.toString("utf8")) as { readonly [url: string]: readonly (readonly [string, readonly string[]])[] };
	return new Map(Object.entries(packed).map(([url, parts]) => [url, parts.map(([system, codes]) => [system, new Set(codes)] as const)]));
}
