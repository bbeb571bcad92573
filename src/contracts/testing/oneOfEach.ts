import { type Digest, encodeHex, encodeUtf8, type MemberId, sha256Hex } from "#base";
import { MerkleTree } from "#log";
import { guardianMessage } from "../consent/messages.ts";
import type { ContractName } from "../contract.ts";
import { memberKeyMessage } from "../membership/membership.ts";
import { chain, day, idOf, keyOf, noon } from "./memoryLedger.ts";
import { consentIdOf, delegateOf, enrolBody, grantBody, pseudonymOf, rotateBody } from "./people.ts";

/** An action that is accepted when those before it in the list were, at `afterMs` past noon. */
export interface Step {
	readonly contract: ContractName;
	readonly action: string;
	readonly by: string;
	readonly body: object;
	readonly afterMs?: number;
}

export const digestOf = (name: string): Digest => sha256Hex(encodeUtf8(name)) as Digest;
const anna = pseudonymOf("anna");
const annaNow = pseudonymOf("anna-2");
const father = delegateOf("father", "guardian", "2026-06-30");
const tree = new MerkleTree();
tree.append(encodeUtf8("entry"));
const elk = keyOf("elk");
const doctor = keyOf("doctor").publicKey;

/** Every action of every contract, with every optional field given somewhere. */
export const oneOfEach: readonly Step[] = [
	...consentSteps(),
	{ contract: "access", action: "registerLog", by: "charite", body: { log: "log-1", writer: keyOf("writer").publicKey } },
	{ contract: "access", action: "registerLog", by: "charite", body: { log: "log-2", writer: keyOf("writer").publicKey } },
	{
		contract: "access",
		action: "anchor",
		by: "charite",
		body: {
			logs: [{ log: "log-1", size: 1, root: encodeHex(tree.root(1)), mapRoot: digestOf("map"), proof: [] }],
			...{ vaultRoot: digestOf("vault"), time: noon + 5, urgent: true },
		},
	},
	{ contract: "access", action: "closeLog", by: "charite", body: { log: "log-1", successor: "log-2", sizeLost: 3 } },
	credential("approval", { kind: "ethics-approval", study: "trial-1", subject: keyOf("pi").publicKey }, "ethics"),
	credential("researcher", { kind: "researcher", study: "trial-1", approval: idOf("approval") }, "institute"),
	credential("relationship", { kind: "relationship", commitment: digestOf("opening"), department: "oncology" }),
	{ contract: "credentials", action: "revoke", by: "doctor", body: { credentialId: idOf("relationship") } },
	{
		contract: "models",
		action: "publish",
		by: "institute",
		body: { modelId: "prevent", version: "1.0.0", cardHash: digestOf("card"), knowledgeHash: digestOf("tables") },
	},
	{ contract: "models", action: "retire", by: "institute", body: { modelId: "prevent", version: "1.0.0" }, afterMs: 9 },
	{ contract: "membership", action: "setPolicy", by: "ethics", body: { implicitPolicy: "break-glass-only" } },
	...voted("elk", {
		kind: "add",
		...{ id: "elk", name: "Elk", key: elk.publicKey, roles: ["pharmacy", "laboratory"], implicitPolicy: "all-data-for-treatment", quota: 60 },
		keySignature: elk.sign(memberKeyMessage({ chain, id: "elk" as MemberId, key: elk.publicKey })),
	}),
];

function consentSteps(): readonly Step[] {
	const say = (action: string, by: string, body: object, afterMs = 0): Step => ({ contract: "consent", action, by, body, afterMs });
	const { pseudonym: _, ...changed } = grantBody("anna", "one", { validUntil: "2027-05-31" as never });
	const sevenDays = 7 * day;
	return [
		say("enrol", "anna", enrolBody("anna", [delegateOf("son"), delegateOf("mother", "guardian", "2026-01-02")])),
		say("grant", "anna", grantBody("anna", "one")),
		say("grant", "son", grantBody("anna", "two")),
		say("grantCustodial", "charite", grantBody("anna", "paper")),
		say("grant", "anna", grantBody("anna", "three")),
		say("change", "anna", { ...changed, version: 1 }),
		say("revoke", "son", { consentId: consentIdOf("two") }),
		say("revokeOnRequest", "charite", { consentId: consentIdOf("three") }),
		say("revokeOnRequest", "charite", { consentId: consentIdOf("paper") }),
		say("delegate", "mother", {
			...{ pseudonym: anna, delegate: father },
			custodianSignature: keyOf("charite").sign(guardianMessage({ chain, pseudonym: anna, guardian: father })),
		}),
		say("delegate", "anna", { pseudonym: anna, delegate: delegateOf("friend") }),
		say("undelegate", "anna", { pseudonym: anna, key: delegateOf("friend").key }),
		say("delegate", "anna", { pseudonym: anna, delegate: delegateOf("niece") }),
		say("legalUse", "charite", { pseudonym: anna, useId: idOf("use"), basis: "court-order", useCommitment: digestOf("use") }, 3),
		say("announceRotation", "charite", rotateBody("anna", "anna-1")),
		say("cancelRotation", "son", { pseudonym: anna }),
		say("announceRotation", "charite", rotateBody("anna", "anna-2")),
		say("completeRotation", "charite", { pseudonym: anna }, sevenDays),
		say("rotate", "son", rotateBody("anna-2", "anna-3"), sevenDays),
		say("announceRotation", "charite", rotateBody("anna-3", "anna-4"), sevenDays),
		say(
			"destroyed",
			"charite",
			{ pseudonym: pseudonymOf("anna-3"), unreadableSinceMs: noon, unreadableInBackupsFromMs: noon + day, auditKeyHeldUntilMs: noon + 2 * day },
			sevenDays + 1,
		),
		say("enrol", "bert", enrolBody("bert", [delegateOf("wife")]), sevenDays),
		say("grant", "bert", grantBody("bert", "bert's"), sevenDays),
		say("announceRotation", "charite", rotateBody("bert", "bert-2"), sevenDays),
	];
}

export const pseudonymsOfHistory = { anna, annaNow, last: pseudonymOf("anna-3") };

function credential(name: string, more: object, by = "charite"): Step {
	const body = { credentialId: idOf(name), subject: doctor, validUntil: "2026-01-31", ...more };
	return { contract: "credentials", action: "issue", by, body };
}

function voted(name: string, proposal: object): readonly Step[] {
	const [proposalId, contract] = [idOf(name), "membership" as const];
	return [
		{ contract, action: "propose", by: "institute", body: { proposalId, proposal } },
		{ contract, action: "vote", by: "ethics", body: { proposalId, approve: true } },
		{ contract, action: "vote", by: "charite", body: { proposalId, approve: true } },
	];
}
