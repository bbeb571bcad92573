import type { Adjustment } from "./adjustForMedicines.ts";

const strengthWords = { strong: "a strong", moderate: "a moderate", weak: "a weak" } as const;

/** `CYP2D6: adjusted by paroxetine (a strong inhibitor): Normal Metabolizer by genes alone, here Poor Metabolizer.` */
export function sayAdjustment({ gene, by, kind, strength, before, after, outcome }: Adjustment): string {
	const who = `${by.join(", ")} (${strengthWords[strength]} ${kind} of ${gene})`;
	const alone = before.length === 0 ? "no result by genes alone" : `${before.join(" or ")} by genes alone`;
	switch (outcome) {
		case "adjusted":
			return `${gene}: adjusted by ${who}: ${alone}, here ${after.join(" or ")}.`;
		case "undetermined":
			return `${gene}: with ${who} less than ${alone}, and by how much cannot be told: unknown, not normal.`;
		case "named":
			return `${gene}: not adjusted for ${who}, which may ${kind === "inhibitor" ? "lower" : "raise"} its activity: ${alone}.`;
	}
}
