import { expect, it } from "vitest";
import type { ConsentId, Pseudonym } from "#base";
import type { GateParts } from "./parts.ts";
import { resolvePatient } from "./patients.ts";

const member = "clinic-a";
const here = "a".repeat(32) as ConsentId;

/** A ledger with one member, one consent and one legal use, whose reads are written down: found in memory, or looked for on disk. */
function openParts() {
	const steps: string[] = [];
	const held: Readonly<Record<string, object>> = {
		[`c/${here}`]: { pseudonym: "anna" },
		[`u/${here}`]: { pseudonym: "anna" },
	};
	const step = <T>(name: string, value: T): T => {
		steps.push(name);
		return value;
	};
	const isHeld = (contract: string, key: string) => (contract === "membership" ? key.includes(member) : key in held);
	const parts = {
		member,
		nobody: "nobody",
		ledger: {
			get: (contract: string, key: string) =>
				step(isHeld(contract, key) ? "found" : "not found", isHeld(contract, key) ? (held[key] ?? {}) : undefined),
		},
		keyring: {
			subjectOf: async (pseudonym: Pseudonym) => step("subject", pseudonym === "anna" ? "anna's" : undefined),
			status: async (subject: string) => step("status", subject === "anna's" ? "live" : "unknown"),
			pseudonymOf: async (subject: string) => step("pseudonym", subject === "anna's" ? "anna" : undefined),
			destroyedOf: async () => step("destroyed", []),
		},
	} as unknown as GateParts;
	return { parts, steps };
}

it.each([
	["consent", (id: ConsentId) => ({ by: "consent", consentId: id }) as const],
	["lawful use", (id: ConsentId) => ({ by: "lawful-use", useId: id }) as const],
])("[GA6] a %s that is there and one that is not are looked up by the same steps: the ledger finds one thing and misses one", async (_, by) => {
	const stepsOf = async (id: ConsentId) => {
		const { parts, steps } = openParts();
		const { absent } = await resolvePatient(parts, by(id));
		return { absent, steps: steps.toSorted() };
	};
	const steps = ["destroyed", "found", "not found", "pseudonym", "status", "subject"];
	expect(await stepsOf(here)).toEqual({ absent: false, steps });
	expect(await stepsOf("b".repeat(32) as ConsentId)).toEqual({ absent: true, steps });
});
