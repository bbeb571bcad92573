import { z } from "zod";
import type { Digest, MemberId, PublicKey, Signature } from "#base";
import { type Context, type Contract, ContractRefusal, defineAction, type StateReader } from "../contract.ts";
import { countField, digestField, memberIdField, nameField, publicKeyField, randomIdField, requireKey, signatureField } from "../fields.ts";
import { isSignedBy, signedMessage } from "../message.ts";
import { requireSigningMember } from "../signingMember.ts";
import { type ImplicitPolicy, implicitPolicies } from "../vocabulary.ts";
import { type Member, type MemberRole, memberKey, memberRoles, toState } from "./member.ts";
import { type PortalRelease, portalKey, portalReleaseKey } from "./portalRelease.ts";
import { upgradeKey } from "./upgrade.ts";
import { type Validator, validatorKeyMessage, validatorPowerMax, validatorsKey, validatorsMax } from "./validators.ts";

/** What members vote on. */
export type Proposal =
	| {
			readonly kind: "add";
			readonly id: MemberId;
			readonly name: string;
			readonly key: PublicKey;
			/** By `key` over {@link memberKeyMessage}: the newcomer holds it. */
			readonly keySignature: Signature;
			readonly roles: readonly MemberRole[];
			readonly implicitPolicy: ImplicitPolicy;
			readonly quota: number;
	  }
	| { readonly kind: "suspend" | "reinstate" | "remove"; readonly id: MemberId }
	| { readonly kind: "rotate-key"; readonly id: MemberId; readonly key: PublicKey; readonly keySignature: Signature }
	| { readonly kind: "quota"; readonly id: MemberId; readonly quota: number }
	/** The web application that members stand for from now on: the next version, by the hash of its manifest. */
	| { readonly kind: "portal-release"; readonly version: number; readonly hash: Digest }
	/** New rules from a height on: the next version, by the hash of its bundle. */
	| { readonly kind: "upgrade"; readonly rulesVersion: number; readonly rulesHash: Digest; readonly height: number }
	/** A key that takes part in the agreement on blocks, in place of the member's earlier one. */
	| {
			readonly kind: "validator";
			readonly id: MemberId;
			readonly key: PublicKey;
			/** By `key` over {@link validatorKeyMessage}. */
			readonly keySignature: Signature;
			readonly power: number;
	  }
	| { readonly kind: "validator-removal"; readonly id: MemberId };

export interface ProposeBody {
	/** 16 random bytes, hex. */
	readonly proposalId: string;
	readonly proposal: Proposal;
}
export interface VoteBody {
	readonly proposalId: string;
	readonly approve: boolean;
}
export interface SetPolicyBody {
	readonly implicitPolicy: ImplicitPolicy;
}

/** State key `v/<proposalId>`. */
export interface ProposalState {
	readonly proposal: Proposal;
	readonly openUntilMs: number;
	readonly status: "open" | "passed";
	/** Member ids in code-unit order. */
	readonly approvals: readonly MemberId[];
	readonly rejections: readonly MemberId[];
}

/** A proposal that has not passed by then is void. */
export const proposalLifetimeMs = 30 * 86_400_000;
const membersMax = 1_000;

/** What a new member key signs: that its holder takes this place on this chain. */
export function memberKeyMessage(fields: { readonly chain: string; readonly id: MemberId; readonly key: PublicKey }): Uint8Array {
	return signedMessage("aceso/member-key/1", { chain: fields.chain, id: fields.id, key: fields.key });
}

const rolesField = z.array(z.enum(memberRoles)).min(1).max(memberRoles.length);
const policyField = z.enum(implicitPolicies);

const proposalSchema: z.ZodType<Proposal> = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z.literal("add"),
		id: memberIdField,
		name: nameField,
		key: publicKeyField,
		keySignature: signatureField,
		roles: rolesField,
		implicitPolicy: policyField,
		quota: countField,
	}),
	z.strictObject({ kind: z.enum(["suspend", "reinstate", "remove"]), id: memberIdField }),
	z.strictObject({ kind: z.literal("rotate-key"), id: memberIdField, key: publicKeyField, keySignature: signatureField }),
	z.strictObject({ kind: z.literal("quota"), id: memberIdField, quota: countField }),
	z.strictObject({ kind: z.literal("portal-release"), version: countField, hash: digestField }),
	z.strictObject({
		kind: z.literal("validator"),
		id: memberIdField,
		key: publicKeyField,
		keySignature: signatureField,
		power: z.number().min(1).max(validatorPowerMax),
	}),
	z.strictObject({ kind: z.literal("validator-removal"), id: memberIdField }),
	z.strictObject({ kind: z.literal("upgrade"), rulesVersion: countField, rulesHash: digestField, height: countField }),
]);

const refuse = (code: string, message: string): never => {
	throw new ContractRefusal("membership", code, message);
};

const propose = defineAction<ProposeBody>(z.strictObject({ proposalId: randomIdField, proposal: proposalSchema }), (context, body) => {
	const member = requireSigningMember(context, "membership");
	if (context.get(`v/${body.proposalId}`) !== undefined) refuse("MEMBERSHIP_PROPOSAL_EXISTS", "expected a proposal id that was never used");
	assertPossible(context, body.proposal);
	const openUntilMs = context.time + proposalLifetimeMs;
	count(context, body.proposalId, { proposal: body.proposal, openUntilMs, status: "open", approvals: [member.id], rejections: [] });
});

const vote = defineAction<VoteBody>(z.strictObject({ proposalId: randomIdField, approve: z.boolean() }), (context, body) => {
	const member = requireSigningMember(context, "membership");
	const found = context.get(`v/${body.proposalId}`) as ProposalState | undefined;
	if (found === undefined) return refuse("MEMBERSHIP_PROPOSAL_UNKNOWN", "expected the id of a proposal");
	if (found.status !== "open" || context.time >= found.openUntilMs) {
		return refuse("MEMBERSHIP_PROPOSAL_CLOSED", "expected a proposal that is open, found one that passed or ran out");
	}
	const approvals = found.approvals.filter((id) => id !== member.id);
	const rejections = found.rejections.filter((id) => id !== member.id);
	(body.approve ? approvals : rejections).push(member.id);
	count(context, body.proposalId, { ...found, approvals: approvals.sort(), rejections: rejections.sort() });
});

const setPolicy = defineAction<SetPolicyBody>(z.strictObject({ implicitPolicy: policyField }), (context, body) => {
	const member = requireSigningMember(context, "membership");
	putMember(context, { ...member, implicitPolicy: body.implicitPolicy });
	context.emit({ type: "membership.policy", data: { member: member.id, implicitPolicy: body.implicitPolicy } });
});

/** More than two thirds of the members that are active now, counted anew at each vote; a suspended member's earlier vote does not count. */
function count(context: Context, proposalId: string, state: ProposalState): void {
	const active = activeMembers(context);
	const approvals = state.approvals.filter((id) => active.includes(id)).length;
	const passes = approvals * 3 > active.length * 2;
	if (passes) {
		assertPossible(context, state.proposal);
		carryOut(context, state.proposal);
	}
	context.put(`v/${proposalId}`, toState({ ...state, status: passes ? "passed" : "open" }));
	context.emit({ type: passes ? "membership.passed" : "membership.vote", data: { proposalId, kind: state.proposal.kind } });
}

/** Checked when proposed and again when carried out: what was possible then may not be now. */
function assertPossible(context: Context, proposal: Proposal): void {
	switch (proposal.kind) {
		case "add":
			if (context.get(memberKey(proposal.id)) !== undefined) refuse("MEMBERSHIP_ID_TAKEN", "expected a member id that was never used");
			if (readIndex(context).length >= membersMax) refuse("MEMBERSHIP_FULL", `expected at most ${membersMax} members`);
			if (proposal.roles.some((role, at) => proposal.roles.indexOf(role) !== at)) refuse("MEMBERSHIP_ROLE_TWICE", "expected each role once");
			assertFreshKey(context, proposal.id, proposal.key, proposal.keySignature);
			break;
		case "rotate-key":
			requireStanding(context, proposal.id);
			assertFreshKey(context, proposal.id, proposal.key, proposal.keySignature);
			break;
		case "suspend":
		case "remove": {
			const { id } = requireStanding(context, proposal.id);
			if (activeMembers(context).every((other) => other === id)) refuse("MEMBERSHIP_LAST", "expected another active member to remain");
			assertOthersValidate(context, id);
			break;
		}
		case "validator":
			if (requireStanding(context, proposal.id).status !== "active") refuse("MEMBERSHIP_MEMBER_NOT_ACTIVE", "expected an active member");
			assertFreshValidator(context, proposal);
			break;
		case "validator-removal":
			requireStanding(context, proposal.id);
			if (readOwnValidators(context).every(({ id }) => id !== proposal.id))
				refuse("MEMBERSHIP_VALIDATOR_UNKNOWN", "expected a member that validates");
			assertOthersValidate(context, proposal.id);
			break;
		case "reinstate":
		case "quota":
			requireStanding(context, proposal.id);
			break;
		case "portal-release":
			if (proposal.version !== (readOwnRelease(context)?.version ?? 0) + 1) {
				refuse("MEMBERSHIP_PORTAL_VERSION", "expected the version that follows the newest release");
			}
			break;
		case "upgrade":
			if (proposal.rulesVersion !== context.rulesVersion + 1) {
				refuse("MEMBERSHIP_UPGRADE_VERSION", "expected the version that follows the one in force");
			}
			if (proposal.height <= context.height) refuse("MEMBERSHIP_UPGRADE_HEIGHT", "expected a height that is still to come");
			break;
		default:
			proposal satisfies never;
	}
}

function carryOut(context: Context, proposal: Proposal): void {
	switch (proposal.kind) {
		case "add": {
			const { id, name, key, roles, implicitPolicy, quota } = proposal;
			context.put("index", [...readIndex(context), id].sort());
			putMember(context, { id, name, key, status: "active", roles, implicitPolicy, quota });
			break;
		}
		case "suspend":
			putMember(context, { ...requireMember(context, proposal.id), status: "suspended" });
			dropValidator(context, proposal.id);
			break;
		case "reinstate":
			putMember(context, { ...requireMember(context, proposal.id), status: "active" });
			break;
		case "remove":
			putMember(context, { ...requireMember(context, proposal.id), status: "removed" });
			dropValidator(context, proposal.id);
			break;
		case "rotate-key": {
			const member = requireMember(context, proposal.id);
			context.put(`k/${member.key}`, { member: member.id, current: false });
			putMember(context, { ...member, key: proposal.key });
			break;
		}
		case "quota":
			putMember(context, { ...requireMember(context, proposal.id), quota: proposal.quota });
			break;
		case "validator": {
			const others = readOwnValidators(context).filter(({ id }) => id !== proposal.id);
			putValidators(context, [...others, { id: proposal.id, key: proposal.key, power: proposal.power }]);
			break;
		}
		case "validator-removal":
			dropValidator(context, proposal.id);
			break;
		case "portal-release": {
			const { version, hash } = proposal;
			context.put(portalKey, { version, hash });
			// Stays when a later one supersedes it: a browser tells an older release from one that members never stood for.
			context.put(portalReleaseKey(hash), { version });
			break;
		}
		case "upgrade":
			// While its height has not come a later vote replaces it: that is how an upgrade is put off, or its bundle mended.
			context.put(upgradeKey, { version: proposal.rulesVersion, hash: proposal.rulesHash, height: proposal.height });
			break;
		default:
			proposal satisfies never;
	}
}

/** A key stands for one member for ever; a patient's key is never a member's. */
function assertFreshKey(context: Context, id: MemberId, key: PublicKey, signature: Signature): void {
	requireKey("membership", "MEMBERSHIP_KEY_INVALID", key);
	const used =
		context.get(`k/${key}`) ?? context.read("consent", `e/${key}`) ?? context.read("consent", `k/${key}`) ?? context.read("credentials", `s/${key}`);
	if (used !== undefined || readOwnValidators(context).some((validator) => validator.key === key))
		refuse("MEMBERSHIP_KEY_USED", "expected a key that stands for nobody yet");
	if (!isSignedBy(key, memberKeyMessage({ chain: context.chain, id, key }), signature)) {
		refuse("MEMBERSHIP_KEY_UNPROVEN", "expected a signature of the new key over its place");
	}
}

/** A key validates for one member, and is nobody's key for transactions. */
function assertFreshValidator(context: Context, { id, key, keySignature }: Extract<Proposal, { kind: "validator" }>): void {
	requireKey("membership", "MEMBERSHIP_KEY_INVALID", key);
	const others = readOwnValidators(context).filter((validator) => validator.id !== id);
	const isUsed = others.some((validator) => validator.key === key) || context.get(`k/${key}`) !== undefined;
	if (isUsed) refuse("MEMBERSHIP_KEY_USED", "expected a key that stands for nobody yet");
	if (others.length >= validatorsMax) refuse("MEMBERSHIP_FULL", `expected at most ${validatorsMax} validators`);
	if (!isSignedBy(key, validatorKeyMessage({ chain: context.chain, id, key }), keySignature)) {
		refuse("MEMBERSHIP_KEY_UNPROVEN", "expected a signature of the new key over its place");
	}
}

/** Where members agree on blocks, somebody must be left to. */
function assertOthersValidate(context: Context, id: MemberId): void {
	const validators = readOwnValidators(context);
	if (validators.length > 0 && validators.every((validator) => validator.id === id)) {
		refuse("MEMBERSHIP_VALIDATOR_LAST", "expected another member to validate");
	}
}

function dropValidator(context: Context, id: MemberId): void {
	const validators = readOwnValidators(context);
	if (validators.some((validator) => validator.id === id))
		putValidators(
			context,
			validators.filter((validator) => validator.id !== id),
		);
}

function putValidators(context: Context, validators: readonly Validator[]): void {
	context.put(validatorsKey, [...validators].sort((a, b) => (a.id < b.id ? -1 : 1)).map(toState));
}

function readOwnValidators(context: Context): readonly Validator[] {
	return (context.get(validatorsKey) ?? []) as unknown as readonly Validator[];
}

function readOwnRelease(context: Context): PortalRelease | undefined {
	return context.get(portalKey) as unknown as PortalRelease | undefined;
}

function readIndex(context: Context): readonly MemberId[] {
	return (context.get("index") ?? []) as readonly MemberId[];
}

function activeMembers(context: Context): readonly MemberId[] {
	return readIndex(context).filter((id) => requireMember(context, id).status === "active");
}

function requireStanding(context: Context, id: MemberId): Member {
	const member = requireMember(context, id);
	if (member.status === "removed") refuse("MEMBERSHIP_REMOVED", "expected a member that was not removed");
	return member;
}

function requireMember(context: Context, id: MemberId): Member {
	const member = context.get(memberKey(id)) as unknown as Member | undefined;
	return member ?? refuse("MEMBERSHIP_UNKNOWN", "expected the id of a member");
}

function putMember(context: Context, member: Member): void {
	context.put(memberKey(member.id), toState(member));
	context.put(`k/${member.key}`, { member: member.id, current: true });
}

export function readProposal(state: StateReader, proposalId: string): ProposalState | undefined {
	return state.get("membership", `v/${proposalId}`) as ProposalState | undefined;
}

/** Who is on the network, in which role, and what applies at a custodian where no consent does. Rules: SPEC.md. */
export const membership: Contract = { name: "membership", actions: { propose, vote, setPolicy } };
