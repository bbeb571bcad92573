import { expect, it } from "vitest";
import type { Pseudonym, SubjectId } from "#base";
import { derivedHolders, type Erased, purgeDerived } from "./derived.ts";
import type { GateContext } from "./release.ts";

/** Tells of every call on it: `records.forget(subject)`. */
function listening(told: string[], path: readonly string[] = []): object {
	return new Proxy(() => undefined, {
		get: (_, name) => (name === "then" ? undefined : listening(told, [...path, String(name)])),
		apply: (_, __, values: readonly unknown[]) => void told.push(`${path.join(".")}(${values.map(String)})`),
	});
}
async function purged(what: Erased["what"]): Promise<readonly string[]> {
	const told: string[] = [];
	await purgeDerived(listening(told) as GateContext, { subject: "subject" as SubjectId, pseudonym: "pseudonym" as Pseudonym, what });
	return told;
}

it("[GA11] an erasure lets go of each thing in turn, what answers from memory first and the bytes last", async () => {
	expect(await purged("all")).toEqual([
		...["terms.forget(pseudonym)", "deciders.forget(pseudonym)", "patients.forget()", "records.forget(subject)", "versions.forget(subject)"],
		...["subscriptions.forget(subject)", "exports.forget(subject)", "objects.end(subject,all)", "parts.memory.forgetInsights(pseudonym,all)"],
		...["relabelling.forget(subject)", "parts.memory.forgetCrowd(pseudonym)", "parts.store.purge(subject,all)", "objects.end(subject,all)"],
		"parts.objects.purge(subject,all)",
	]);
});

it("[GA13] a partial one leaves what is of the whole patient: subscriptions, exports, labels to come, budget", async () => {
	expect(await purged(["notes", "vitals"])).toEqual([
		...["terms.forget(pseudonym)", "deciders.forget(pseudonym)", "patients.forget()", "records.forget(subject)", "versions.forget(subject)"],
		...["objects.end(subject,notes,vitals)", "parts.memory.forgetInsights(pseudonym,notes,vitals)", "parts.store.purge(subject,notes,vitals)"],
		...["objects.end(subject,notes,vitals)", "parts.objects.purge(subject,notes,vitals)"],
	]);
});

it("[GA11] whatever stands in the registry is purged, goes with the keys or stays for a reason, one of the three", () => {
	for (const holder of derivedHolders) {
		expect(holder.places.length, holder.holds).toBeGreaterThan(0);
		expect(
			["purge", "goesWith", "stays"].filter((each) => each in holder),
			holder.holds,
		).toHaveLength(1);
		if ("goesWith" in holder) expect(holder.goesWith).toBe("keys");
	}
	expect(new Set(derivedHolders.flatMap(({ places }) => places)).size).toBe(derivedHolders.flatMap(({ places }) => places).length);
});
