import type { CivilDay } from "#base";
import { codes, type Medicine } from "./codes.ts";
import {
	asElement,
	asList,
	asText,
	atcSystems,
	type Coding,
	daysBetween,
	type Resource,
	readCodings,
	readNames,
	readWhen,
	systems,
} from "./resource.ts";

/** What a record says of a kind of medicine. */
export type MedicineUse =
	| { readonly use: "taken"; readonly ingredient: string; readonly day: CivilDay; readonly ageDays: number; readonly resource: Resource }
	/** No active request or statement names one. */
	| { readonly use: "none-recorded"; readonly readCount: number }
	/** The latest that names it is undated or too old to say whether it is still taken. */
	| { readonly use: "stale"; readonly resource: Resource }
	/** An active one has no medicine that can be read: it might be one. */
	| { readonly use: "unreadable"; readonly resource: Resource };

/** Looks for a kind of medicine among active MedicationRequests and MedicationStatements, by code, then by the ingredient in a name; the latest counts. */
export function findMedicine(resources: readonly Resource[], kind: Medicine, today: CivilDay): MedicineUse {
	const active = resources.filter((resource) => isActive(resource, today));
	const read = active.map((resource) => ({ resource, medicine: readMedicine(resource, resources), day: readWhenGiven(resource)?.day }));
	const matching = read
		.map((each) => ({ ...each, ingredient: each.medicine === undefined ? undefined : findIngredient(each.medicine, kind) }))
		.filter(({ ingredient }) => ingredient !== undefined)
		.toSorted((a, b) => ((b.day ?? "") < (a.day ?? "") ? -1 : 1));
	const [latest] = matching;
	if (latest?.ingredient !== undefined) {
		const { ingredient, day, resource } = latest;
		const ageDays = day === undefined ? Number.POSITIVE_INFINITY : daysBetween(day, today);
		return day !== undefined && ageDays < codes.medications.youngerThanDays
			? { use: "taken", ingredient, day, ageDays, resource }
			: { use: "stale", resource };
	}
	const unreadable = read.find(({ medicine }) => medicine === undefined);
	return unreadable === undefined ? { use: "none-recorded", readCount: active.length } : { use: "unreadable", resource: unreadable.resource };
}

function isActive(resource: Resource, today: CivilDay): boolean {
	const isOrder =
		resource.resourceType === "MedicationRequest" && !["proposal", "option"].includes(asText(resource.intent)) && resource.doNotPerform !== true;
	if (!isOrder && resource.resourceType !== "MedicationStatement") return false;
	const when = readWhenGiven(resource);
	return asText(resource.status) === "active" && (when === undefined || when.day <= today);
}

function readWhenGiven(resource: Resource) {
	const period = asElement(resource.effectivePeriod);
	return readWhen(resource.authoredOn ?? resource.dateAsserted ?? resource.effectiveDateTime ?? period?.start);
}

interface MedicineName {
	readonly codings: readonly Coding[];
	readonly names: readonly string[];
}

/** The medicine itself: named in place, contained, or another resource of the release. */
function readMedicine(resource: Resource, resources: readonly Resource[]): MedicineName | undefined {
	const concept = asElement(resource.medicationCodeableConcept) ?? asElement(findReferenced(resource, resources)?.code);
	const medicine = { codings: readCodings(concept), names: readNames(concept) };
	return medicine.names.length === 0 && !medicine.codings.some(isKnownCoding) ? undefined : medicine;
}

function isKnownCoding({ system, code }: Coding): boolean {
	return code !== "" && (system === systems.rxnorm || atcSystems.includes(system));
}

function findReferenced(resource: Resource, resources: readonly Resource[]): { readonly [element: string]: unknown } | undefined {
	const reference = asText(asElement(resource.medicationReference)?.reference);
	if (reference.startsWith("#")) return asList(resource.contained).find((contained) => asText(contained.id) === reference.slice(1));
	return resources.find((other) => other.resourceType === "Medication" && `Medication/${asText(other.id)}` === reference);
}

function findIngredient({ codings, names }: MedicineName, kind: Medicine): string | undefined {
	for (const { system, code } of codings) {
		if (system === systems.rxnorm) {
			const known = kind.ingredients[code] ?? kind.products[code];
			if (known !== undefined) return known;
		}
		if (atcSystems.includes(system) && kind.atc.some((prefix) => code.startsWith(prefix))) return code;
	}
	const systemic = names.filter((name) => !codes.medications.notSystemic.some((form) => name.includes(form)));
	const words = new Set(systemic.flatMap((name) => name.split(/[^\p{L}]+/u)).map((word) => codes.medications.alsoCalled[word] ?? word));
	return Object.values(kind.ingredients).find((ingredient) => words.has(ingredient));
}
