import { recogniseDrugs } from "#genomics";
import type { PgxTables } from "#insight";
import type { CdsRequest, DraftOrder } from "./cdsRequest.ts";

/** Drugs of orders that guidelines of the tables speak of. */
export function guidedDrugs(orders: readonly DraftOrder[], tables: PgxTables): readonly string[] {
	return drugsOf(orders, tables).filter((drug) => tables.guidance.drugs.has(drug));
}

/** What is ordered beside, and the medicines that the asking system knows of. */
export function alsoTakenIn({ orders, prefetched }: Pick<CdsRequest, "orders" | "prefetched">, tables: PgxTables): readonly string[] {
	return drugsOf([...orders, ...prefetched.filter(isTaken)], tables);
}

function drugsOf(orders: readonly DraftOrder[], { drugs }: PgxTables): readonly string[] {
	const found = orders
		.filter(({ resourceType }) => medicineOrders.includes(resourceType))
		.flatMap((order) => recogniseDrugs(medicineOf(order), drugs));
	return [...new Set(found)];
}

/** Orders of a medicine: FHIR R4's, and DSTU2's, which record systems still draft. */
const medicineOrders = ["MedicationRequest", "MedicationOrder", "MedicationStatement"];

function medicineOf(order: DraftOrder): object | undefined {
	const concept = order["medicationCodeableConcept"];
	return typeof concept === "object" && concept !== null ? concept : undefined;
}

function isTaken({ status }: DraftOrder & { readonly status?: unknown }): boolean {
	return status === "active" || status === "on-hold" || status === undefined;
}
