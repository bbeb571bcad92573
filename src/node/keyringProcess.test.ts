import { rmSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import type { SubjectId } from "#base";
import type { ProcessKeyring } from "#vault";
import { byLocal, byPseudonym, codeOf, openSmallNetwork, type SmallNetwork, smallMembers, toPractitioners } from "./testing/smallNetwork.ts";

/** A node of one hospital whose keyring runs in a process of its own. */
async function openNode(): Promise<SmallNetwork> {
	return openSmallNetwork({ members: smallMembers.slice(0, 1), keyring: "process" });
}

const pidOf = (small: SmallNetwork): number => (small.institution().keyring as ProcessKeyring).pid as number;

it("[VA63] a node reads, survives the death of its keyring, erases and starts again with the keyring in its own process", async () => {
	let small = await openNode();
	onTestFinished(async () => {
		await small.close();
		rmSync(small.folder, { recursive: true, force: true });
	});
	expect(pidOf(small)).not.toBe(process.pid);
	const doctor = await small.hire("practitioner");
	const [patient, other] = [
		await small.admit({ family: "Lund", given: "Ada", birthDate: "1944-04-04" }),
		await small.admit({ family: "Moen", given: "Eva", birthDate: "1945-05-05" }),
	];
	for (const each of [patient, other]) await small.grant(each, toPractitioners("north", ["conditions", "laboratory"]));
	const seen = async (who = patient) => (await small.read(doctor.key, byLocal(who.localId))).resources.length;
	expect(await seen()).toBe(2);

	process.kill(pidOf(small), "SIGKILL");
	// The call that meets the dead process says so, or the one after it has a new one already.
	const met = await codeOf(() => seen());
	expect(["no error", "VAULT_KEYRING_LOST"]).toContain(met);
	let back: number | undefined;
	while (back === undefined) back = await seen().catch((): undefined => undefined);
	expect(back).toBe(2);

	const { keyring } = small.institution();
	const subject = (await keyring.subjectOf(patient.pseudonym)) as SubjectId;
	await small.institution().gate.erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" }));
	expect(await keyring.status(subject)).toBe("destroyed");
	expect(await seen(other)).toBe(2);

	small = await small.reopen();
	expect(await small.institution().keyring.status(subject)).toBe("destroyed");
	expect(await seen(other)).toBe(2);
	// The files are the same wherever the keyring runs.
	await small.close();
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1), folder: small.folder });
	expect(await seen(other)).toBe(2);
});
