import { isRawNumber } from "#fhir";

/** Longest value that a line shows. */
const textMax = 60;

/** One line about a FHIR resource: type, id, date, what it is, its value. For people at a terminal; nothing decides by it. */
export function summariseResource(resource: { readonly resourceType: string; readonly [element: string]: unknown }): string {
	const { resourceType, id } = resource;
	const name = typeof id === "string" ? `${resourceType}/${id}` : resourceType;
	const parts = [name, dateOf(resource), whatOf(resource), valueText(resource)];
	// Control characters of a record must not reach a terminal as commands.
	return parts
		.filter((part) => part !== "")
		.join("  ")
		.replace(/\p{Cc}/gu, " ");
}

const dateElements = [
	"effectiveDateTime",
	"onsetDateTime",
	"authoredOn",
	"performedDateTime",
	"occurrenceDateTime",
	"recordedDate",
	"date",
	"birthDate",
	"started",
];

function dateOf(resource: Readonly<Record<string, unknown>>): string {
	for (const element of dateElements) {
		const value = resource[element];
		if (typeof value === "string") return value.slice(0, 10);
	}
	const period = (resource["period"] ?? resource["performedPeriod"] ?? resource["billablePeriod"]) as { start?: unknown } | undefined;
	return typeof period?.start === "string" ? period.start.slice(0, 10) : "";
}

function whatOf(resource: Readonly<Record<string, unknown>>): string {
	for (const element of ["code", "medicationCodeableConcept", "vaccineCode", "type", "category"]) {
		const text = conceptText(resource[element]);
		if (text !== "") return text;
	}
	return nameText(resource["name"]);
}

function conceptText(value: unknown): string {
	const concept = (Array.isArray(value) ? value[0] : value) as
		| { text?: unknown; coding?: readonly { display?: unknown; code?: unknown }[] }
		| undefined;
	const coding = Array.isArray(concept?.coding) ? concept.coding[0] : undefined;
	const text = concept?.text ?? coding?.display ?? coding?.code;
	return typeof text === "string" ? shortened(text) : "";
}

function nameText(value: unknown): string {
	const name = (Array.isArray(value) ? value[0] : undefined) as { family?: unknown; given?: readonly unknown[] } | undefined;
	return name === undefined
		? ""
		: shortened([...(Array.isArray(name.given) ? name.given : []), name.family].filter((part) => typeof part === "string").join(" "));
}

function valueText(resource: Readonly<Record<string, unknown>>): string {
	const components = Array.isArray(resource["component"]) ? (resource["component"] as Readonly<Record<string, unknown>>[]) : [];
	const values = [resource, ...components].map(ownValueText).filter((value) => value !== "");
	return shortened(values.join(", "));
}

function ownValueText(holder: Readonly<Record<string, unknown>>): string {
	const quantity = holder["valueQuantity"] as { value?: unknown; unit?: unknown } | undefined;
	if (quantity !== undefined) return `${plainText(quantity.value ?? "?")} ${String(quantity.unit ?? "")}`.trim();
	const plain = holder["valueString"] ?? holder["valueInteger"] ?? holder["valueBoolean"];
	return plain === undefined ? conceptText(holder["valueCodeableConcept"]) : plainText(plain);
}

/** Numbers as the record spells them. */
function plainText(value: unknown): string {
	return isRawNumber(value) ? value.rawJSON : String(value);
}

function shortened(text: string): string {
	return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text;
}
