import type { DataClass } from "#contracts";
import { getFhirIndex } from "../fhirIndex.ts";
import { classOrder } from "./classify.ts";
import { getClassTable } from "./knowledge.ts";

const byType = new Map<string, readonly DataClass[]>();

/**
 * Every class that a resource of this type may need, whatever its codes say: who asks for the type asks for these. In the order of the
 * vocabulary; a superset of what `classify` finds.
 */
export function classesOfType(type: string): readonly DataClass[] {
	const known = byType.get(type);
	if (known !== undefined) return known;
	const found = new Set(collect(type));
	const classes = classOrder.filter((name) => found.has(name));
	if (getFhirIndex().resources.has(type)) byType.set(type, classes);
	return classes;
}

function* collect(type: string): Generator<string> {
	const table = getClassTable();
	yield* Object.hasOwn(table.resources, type) ? (table.resources[type] as readonly string[]) : ["other"];
	if (type === "Observation" || type === "DiagnosticReport") {
		yield "other";
		for (const codes of [table.codes, table.categories]) for (const bySystem of Object.values(codes)) yield* Object.values(bySystem).flat();
	}
	for (const rules of [table.elements, table.referencesWithDisplay]) {
		for (const [holder, classes] of Object.entries(rules)) if (appliesTo(holder, type)) yield* classes;
	}
	if (type === "Claim") yield "medications";
	if (!table.productsBySystem.holders.some((holder) => holder.startsWith(`${type}.`))) return;
	yield "other";
	yield* Object.values(table.productsBySystem.systems).flat();
	for (const bySystem of Object.values(table.productsBySystem.codes)) yield* Object.values(bySystem).flat();
}

/** `*.reasonCode` stands for that element wherever a type has it, at any depth. */
function appliesTo(holder: string, type: string): boolean {
	if (!holder.startsWith("*.")) return holder.startsWith(`${type}.`);
	return hasElement(type, holder.slice(2));
}

function hasElement(type: string, name: string): boolean {
	const seen = new Set<object>();
	const open = [getFhirIndex().resources.get(type)];
	for (let spec = open.pop(); spec !== undefined; spec = open.pop()) {
		if (seen.has(spec)) continue;
		seen.add(spec);
		if (spec.elements.has(name)) return true;
		// Backbone elements go by the type's own name; datatypes hold no reasons.
		for (const { complex } of spec.elements.values()) if (complex?.name.startsWith(`${type}.`) === true) open.push(complex);
	}
	return false;
}
