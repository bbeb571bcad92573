import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MemberId } from "#base";
import type { ReadBody } from "#gate";
import { type DemoRelationship, loadDemoCast, systemRandom } from "#node";
import { signRequest } from "#wallet";
import type { ServedPortal } from "./servePortal.ts";

/** A day at the clinic: the heart doctor reads what was granted, a doctor without a rule is refused, the emergency room breaks the glass. */
export async function playClinic({ network, folder }: ServedPortal): Promise<void> {
	const cast = loadDemoCast(network);
	const member = "harbor" as MemberId;
	const person = cast.person("james-okafor");
	const localId = person.records.find(({ institution }) => institution === member)?.localId ?? "";
	const known = JSON.parse(readFileSync(join(folder, "demo", "relationships.json"), "utf8")) as Record<string, DemoRelationship>;
	const read = (staff: string, body: Partial<ReadBody>) => {
		const asked: ReadBody = {
			...{ kind: "read", patient: { by: "local", localId }, purpose: "TREAT", classes: ["conditions", "laboratory"], level: "identified" },
			...body,
		};
		const where = { audience: member, via: member, nowMs: network.now(), nonce: systemRandom(16) };
		return network.institution(member).gate.release(signRequest(cast.staff(staff).signingKey, asked, where));
	};
	const relationship = known["dr-marsh/james-okafor"];
	if (relationship !== undefined) await read("dr-marsh", { relationship, classes: ["conditions", "medications", "laboratory", "vitals"] });
	await read("dr-night", { classes: ["allergies", "medications"] });
	await read("dr-night", { purpose: "ETREAT", classes: ["allergies", "medications"], emergencyReason: "unconscious in the ambulance" });
	await network.institution(member).gate.anchor();
	await network.ledger.cosigned(5_000);
}
