import { parseCivilDay } from "#base";
import { type ConsentTerms, dataClasses, endOfDayMs, levels, type Provision, purposes, sensitivityLabels } from "#contracts";
import { keepTerms } from "#node";
import { buildGrant, describeTerms } from "#wallet";
import type { Io } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type DemoDesk, type DemoPatient, nameOf, openDemoDesk, patientOf, signFor, submitOne } from "../demoDesk.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, oneOf, readWords, required, splitList } from "../options.ts";
import { parseGrantees } from "./parseGrantees.ts";

const options = {
	...dataOption,
	...jsonOption,
	person: { type: "string" },
	member: { type: "string" },
	as: { type: "string" },
	to: { type: "string" },
	classes: { type: "string" },
	purpose: { type: "string" },
	level: { type: "string", default: "identified" },
	until: { type: "string" },
	labels: { type: "string" },
	conditions: { type: "string" },
	diseases: { type: "string" },
	models: { type: "string" },
	title: { type: "string" },
	language: { type: "string", default: "en" },
	yes: { type: "boolean", default: false },
} as const;

type Words = ReturnType<typeof readWords<typeof options>>["values"];

/** What a wallet does: shows in plain words what would be signed, hands the terms to the custodian, then signs their commitment onto the ledger. */
export async function grantConsent(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const personKey = required(values.person, "--person KEY");
	const member = required(values.member, "--member ID, the institution that holds the record");
	const validUntil = parseCivilDay(required(values.until, "--until YYYY-MM-DD"));
	const desk = openDemoDesk(folder);
	const patient = patientOf(desk, personKey, { ...values, member });
	const provision: Provision = { ...provisionOf(values, desk), endMs: endOfDayMs(validUntil) };
	const { custodian, key, signer } = patient;
	const choice = { pseudonym: key.publicKey, custodian, title: values.title ?? "Given on the command line.", provision, validUntil };
	// Built once to be read, and once more when it is signed, since a transaction is void after some minutes.
	const { opened: shown } = buildGrant(signer, choice, desk.context());
	await askToSign(shown.terms, { patient, desk, words: values, io });
	return withNode({ folder, io }, async (node) => {
		const { opened, transaction } = buildGrant(signer, choice, desk.context());
		keepTerms(folder, opened);
		const body = { kind: "deposit-terms", opened } as const;
		await node.post(`/members/${custodian}/api/terms`, signFor(desk, signer, { audience: custodian, body }));
		const result = await submitOne(node, custodian, transaction);
		const { consentId } = opened.terms;
		if (values.json) io.out(JSON.stringify({ consentId, transaction: result.id, height: result.height }));
		else io.out(`✓ granted: consent ${consentId}, in block ${result.height}`);
		return 0;
	});
}

function provisionOf(words: Words, desk: DemoDesk): Provision {
	const { classes, labels, conditions, diseases, models } = words;
	return {
		type: "permit",
		actions: ["read"],
		grantees: parseGrantees(required(words.to, "--to WHO"), desk),
		purposes: listOf(required(words.purpose, "--purpose LIST"), purposes, "--purpose"),
		classes: classes === undefined ? dataClasses.filter((name) => name !== "other") : listOf(classes, dataClasses, "--classes"),
		level: oneOf(words.level, levels, "--level"),
		...(labels === undefined ? {} : { labels: listOf(labels, sensitivityLabels, "--labels") }),
		...(conditions === undefined ? {} : { conditions: splitList(conditions) }),
		...(diseases === undefined ? {} : { diseases: splitList(diseases) }),
		...(models === undefined ? {} : { models: splitList(models) }),
	};
}

interface AskParameters {
	readonly patient: DemoPatient;
	readonly desk: DemoDesk;
	readonly words: Words;
	readonly io: Io;
}

async function askToSign(terms: ConsentTerms, { patient, desk, words, io }: AskParameters): Promise<void> {
	const { person, custodian, signedBy } = patient;
	const language = oneOf(words.language, ["en", "de"], "--language");
	const by = signedBy === person.key ? "" : `, signed by ${nameOf(desk.cast.person(signedBy))}`;
	io.note(`${nameOf(person)} at ${desk.memberName(custodian)} would sign${by}:`);
	for (const sentence of describeTerms(terms, language, { memberName: desk.memberName })) io.note(`  · ${sentence}`);
	if (!words.yes) await confirm(io, "Sign this? [y/N] ");
}
