import type { ConsentTerms } from "#contracts";
import { keepTerms } from "#node";
import { buildGrant, type ConsentChoice, describeTerms } from "#wallet";
import type { Io } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type DemoDesk, type DemoPatient, nameOf, signFor, submitOne } from "../demoDesk.ts";
import type { NodeClient } from "../nodeClient.ts";
import { oneOf } from "../options.ts";

interface Signing {
	readonly node: NodeClient;
	readonly desk: DemoDesk;
	readonly patient: DemoPatient;
	readonly io: Io;
}

interface SignWords {
	readonly language: string;
	readonly yes: boolean;
	readonly json: boolean;
}

/** What a wallet does: shows in plain words what would be signed, hands the terms to the custodian, then signs their commitment onto the ledger. */
export async function signConsent({ node, desk, patient, io }: Signing, choice: ConsentChoice, words: SignWords): Promise<number> {
	const { custodian, key, signer } = patient;
	const grant = { pseudonym: key.publicKey, custodian, ...choice };
	// Built once to be read, and once more when it is signed, since a transaction is void after some minutes.
	await askToSign({ desk, patient, io }, buildGrant(signer, grant, desk.context()).opened.terms, words);
	const { opened, transaction } = buildGrant(signer, grant, desk.context());
	keepTerms(desk.folder, opened);
	const body = { kind: "deposit-terms", opened } as const;
	await node.post(`/members/${custodian}/api/terms`, signFor(desk, signer, { audience: custodian, body }));
	const result = await submitOne(node, custodian, transaction);
	const { consentId } = opened.terms;
	if (words.json) io.out(JSON.stringify({ consentId, transaction: result.id, height: result.height }));
	else io.out(`✓ granted: consent ${consentId}, in block ${result.height}`);
	return 0;
}

async function askToSign({ desk, patient, io }: Omit<Signing, "node">, terms: ConsentTerms, words: SignWords): Promise<void> {
	const { person, custodian, signedBy } = patient;
	const language = oneOf(words.language, ["en", "de"], "--language");
	const by = signedBy === person.key ? "" : `, signed by ${nameOf(desk.cast.person(signedBy))}`;
	io.note(`${nameOf(person)} at ${desk.memberName(custodian)} would sign${by}:`);
	for (const sentence of describeTerms(terms, language, { memberName: desk.memberName })) io.note(`  · ${sentence}`);
	if (!words.yes) await confirm(io, "Sign this? [y/N] ");
}
