import { z } from "zod";
import type { CivilDay, Digest, PublicKey } from "#base";
import { type Context, type Contract, ContractRefusal, defineAction } from "../contract.ts";
import { endOfDayMs } from "../day.ts";
import { codeField, dayField, digestField, publicKeyField, randomIdField, requireDay, requireKey } from "../fields.ts";
import { toState } from "../membership/member.ts";
import { requireSigningMember, stateOf } from "../signingMember.ts";
import { type CredentialKind, credentialKinds } from "../vocabulary.ts";
import { type Credential, isCurrent, noCommitment } from "./credential.ts";
import { issuerRules } from "./issuers.ts";

export interface IssueBody {
	/** 16 random bytes, hex. */
	readonly credentialId: string;
	readonly subject: PublicKey;
	readonly kind: CredentialKind;
	readonly validUntil: CivilDay;
	readonly department?: string;
	readonly study?: string;
	/** {@link commitRelationship}, for `relationship` and `guardianship` alone. */
	readonly commitment?: Digest;
	/** Credential id of the ethics approval, for a researcher with a study alone. */
	readonly approval?: string;
}
export interface RevokeCredentialBody {
	readonly credentialId: string;
}

/** Credentials one key may hold at a time; expired and revoked ones make room. */
export const credentialsPerKeyMax = 64;

const refuse = (code: string, message: string): never => {
	throw new ContractRefusal("credentials", code, message);
};

const issueSchema: z.ZodType<IssueBody> = z.strictObject({
	credentialId: randomIdField,
	subject: publicKeyField,
	kind: z.enum(credentialKinds),
	validUntil: dayField,
	department: codeField.optional(),
	study: codeField.optional(),
	commitment: digestField.optional(),
	approval: randomIdField.optional(),
});

const issue = defineAction<IssueBody>(issueSchema, (context, body) => {
	const issuer = requireSigningMember(context, "credentials");
	const rule = issuerRules[body.kind];
	if (!issuer.roles.some((role) => (rule.roles as readonly string[]).includes(role))) {
		refuse("CREDENTIALS_ROLE_MISSING", "expected an issuer whose role may issue this kind");
	}
	if (context.get(`d/${body.credentialId}`) !== undefined) refuse("CREDENTIALS_ID_TAKEN", "expected a credential id that was never used");
	requireDay("credentials", "CREDENTIALS_DAY_INVALID", body.validUntil, context.time);
	assertSubject(context, body.subject);
	assertCommitment(body);
	assertStudy(context, body, issuer.id);
	const { credentialId, subject, kind, validUntil } = body;
	const credential: Credential = {
		credentialId,
		chain: context.chain,
		issuer: issuer.id,
		subject,
		kind,
		validUntil,
		department: body.department ?? "",
		study: body.study ?? "",
		commitment: body.commitment ?? noCommitment,
		approval: body.approval ?? "",
		status: "active",
	};
	index(context, credential);
	context.put(`d/${credentialId}`, toState(credential));
	context.emit({ type: "credentials.issued", data: { credentialId, subject, kind, issuer: issuer.id } });
});

const revoke = defineAction<RevokeCredentialBody>(z.strictObject({ credentialId: randomIdField }), (context, body) => {
	const credential = context.get(`d/${body.credentialId}`) as unknown as Credential | undefined;
	if (credential === undefined) return refuse("CREDENTIALS_UNKNOWN", "expected the id of a credential");
	if (context.signer !== credential.subject && requireSigningMember(context, "credentials").id !== credential.issuer) {
		return refuse("CREDENTIALS_NOT_ISSUER", "expected the issuer or the holder to sign");
	}
	if (credential.status === "revoked") return refuse("CREDENTIALS_REVOKED", "expected a credential that is not revoked yet");
	context.put(`d/${body.credentialId}`, toState({ ...credential, status: "revoked" }));
	context.emit({ type: "credentials.revoked", data: { credentialId: body.credentialId } });
});

/** A patient's key that also held a credential would link the person's pseudonyms to each other. */
function assertSubject(context: Context, subject: PublicKey): void {
	requireKey("credentials", "CREDENTIALS_KEY_INVALID", subject);
	if (context.read("consent", `e/${subject}`) !== undefined || context.read("consent", `k/${subject}`) !== undefined) {
		refuse("CREDENTIALS_KEY_NOT_SEPARATE", "expected a key that signs for no patient");
	}
}

function assertCommitment(body: IssueBody): void {
	const needed = issuerRules[body.kind].countersignedBy === "patient";
	if (needed !== (body.commitment !== undefined) || body.commitment === noCommitment) {
		refuse("CREDENTIALS_COMMITMENT_MISPLACED", "expected a commitment to the patient for relationships and guardianships, and for nothing else");
	}
}

/** Four eyes: who vouches for the researcher is not who approved the study. */
function assertStudy(context: Context, body: IssueBody, issuer: string): void {
	const needsApproval = body.kind === "researcher" && body.study !== undefined;
	if (body.kind === "ethics-approval" && body.study === undefined)
		refuse("CREDENTIALS_STUDY_MISSING", "expected an ethics approval to name its study");
	if (needsApproval !== (body.approval !== undefined)) {
		refuse("CREDENTIALS_APPROVAL_MISPLACED", "expected an ethics approval for a researcher with a study, and for nothing else");
	}
	if (body.approval === undefined) return;
	const approval = context.get(`d/${body.approval}`) as unknown as Credential | undefined;
	if (approval?.kind !== "ethics-approval" || approval.study !== body.study || !isCurrent(stateOf(context, "credentials"), approval, context.time)) {
		refuse("CREDENTIALS_APPROVAL_INVALID", "expected a current ethics approval that names the same study");
	}
	if (approval?.issuer === issuer) refuse("CREDENTIALS_APPROVAL_OWN", "expected an ethics approval by another member than the issuer");
}

/** Only what can never be current again makes room: a suspended issuer may come back. */
function index(context: Context, credential: Credential): void {
	const key = `s/${credential.subject}`;
	const ids = (context.get(key) ?? []) as readonly string[];
	const kept = ids.filter((id) => {
		const other = context.get(`d/${id}`) as unknown as Credential;
		return other.status === "active" && context.time < endOfDayMs(other.validUntil);
	});
	if (kept.length >= credentialsPerKeyMax) refuse("CREDENTIALS_TOO_MANY", `expected at most ${credentialsPerKeyMax} current credentials of one key`);
	context.put(key, [...kept, credential.credentialId]);
}

/** Statements of members about the holders of keys. Rules: SPEC.md. */
export const credentials: Contract = { name: "credentials", actions: { issue, revoke } };
