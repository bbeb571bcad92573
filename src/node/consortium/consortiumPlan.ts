import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, isHex, isMemberId, isPublicKey, type MemberId, type PublicKey } from "#base";
import { rules, type Validator } from "#contracts";
import type { Genesis } from "#ledger";
import { NodeError } from "../errors.ts";

/** What a member hands to the others before they begin: public halves of its keys, and where its CometBFT is reached. */
export interface MemberCard {
	readonly format: "aceso/member-card/1";
	readonly id: MemberId;
	readonly name: string;
	readonly roles: readonly string[];
	readonly implicitPolicy: string;
	/** Signs its transactions and envelopes. */
	readonly key: PublicKey;
	/** Signs blocks. */
	readonly validator: PublicKey;
	/** Names its CometBFT among peers. */
	readonly node: PublicKey;
	/** `host:port` at which the others' CometBFT reaches it. */
	readonly peer: string;
}

/** The same at every member: what the ledger and CometBFT begin with. Nothing in it is secret. */
export interface ConsortiumPlan {
	readonly format: "aceso/consortium/1";
	/** Of the ledger, also where it was sealed by one party before. */
	readonly genesis: Genesis;
	/** Where CometBFT goes on from. */
	readonly start: {
		/** The ledger's last height. */
		readonly height: number;
		/** UTC ms: no earlier than the ledger's last block. */
		readonly timeMs: number;
		readonly appHash: Digest;
		readonly validators: readonly Validator[];
	};
	readonly peers: readonly { readonly id: MemberId; readonly node: PublicKey; readonly peer: string }[];
}

/**
 * The genesis that cards lead to: the same for all who hold the same cards, chain and time. Nobody seals: the key named as the sealer's is the first
 * member's validator key, which signs nothing but blocks.
 *
 * @throws NodeError `NODE_CONSORTIUM_INVALID`.
 */
export function genesisOf(cards: readonly MemberCard[], chain: string, time: number): Genesis {
	const sorted = cards.toSorted((a, b) => (a.id < b.id ? -1 : 1));
	const [first] = sorted;
	if (first === undefined) throw invalid("expected at least one member's card");
	if (new Set(sorted.map(({ id }) => id)).size < sorted.length) throw invalid("expected one card of each member");
	const members = sorted.map(({ id, name, key, roles, implicitPolicy, validator }) => ({ id, name, key, roles, implicitPolicy, validator }));
	return { format: "aceso/genesis/1", chain, time, sealer: first.validator, members, rulesVersion: rules.version };
}

export function peersOf(cards: readonly MemberCard[]): ConsortiumPlan["peers"] {
	return cards.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, node, peer }) => ({ id, node, peer }));
}

/** Reads a card that somebody sent. @throws NodeError `NODE_CONSORTIUM_INVALID`. */
export function parseCard(text: string): MemberCard {
	const card = parseObject(text) as Partial<MemberCard>;
	const keys = [card.key, card.validator, card.node];
	const isCard =
		card.format === "aceso/member-card/1" &&
		isMemberId(card.id) &&
		typeof card.name === "string" &&
		Array.isArray(card.roles) &&
		typeof card.implicitPolicy === "string" &&
		keys.every((key) => isPublicKey(key)) &&
		isPeerAddress(card.peer);
	if (!isCard) throw invalid("expected a member's card, as `aceso ledger init` writes it");
	return card as MemberCard;
}

/** Reads a plan that somebody sent; the ledger judges its genesis, CometBFT the rest. @throws NodeError `NODE_CONSORTIUM_INVALID`. */
export function parsePlan(text: string): ConsortiumPlan {
	const plan = parseObject(text) as Partial<ConsortiumPlan>;
	const { genesis, start, peers } = plan;
	const isPlan =
		plan.format === "aceso/consortium/1" &&
		genesis?.format === "aceso/genesis/1" &&
		Number.isSafeInteger(start?.height) &&
		Number.isSafeInteger(start?.timeMs) &&
		isHex(start?.appHash, 32) &&
		Array.isArray(start?.validators) &&
		Array.isArray(peers) &&
		peers.every(({ id, node, peer }) => isMemberId(id) && isPublicKey(node) && isPeerAddress(peer));
	if (!isPlan) throw invalid("expected a consortium's plan, as `aceso ledger init` writes it");
	return plan as ConsortiumPlan;
}

/** Names a plan: members who read the same to each other begin the same. */
export function planText(plan: ConsortiumPlan): string {
	return `${JSON.stringify(plan, null, "\t")}\n`;
}

/** Where a folder keeps its plan; a folder without one is no consortium's. */
export function planFile(folder: string): string {
	return join(folder, "consortium.json");
}

export function hasPlan(folder: string): boolean {
	return existsSync(planFile(folder));
}

/** @throws NodeError `NODE_CONSORTIUM_INVALID`. */
export function readPlan(folder: string): ConsortiumPlan {
	if (!hasPlan(folder)) throw invalid("expected a data folder with a consortium's plan: `aceso ledger join` makes one");
	return parsePlan(readFileSync(planFile(folder), "utf8"));
}

export function isPeerAddress(text: unknown): text is string {
	return typeof text === "string" && /^[A-Za-z0-9.-]{1,253}:[1-9][0-9]{0,4}$/.test(text);
}

function parseObject(text: string): object {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null) return value;
	} catch {
		// Told below; the engine's message would quote the file.
	}
	throw invalid("expected JSON");
}

function invalid(message: string): NodeError {
	return new NodeError("NODE_CONSORTIUM_INVALID", message);
}
