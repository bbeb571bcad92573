import { getFhirIndex } from "../fhirIndex.ts";
import { isPlainObject } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import { getSummaryElements } from "./searchIndex.ts";
import type { SearchQuery } from "./searchQuery.ts";

/** Says that not all of the resource is there, so that nobody files it back as a whole (R4 §3.1.1.5.8). */
const subsetted = { system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", code: "SUBSETTED" } as const;
const always: readonly string[] = ["resourceType", "id", "meta"];

/** What `_elements` or `_summary` leave of a resource; the resource itself where neither is asked for. */
export function subsetResource<Resource extends FhirResource>(resource: Resource, query: Pick<SearchQuery, "elements" | "summary">): Resource {
	const keeps = keepsElement(resource.resourceType, query);
	if (keeps === undefined) return resource;
	const kept = Object.fromEntries(Object.entries(resource).filter(([name]) => keeps(name)));
	const meta = isPlainObject(resource.meta) ? resource.meta : {};
	const tags = Array.isArray(meta.tag) ? meta.tag : [];
	return { ...kept, meta: { ...meta, tag: [...tags, subsetted] } } as unknown as Resource;
}

function keepsElement(type: string, { elements, summary }: Pick<SearchQuery, "elements" | "summary">): ((name: string) => boolean) | undefined {
	if (elements === undefined && (summary === undefined || summary === "count")) return undefined;
	if (elements === undefined && summary === "data") return (name) => name !== "text" && name !== "_text";
	const { summary: shown, mandatory } = getSummaryElements(type);
	const asked = elements ?? (summary === "text" ? ["text"] : shown);
	const wanted = [...always, ...mandatory, ...asked];
	const spec = getFhirIndex().resources.get(type)?.elements;
	// A choice goes by its base name: `value` keeps `valueQuantity`.
	return (name) => {
		const bare = name.startsWith("_") ? name.slice(1) : name;
		return wanted.includes(bare) || wanted.includes(spec?.get(bare)?.choice ?? "");
	};
}
