import {
	canonicalBytes,
	createSigningKey,
	encodeUtf8,
	type JsonObject,
	type JsonValue,
	type MemberId,
	type PublicKey,
	parseCanonical,
	type SigningKey,
	sha256,
	sha256Hex,
} from "#base";
import { type Context, type ContractEvent, type ContractName, ContractRefusal, type StateReader } from "../contract.ts";
import { genesisState } from "../genesis.ts";
import type { MemberRole } from "../membership/member.ts";
import { newestRules } from "../rules.ts";
import type { ImplicitPolicy } from "../vocabulary.ts";

/** 2026-01-01T12:00:00Z. */
export const noon = 1_767_268_800_000;
export const day = 86_400_000;
export const chain = "aceso-test";

/** A key that is the same in every run. */
export function keyOf(name: string): SigningKey {
	return createSigningKey(sha256(encodeUtf8(`test/${name}`)));
}

/** 16 bytes, hex, that are the same in every run. */
export function idOf(name: string): string {
	return sha256Hex(encodeUtf8(name)).slice(0, 32);
}

export interface TestMember {
	readonly id: string;
	readonly roles: readonly MemberRole[];
	readonly implicitPolicy?: ImplicitPolicy;
	readonly validator?: PublicKey;
}

const hospitals: readonly TestMember[] = [
	{ id: "charite", roles: ["hospital"] },
	{ id: "institute", roles: ["research-centre"] },
	{ id: "ethics", roles: ["ethics-board"] },
];

/**
 * Runs actions as the ledger would: canonical frozen bodies, the schema, a context that reads its own writes and others' committed state,
 * and nothing kept of a refused transaction. Signatures of transactions are the ledger's business; `signer` is taken as verified.
 */
export class MemoryLedger implements StateReader {
	readonly chain = chain;
	time = noon;
	height = 1;
	readonly state = new Map<string, JsonValue>();
	readonly events: ContractEvent[] = [];

	constructor(members: readonly TestMember[] = hospitals) {
		const listed = members.map(({ id, roles, implicitPolicy = "deny", ...validator }) => {
			return { id: id as MemberId, name: `Member ${id}`, key: keyOf(id).publicKey, roles, implicitPolicy, ...validator };
		});
		for (const { contract, key, value } of genesisState({ members: listed })) this.state.set(`${contract}|${key}`, freeze(value));
	}

	get(contract: ContractName, key: string): JsonValue | undefined {
		return this.state.get(`${contract}|${key}`);
	}

	/** Applies one action; throws what the contract throws. `signer` is a key or the name of one. */
	apply<Body extends object>(contract: ContractName, action: string, signer: PublicKey | string, body: Body): void {
		const found = newestRules.contracts[contract].actions[action];
		if (found === undefined) throw new Error(`no action ${contract}.${action}`);
		const canonical = freeze(parseCanonical(canonicalBytes(body)));
		const parsed = found.schema.safeParse(canonical);
		if (!parsed.success) throw new ContractRefusal(contract, "SCHEMA", "expected a body of the action's schema");
		const writes = new Map<string, JsonValue | undefined>();
		const events: ContractEvent[] = [];
		const context: Context = {
			chain,
			signer: signer.length === 64 ? (signer as PublicKey) : keyOf(signer).publicKey,
			time: this.time,
			height: this.height,
			rulesVersion: newestRules.version,
			get: (key) => (writes.has(key) ? writes.get(key) : this.get(contract, key)),
			put: (key, value) => void writes.set(key, freeze(parseCanonical(canonicalBytes(value)))),
			delete: (key) => void writes.set(key, undefined),
			read: (other, key) => this.get(other, key),
			emit: (event) => void events.push(event),
		};
		found.apply(context, parsed.data as never);
		for (const [key, value] of writes) {
			if (value === undefined) this.state.delete(`${contract}|${key}`);
			else this.state.set(`${contract}|${key}`, value);
		}
		this.events.push(...events);
		this.height++;
	}

	/** The code an action is refused with, or "accepted". */
	codeOf<Body extends object>(contract: ContractName, action: string, signer: PublicKey | string, body: Body): string {
		const before = JSON.stringify([...this.state]);
		try {
			this.apply(contract, action, signer, body);
			return "accepted";
		} catch (error) {
			if (!(error instanceof ContractRefusal)) throw error;
			if (JSON.stringify([...this.state]) !== before) throw new Error("[RU4] a refusal changed state");
			if (error.details.contract !== contract) throw new Error(`[RU4] a refusal of ${contract} names ${error.details.contract}`);
			return error.code;
		}
	}
}

function freeze<T extends JsonValue>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		Object.freeze(value);
		for (const member of Object.values(value as JsonObject)) freeze(member);
	}
	return value;
}
