import type { ConsentId } from "#base";
import type { FhirConsent } from "#contracts";
import type { Io } from "../command.ts";
import { openDemoDesk, patientsOf, signFor } from "../demoDesk.ts";
import { writePrivateFile } from "../files.ts";
import type { NodeClient } from "../nodeClient.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, readWords, required } from "../options.ts";
import { fetchConsents } from "../remoteState.ts";
import { noSuchConsent } from "./showConsent.ts";

/** One consent as FHIR R4, from the institution that holds its terms; to a file, or to standard output. */
export async function exportConsent(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		person: { type: "string" },
		as: { type: "string" },
		consent: { type: "string" },
		out: { type: "string" },
	} as const;
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const desk = openDemoDesk(folder);
	const consentId = required(values.consent, "--consent ID") as ConsentId;
	const patients = patientsOf(desk, required(values.person, "--person KEY"), values);
	const holderOf = async (node: NodeClient) => {
		for (const patient of patients) {
			const { consents } = await fetchConsents(node, desk.trust, { pseudonym: patient.key.publicKey, member: patient.custodian });
			if (consents.some((consent) => consent.consentId === consentId)) return patient;
		}
		throw noSuchConsent();
	};
	return withNode({ folder, io }, async (node) => {
		const { custodian, key, signer } = await holderOf(node);
		const body = { kind: "export-consent", patient: { by: "pseudonym", pseudonym: key.publicKey }, consentId } as const;
		const resource = await node.post<FhirConsent>(`/members/${custodian}/api/consents/export`, signFor(desk, signer, { audience: custodian, body }));
		const text = JSON.stringify(resource, null, "\t");
		if (values.out === undefined) io.out(text);
		else {
			writePrivateFile(values.out, `${text}\n`);
			io.out(`consent  ${values.out}`);
		}
		return 0;
	});
}
