import type { PatientReference } from "#gate";
import { type DemoDesk, type DemoPatient, patientOf } from "./demoDesk.ts";
import type { NodeClient } from "./nodeClient.ts";
import { fetchConsents } from "./remoteState.ts";

/** The institution named, or where the one who asks works if it holds a record, or the person's main one. */
export function custodianFor(desk: DemoDesk, personKey: string, staffMember: string, member: string | undefined): DemoPatient {
	if (member !== undefined) return patientOf(desk, personKey, { member });
	const holds = desk.cast.person(personKey).records.some(({ institution }) => institution === staffMember);
	return patientOf(desk, personKey, holds ? { member: staffMember } : {});
}

/** Own staff know the local id. Others got a consent id from the patient's wallet; with none, they can only name a pseudonym. */
export async function referTo(
	node: NodeClient,
	desk: DemoDesk,
	{ custodian, key, localId }: DemoPatient,
	staffMember: string,
): Promise<PatientReference> {
	if (staffMember === custodian) return { by: "local", localId };
	const { consents } = await fetchConsents(node, desk.trust, { pseudonym: key.publicKey, member: custodian });
	const consent = consents.find(({ status }) => status === "active");
	return consent === undefined ? { by: "pseudonym", pseudonym: key.publicKey } : { by: "consent", consentId: consent.consentId };
}
