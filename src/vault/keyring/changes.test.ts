import { expect, it } from "vitest";
import { createBench, newPseudonym, newSubject } from "../vault.fixtures.ts";

it("[VA127] the number of changes grows with a subject that is made, bound or destroyed, and with a hold that ends; and with nothing that is asked", async () => {
	const { keyring, clock } = await createBench({ auditRetentionMs: 1_000 });
	const [anna, bela] = [newSubject(), newSubject()];
	await keyring.createSubject(bela, newPseudonym());
	const acts: readonly (readonly [string, boolean, () => Promise<unknown>])[] = [
		["create", true, () => keyring.createSubject(anna, newPseudonym())],
		["bind", true, () => keyring.bind(anna, newPseudonym())],
		["status", false, () => keyring.status(anna)],
		["pseudonymOf", false, () => keyring.pseudonymOf(anna)],
		["lookupToken", false, async () => keyring.lookupToken("local-id", "p1")],
		["sealFor", false, () => keyring.sealFor(anna, ["laboratory"])],
		["sealAudit", false, () => keyring.sealAudit(anna)],
		["destroy a class", true, () => keyring.destroy(anna, ["laboratory"])],
		["destroy", true, () => keyring.destroy(anna, "all")],
		["rotate the root", false, () => keyring.rotateRoot()],
		[
			"end a hold",
			true,
			async () => {
				clock.now += 2_000;
				expect(await keyring.expireAuditKeys()).toBe(1);
			},
		],
	];
	for (const [name, grows, act] of acts) {
		const before = keyring.changes();
		await act();
		expect(keyring.changes() > before, name).toBe(grows);
	}
});

it("[VA127] a subject that is being made counts when it is begun and when it is there, so that no answer of between is kept", async () => {
	const { keyring } = await createBench();
	const subject = newSubject();
	const before = keyring.changes();
	const made = keyring.createSubject(subject, newPseudonym());
	const between = keyring.changes();
	expect([between > before, await keyring.status(subject)]).toEqual([true, "unknown"]);
	await made;
	expect([keyring.changes() > between, await keyring.status(subject)]).toEqual([true, "live"]);
});
