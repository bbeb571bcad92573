import { z } from "zod";
import { createSigningKey, encodeHex, type Instant, type JsonObject, type MemberId, minuteMs, type SigningKey, sha256 } from "#base";
import { type Contract, type ContractName, ContractRefusal, createRulebook, defineAction, type Rules, type StateReader } from "#contracts";
import { createEnvelope } from "../envelope.ts";
import type { Genesis, Transaction, TransactionResult } from "../ledger.ts";
import type { LedgerDefinition, MemberRecord, SealerOptions } from "../sealer/options.ts";
import type { Sealer } from "../sealer/sealer.ts";
import type { StateEntry } from "../state.ts";
import { signTransaction } from "../transaction.ts";

/** A small chain for tests: one contract that stores what it is told, so that the ledger is tested apart from the real rules. */
const keyed = z.strictObject({ key: z.string().max(300) });

export const toyStore: Contract = {
	name: "consent",
	actions: {
		put: defineAction(z.strictObject({ key: z.string().max(300), value: z.number() }), (context, { key, value }) => {
			context.put(key, { value, signer: context.signer, height: context.height });
			context.emit({ type: "consent.put", data: { key } });
		}),
		delete: defineAction(keyed, (context, { key }) => context.delete(key)),
		refuse: defineAction(keyed, (context, { key }) => {
			context.put(key, "written before the refusal");
			throw new ContractRefusal("consent", "CONSENT_TOY", "expected anything else");
		}),
		break: defineAction(keyed, () => {
			throw new TypeError("a bug in a contract");
		}),
		meddle: defineAction(keyed, (context, { key }) => {
			(context.get(key) as { value: number }).value = 0;
		}),
		nest: defineAction(z.strictObject({ depth: z.number() }), (context, { depth }) => {
			let value: JsonObject = {};
			for (let i = 0; i < depth; i++) value = { value };
			context.put("nested", value);
		}),
	},
};

function emptyContract(name: ContractName): Contract {
	return { name, actions: {} };
}

export const toyRules: Rules = {
	version: 1,
	contracts: {
		membership: emptyContract("membership"),
		credentials: emptyContract("credentials"),
		consent: toyStore,
		access: emptyContract("access"),
		models: emptyContract("models"),
	},
};

export function toyKey(name: string): SigningKey {
	return createSigningKey(sha256(new TextEncoder().encode(`toy key ${name}`)));
}

export const sealerKey = toyKey("sealer");
export const hospital = "hospital" as MemberId;
export const hospitalKey = toyKey("hospital");
export const patientKey = toyKey("patient");
export const chain = "toy-chain";
export const startMs = Date.UTC(2026, 0, 1, 12) as Instant;

export const genesis: Genesis = {
	format: "aceso/genesis/1",
	chain,
	time: startMs,
	sealer: sealerKey.publicKey,
	members: [{ id: hospital, name: "Hospital", key: hospitalKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" }],
	rulesVersion: 1,
};

export function toyGenesisState({ members }: Genesis): StateEntry[] {
	return members.map(({ id, key }) => ({ contract: "membership", key: `m/${id}`, value: { key, status: "active" } }));
}

export function readToyMember(state: StateReader, member: MemberId): MemberRecord | undefined {
	return state.get("membership", `m/${member}`) as MemberRecord | undefined;
}

export const definition: LedgerDefinition = { genesis, rules: createRulebook([toyRules]), genesisState: toyGenesisState };

/** Time stands still unless a test moves it. */
export function stoppedClock(at: number = startMs): { now: () => Instant; at: number } {
	const clock = { at, now: () => clock.at as Instant };
	return clock;
}

export function sealerOptions(path: string, options: Partial<SealerOptions> = {}): SealerOptions {
	return { ...definition, path, sealerKey, readMember: readToyMember, now: stoppedClock().now, blockWindowMs: 0, ...options };
}

let salt = 0;

export function createTransaction(action: string, body: JsonObject, options: { key?: SigningKey; until?: number; chain?: string } = {}): Transaction {
	return signTransaction(
		{
			chain: options.chain ?? chain,
			contract: "consent",
			action,
			body,
			until: options.until ?? startMs + 10 * minuteMs,
			salt: encodeHex(sha256(Uint8Array.of(1, salt >> 16, salt >> 8, salt++)).subarray(0, 16)),
		},
		options.key ?? patientKey,
	);
}

export function put(key: string, value: number, options?: Parameters<typeof createTransaction>[2]): Transaction {
	return createTransaction("put", { key, value }, options);
}

export function wrap(...transactions: Transaction[]): ReturnType<typeof createEnvelope> {
	return createEnvelope(transactions, { chain, member: hospital, key: hospitalKey });
}

export async function submit(sealer: Sealer, ...transactions: Transaction[]): Promise<readonly TransactionResult[]> {
	return sealer.submit(wrap(...transactions));
}

/** The codes of results, `""` for an accepted one. */
export function codesOf(results: readonly TransactionResult[]): string[] {
	return results.map((result) => (result.accepted ? "" : result.code));
}
