import { expect, it } from "vitest";
import type { SubjectId } from "#base";
import { VaultError } from "#vault";
import type { GateParts } from "./parts.ts";
import { assertLabelled, Relabelling, relabellingError } from "./relabelling.ts";

const ada = "a".repeat(32) as SubjectId;

/** One patient whose records lack the mark, and a fault that meets whoever labels them. */
async function openWith(fault: Error, statusAfter: string) {
	let status = "live";
	const parts = {
		store: {
			async *listSubjects() {
				yield ada;
				yield "b".repeat(32);
			},
			labelledToken: async (subject: SubjectId) => (subject === ada ? "old" : "now"),
		},
		keyring: {
			status: async () => status,
			lookupToken: async () => "now",
			pseudonymOf: async () => {
				status = statusAfter;
				throw fault;
			},
		},
	} as unknown as GateParts;
	const relabelling = new Relabelling(parts);
	await relabelling.survey();
	return relabelling;
}

it("[GA70] who was erased meanwhile needs no labels; any other fault is told, and the patient still waits", async () => {
	const steps: object[] = [];
	const gone = await openWith(new VaultError("VAULT_ERASED", "gone"), "destroyed");
	expect(gone.isPending).toBe(true);
	await gone.run((progress) => steps.push(progress));
	expect([gone.isPending, steps]).toEqual([false, [{ done: 1, total: 1 }]]);
	for (const [fault, status] of [
		[new VaultError("VAULT_ERASED", "only a class"), "live"],
		[new VaultError("VAULT_INTEGRITY", "damage"), "destroyed"],
		[new Error("other"), "destroyed"],
	] as const) {
		const waiting = await openWith(fault, status);
		await expect(waiting.run()).rejects.toBe(fault);
		expect(waiting.isPending).toBe(true);
		await expect(waiting.hurry({ subject: ada, pseudonym: "p" as never, absent: false, erased: new Set<never>() })).rejects.toBe(fault);
		waiting.forget(ada);
		expect(waiting.isPending).toBe(false);
	}
});

it("[GA72] a stop ends it before the next patient, and an emergency does not begin another", async () => {
	const stopped = await openWith(new Error("never met"), "live");
	await stopped.stop();
	await stopped.run(() => expect.unreachable());
	await stopped.hurry({ subject: ada, pseudonym: "p" as never, absent: false, erased: new Set<never>() });
	expect(stopped.isPending).toBe(true);
});

it("[GA70] whoever asks meanwhile is asked to try again", async () => {
	expect(relabellingError()).toMatchObject({ code: "GATE_RELABELLING", kind: "again", details: {} });
	const done = { parts: {} as GateParts, relabelling: { isPending: false } as Relabelling };
	await assertLabelled(done, {} as never, 0 as never, { action: "read", purpose: "TREAT" });
});
