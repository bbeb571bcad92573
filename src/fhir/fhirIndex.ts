import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/**
 * One element as it stands in knowledge/fhir-r4: name, type, min, 1 if it repeats, code list of a required binding, base name of a choice
 * (`value` for `valueQuantity`), list of resource types a Reference may point at.
 */
export type PackedElement = [
	name: string,
	type: string,
	min: number,
	repeats: 0 | 1,
	codeList?: number | null,
	choice?: string | null,
	targetList?: number | null,
];

export interface PackedFhirIndex {
	readonly version: string;
	readonly resources: readonly string[];
	/** Elements by type: resources, datatypes, and backbone elements by their path (`Patient.contact`). */
	readonly types: Readonly<Record<string, readonly PackedElement[]>>;
	readonly codeLists: readonly (readonly string[])[];
	readonly targetLists: readonly (readonly string[])[];
}

export type PrimitiveName =
	| "base64Binary"
	| "boolean"
	| "canonical"
	| "code"
	| "date"
	| "dateTime"
	| "decimal"
	| "id"
	| "instant"
	| "integer"
	| "markdown"
	| "oid"
	| "positiveInt"
	| "string"
	| "time"
	| "unsignedInt"
	| "uri"
	| "url"
	| "uuid"
	| "xhtml";

export interface ElementSpec {
	readonly name: string;
	/** Name of the type, as in the index. */
	readonly type: string;
	readonly primitive: PrimitiveName | undefined;
	/** Undefined for primitives and for `Resource` (whose type stands in the value). */
	readonly complex: TypeSpec | undefined;
	readonly min: number;
	readonly repeats: boolean;
	readonly codes: ReadonlySet<string> | undefined;
	/** Base name of the choice this element is one of. */
	readonly choice: string | undefined;
	/** Resource types a Reference may point at; undefined where any may stand. */
	readonly targets: ReadonlySet<string> | undefined;
}

export interface TypeSpec {
	readonly name: string;
	readonly elements: ReadonlyMap<string, ElementSpec>;
	/** Names of elements that must be there, and of choices of which one must be. */
	readonly required: readonly { readonly name: string; readonly isChoice: boolean }[];
	readonly isResource: boolean;
}

export interface FhirIndex {
	readonly version: string;
	readonly resources: ReadonlyMap<string, TypeSpec>;
}

const primitives: ReadonlySet<string> = new Set([
	"base64Binary",
	"boolean",
	"canonical",
	"code",
	"date",
	"dateTime",
	"decimal",
	"id",
	"instant",
	"integer",
	"markdown",
	"oid",
	"positiveInt",
	"string",
	"time",
	"unsignedInt",
	"uri",
	"url",
	"uuid",
	"xhtml",
] satisfies PrimitiveName[]);

let loaded: FhirIndex | undefined;

/** The R4 index, read at first use (about 30 ms) and kept. */
export function getFhirIndex(): FhirIndex {
	loaded ??= unpack(JSON.parse(gunzipSync(readFileSync(new URL("../../knowledge/fhir-r4/index.json.gz", import.meta.url))).toString("utf8")));
	return loaded;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function unpack(packed: PackedFhirIndex): FhirIndex {
	const resourceNames = new Set(packed.resources);
	const lists = {
		codes: packed.codeLists.map((codes) => new Set(codes)),
		targets: packed.targetLists.map((types) => new Set(types)),
	};
	const specs = new Map<string, Writable<TypeSpec>>();
	for (const name of Object.keys(packed.types)) {
		specs.set(name, { name, elements: new Map(), required: [], isResource: resourceNames.has(name) });
	}
	for (const [name, elements] of Object.entries(packed.types)) {
		const spec = specs.get(name) as Writable<TypeSpec>;
		spec.elements = new Map(elements.map((element) => [element[0], unpackElement(element, specs, lists)]));
		const required = new Map<string, { name: string; isChoice: boolean }>();
		for (const [elementName, , min, , , choice] of elements) {
			const isChoice = typeof choice === "string";
			if (min > 0) required.set(choice ?? elementName, { name: choice ?? elementName, isChoice });
		}
		spec.required = [...required.values()];
	}
	return { version: packed.version, resources: new Map(packed.resources.map((name) => [name, specs.get(name) as TypeSpec])) };
}

function unpackElement(
	[name, type, min, repeats, codeList, choice, targetList]: PackedElement,
	specs: ReadonlyMap<string, TypeSpec>,
	lists: { readonly codes: readonly ReadonlySet<string>[]; readonly targets: readonly ReadonlySet<string>[] },
): ElementSpec {
	return {
		name,
		type,
		primitive: primitives.has(type) ? (type as PrimitiveName) : undefined,
		complex: specs.get(type),
		min,
		repeats: repeats === 1,
		codes: typeof codeList === "number" ? lists.codes[codeList] : undefined,
		choice: choice ?? undefined,
		targets: typeof targetList === "number" ? lists.targets[targetList] : undefined,
	};
}

let elementNames: Set<string> | undefined;

/** True for the name of any element of R4 (or its `_` sibling): such a key says nothing about a person. */
export function isElementName(key: string): boolean {
	if (elementNames === undefined) {
		elementNames = new Set(["resourceType"]);
		const seen = new Set<TypeSpec>();
		const visit = (spec: TypeSpec) => {
			if (seen.has(spec)) return;
			seen.add(spec);
			for (const element of spec.elements.values()) {
				elementNames?.add(element.name);
				if (element.complex !== undefined) visit(element.complex);
			}
		};
		for (const spec of getFhirIndex().resources.values()) visit(spec);
	}
	return elementNames.has(key.startsWith("_") ? key.slice(1) : key);
}
