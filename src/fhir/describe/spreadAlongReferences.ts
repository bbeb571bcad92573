/** A record as labels and conditions spread over it: marks are bits. */
export interface SpreadNode {
	readonly type: string;
	/** Nodes it refers to, by index. */
	readonly targets: readonly number[];
	labels: number;
	conditions: number;
}

/** Resource types that pass nothing on: everything refers to its patient, and an actor's nature is not the patient's condition. */
export const silentTypes: ReadonlySet<string> = new Set([
	"Patient",
	"Person",
	"RelatedPerson",
	"Practitioner",
	"PractitionerRole",
	"Organization",
	"OrganizationAffiliation",
	"Location",
	"HealthcareService",
	"Endpoint",
]);

/**
 * Adds to each node the labels and conditions of all it refers to, directly or through others, until nothing changes. Marks only grow, so
 * this ends whatever circles the references make.
 */
export function spreadAlongReferences(nodes: readonly SpreadNode[]): void {
	const referrers: number[][] = nodes.map(() => []);
	for (const [index, node] of nodes.entries()) for (const target of node.targets) referrers[target]?.push(index);
	const pending = nodes.flatMap((node, index) => ((node.labels | node.conditions) === 0 ? [] : [index]));
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		const { type, labels, conditions } = nodes[next] as SpreadNode;
		if (silentTypes.has(type)) continue;
		for (const index of referrers[next] as number[]) {
			const referrer = nodes[index] as SpreadNode;
			if ((labels & ~referrer.labels) === 0 && (conditions & ~referrer.conditions) === 0) continue;
			referrer.labels |= labels;
			referrer.conditions |= conditions;
			pending.push(index);
		}
	}
}
