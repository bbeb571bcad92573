import type { DataClass } from "#contracts";
import type { IdentifiedResource, RecordDescription } from "../resource.ts";
import { inspectResource } from "../validate/inspectResource.ts";
import { classOrder } from "./classify.ts";
import { describeWith } from "./describeRecord.ts";
import { labelsOf, maskOf, ownLabelMask } from "./label.ts";
import { conditionMaskOf, conditionsOf, ownConditionMask } from "./relevantConditions.ts";
import { type SpreadNode, silentTypes, spreadAlongReferences } from "./spreadAlongReferences.ts";

export interface HeldRecord {
	readonly resource: IdentifiedResource;
	/** As it was filed or labelled last. */
	readonly before: RecordDescription;
	/** Filed by the system (an insight): it keeps its classes and labels, and takes those of what it refers to besides. */
	readonly generated: boolean;
}

/** What is kept of one record while the patient's others are read: no word of its text. */
interface Surveyed extends SpreadNode {
	readonly name: string;
	readonly references: readonly string[];
	readonly targets: number[];
	readonly generated: boolean;
	readonly before: RecordDescription;
	readonly own: RecordDescription;
}

/**
 * Describes a patient's stored records anew under the present tables, together, because labels and conditions spread along references
 * (PROTOCOL §6: a new table version relabels before it serves). In the order given; records are read one at a time.
 *
 * A record that refers to something which is not among these keeps its labels and conditions besides: what it inherited from there cannot be
 * found again. So a label is lost only where the tables say so.
 */
export function describeAgain(records: Iterable<HeldRecord>): readonly RecordDescription[] {
	const surveyed = Array.from(records, survey);
	const byName = new Map(surveyed.map(({ name }, index) => [name, index]));
	for (const node of surveyed) {
		const found = node.references.map((reference) => byName.get(reference));
		for (const target of found) if (target !== undefined) node.targets.push(target);
		if (found.every((target) => target !== undefined)) continue;
		node.labels |= maskOf(node.before.labels);
		node.conditions |= conditionMaskOf(node.before.conditions);
	}
	spreadAlongReferences(surveyed);
	return surveyed.map((node) => ({
		...node.own,
		classes: node.generated ? withClassesOf(node, surveyed) : node.own.classes,
		labels: labelsOf(node.labels),
		conditions: conditionsOf(node.conditions),
	}));
}

function survey({ resource, before, generated }: HeldRecord): Surveyed {
	const facts = inspectResource(resource);
	const labels = generated ? maskOf(before.labels) : ownLabelMask(facts);
	const conditions = generated ? conditionMaskOf(before.conditions) : ownConditionMask(facts);
	const references = facts.references.map(({ value }) => value.reference).filter((reference) => typeof reference === "string");
	return {
		name: `${resource.resourceType}/${resource.id}`,
		type: resource.resourceType,
		references: references.filter(spreads),
		targets: [],
		labels,
		conditions,
		generated,
		before,
		own: generated ? before : describeWith(resource, facts, labels, conditions),
	};
}

/** False for what lies inside the resource itself, and for what passes nothing on. */
function spreads(reference: string): boolean {
	return !reference.startsWith("#") && !silentTypes.has(reference.split(/[/?]/)[0] as string);
}

/** Whoever reads a result needs every class that it was made of. */
function withClassesOf({ before, targets }: Surveyed, surveyed: readonly Surveyed[]): readonly DataClass[] {
	const classes = new Set([...before.classes, ...targets.flatMap((target) => (surveyed[target] as Surveyed).own.classes)]);
	return classOrder.filter((name) => classes.has(name));
}
