import type { z } from "zod";
import { CodedError, type Digest, type JsonValue, type PublicKey } from "#base";

export type ContractName = "membership" | "credentials" | "consent" | "access" | "models";

/** Reads committed state: `contract` is the namespace, `key` ASCII. */
export interface StateReader {
	get(contract: ContractName, key: string): JsonValue | undefined;
}

/** What an action sees and may do. Nothing else reaches it: no clock, no randomness, no I/O (invariant 7). */
export interface Context {
	readonly chain: string;
	/** Key that signed the transaction; the signature has already been verified. */
	readonly signer: PublicKey;
	/** Block time, UTC ms. */
	readonly time: number;
	readonly height: number;
	/** Version of the rules that run this action. */
	readonly rulesVersion: number;
	/** Reads this contract's own namespace, writes of this transaction included. */
	get(key: string): JsonValue | undefined;
	put(key: string, value: JsonValue): void;
	delete(key: string): void;
	/** Reads another contract's namespace. */
	read(contract: ContractName, key: string): JsonValue | undefined;
	/** Tells the outside what happened; events are not state and not part of any root. */
	emit(event: ContractEvent): void;
}

/** `type` is `<contract>.<what>`; `data` holds only what the transaction already made public. */
export interface ContractEvent {
	readonly type: string;
	readonly data: { readonly [key: string]: JsonValue };
}

export interface Action<Body = never> {
	/** `z.strictObject` of allow-listed checks only (PROTOCOL §3). */
	readonly schema: z.ZodType<Body>;
	/** Refuses with {@link ContractRefusal}; any other exception is a bug and halts the ledger. */
	apply(context: Context, body: Body): void;
}

export interface Contract {
	readonly name: ContractName;
	readonly actions: { readonly [action: string]: Action<never> };
}

/** Ties an action's body type to its schema. */
export function defineAction<Body>(schema: z.ZodType<Body>, apply: (context: Context, body: Body) => void): Action<never> {
	return { schema, apply } as unknown as Action<never>;
}

/**
 * A contract says no. Codes are upper-case, prefixed by the contract: `CONSENT_UNKNOWN`, `MEMBERSHIP_NOT_A_MEMBER`; each contract's
 * SPEC.md lists its own.
 */
export class ContractRefusal extends CodedError<string, { contract: ContractName }> {
	constructor(contract: ContractName, code: string, message: string) {
		super(code, "refused", message, { contract });
	}
}

/** The rules as one versioned bundle (PROTOCOL §3). */
export interface Rules {
	readonly version: number;
	/** Names the bundle's sources (SPEC.md [RU1]): what members vote on. The first bundle of a chain needs none, since its genesis names the version. */
	readonly hash?: Digest;
	readonly contracts: Readonly<Record<ContractName, Contract>>;
}

/** Every bundle this program holds: the newest, and the older ones for replay. */
export interface Rulebook {
	/** The newest version: what a new chain begins with. */
	readonly version: number;
	/** Undefined for a version that this program does not hold. */
	at(version: number): Rules | undefined;
}
