import type { ReleaseIds } from "./context.ts";

/**
 * Ordinals in the order first asked for: `p1` for patients, `r1` for everything else. They derive from nothing about a person (45 CFR
 * 164.514(c)(1)). One set serves one release and is then forgotten; whoever releases shuffles patients and records first, since order is information.
 */
export function createReleaseIds(): ReleaseIds {
	const known = new Map<string, string>();
	let patients = 0;
	let others = 0;
	return {
		idFor(resourceType, id) {
			const key = `${resourceType}/${id}`;
			const before = known.get(key);
			if (before !== undefined) return before;
			const ordinal = resourceType === "Patient" ? `p${++patients}` : `r${++others}`;
			known.set(key, ordinal);
			return ordinal;
		},
	};
}
