import { parseConsentId } from "#base";
import { readKeptTerms } from "#node";
import { buildRevoke } from "#wallet";
import type { Io } from "../command.ts";
import { type DemoPatient, openDemoDesk, patientsOf, submitOne } from "../demoDesk.ts";
import type { NodeClient } from "../nodeClient.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, readWords, required } from "../options.ts";
import { fetchConsents } from "../remoteState.ts";
import { noSuchConsent } from "./showConsent.ts";

/** Final for the consent, whatever its version; in force with the block that carries it. */
export async function revokeConsent(args: readonly string[], io: Io): Promise<number> {
	const options = { ...dataOption, ...jsonOption, person: { type: "string" }, consent: { type: "string" }, as: { type: "string" } } as const;
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const consentId = parseConsentId(required(values.consent, "--consent ID"));
	const desk = openDemoDesk(folder);
	const patients = patientsOf(desk, required(values.person, "--person KEY"), values.as === undefined ? {} : { as: values.as });
	const holder = async (node: NodeClient): Promise<DemoPatient> => {
		for (const patient of patients) {
			const { publicKey } = patient.key;
			if (readKeptTerms(folder, publicKey).some(({ terms }) => terms.consentId === consentId)) return patient;
			const { consents } = await fetchConsents(node, desk.trust, { pseudonym: publicKey, member: patient.custodian });
			if (consents.some((consent) => consent.consentId === consentId)) return patient;
		}
		throw noSuchConsent();
	};
	return withNode({ folder, io }, async (node) => {
		const { custodian, signer } = await holder(node);
		const { id, height } = await submitOne(node, custodian, buildRevoke(signer, { consentId }, desk.context()));
		if (values.json) io.out(JSON.stringify({ consentId, transaction: id, height }));
		else {
			io.out(`✓ revoked with block ${height}: nothing more is released under consent ${consentId}`);
			io.out("  What was released before stays where it went; the history shows to whom.");
		}
		return 0;
	});
}
