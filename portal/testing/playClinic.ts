import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MemberId } from "#base";
import type { ReadBody } from "#gate";
import { type DemoRelationship, loadDemoCast, systemRandom } from "#node";
import { forwardRequest, signRequest } from "#wallet";
import type { ServedPortal } from "./servePortal.ts";

/** A researcher asks how many of the consenting people have a condition, in which this person takes part or not. */
export async function askForResearch({ network }: ServedPortal, person: string): Promise<void> {
	const cast = loadDemoCast(network);
	const member = (cast.person(person).records[0]?.institution ?? "") as MemberId;
	const { signingKey, member: via } = cast.staff("researcher-lindqvist");
	const body = {
		kind: "count",
		purpose: "HRESCH",
		class: "conditions",
		code: { system: "http://snomed.info/sct", code: "38341003" },
		epsilonMilli: 100,
	} as const;
	const request = signRequest(signingKey, body, { audience: member, via: via as MemberId, nowMs: network.now(), nonce: systemRandom(16) });
	await network.institution(member).gate.countPatients(forwardRequest(network.institution(via).memberKey, request));
}

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
