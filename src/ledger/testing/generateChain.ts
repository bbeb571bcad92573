import { canonicalText, dayMs, minuteMs, parseMemberId } from "#base";
import { rules } from "#contracts";
import type { Genesis } from "../ledger.ts";
import { signTransaction } from "../transaction.ts";
import { Chance, keyNamed } from "./chance.ts";
import { Actors, type Draft } from "./draftActions.ts";

/** What came to a sealer, block by block: a chain is what the rules make of it. */
export interface GeneratedChain {
	readonly seed: number;
	readonly genesis: Genesis;
	readonly blocks: readonly {
		/** Block time, UTC ms. */
		readonly time: number;
		/** Transactions as they were submitted, in order; some are none. */
		readonly submitted: readonly string[];
	}[];
}

export const generatedChain = "generated-chain";
const startMs = Date.UTC(2026, 0, 1, 12);
const steps = [0, 0, 1, 1_000, minuteMs, 61_000, 10 * minuteMs, dayMs, 8 * dayMs, 8 * dayMs] as const;

/** A chain over the real rules, by its seed: every action, accepted and refused, and transactions that are malformed, forged, late or repeated. */
export function generateChain(seed: number): GeneratedChain {
	const chance = new Chance(seed);
	const actors = new Actors(generatedChain, chance, 1 + chance.below(4));
	const genesis = createGenesis(actors);
	const earlier: string[] = [];
	let time = startMs;
	const blocks = Array.from({ length: 3 + chance.below(6) }, () => {
		time += chance.of(steps);
		const submitted = Array.from({ length: 1 + chance.below(10) }, () => submit(actors.draft(time), time, chance, earlier));
		return { time, submitted };
	});
	return { seed, genesis, blocks };
}

function createGenesis(actors: Actors): Genesis {
	const members = actors.members.map(({ id, key, roles }) => {
		return { id: parseMemberId(id), name: `Member ${id}`, key: keyNamed(key).publicKey, roles: [...roles], implicitPolicy: "deny" };
	});
	return {
		format: "aceso/genesis/1",
		chain: generatedChain,
		time: startMs,
		sealer: keyNamed("sealer").publicKey,
		members,
		rulesVersion: rules.version,
	};
}

function submit(draft: Draft, time: number, chance: Chance, earlier: string[]): string {
	const spoiled = chance.below(60);
	const untils = [time, time + minuteMs + 1, Math.ceil((time + 1) / minuteMs + 20) * minuteMs] as const;
	const until = spoiled === 0 ? chance.of(untils) : Math.ceil((time + 1) / minuteMs + chance.below(10)) * minuteMs;
	const { contract, signer } = draft;
	const action = spoiled === 1 ? "nothing" : draft.action;
	const chain = spoiled === 2 ? "other-chain" : generatedChain;
	const body = spoiled === 3 ? { ...draft.body, extra: 1 } : spoiled === 4 ? {} : draft.body;
	const transaction = signTransaction({ chain, contract, action, body, until, salt: chance.hex(16) }, keyNamed(signer));
	const text = canonicalText(transaction);
	if (spoiled === 5) return text.replace(/"signature":"../, '"signature":"00');
	if (spoiled === 6) return text.replace(":", ": ");
	if (spoiled === 7) return text.slice(0, -1);
	if (spoiled < 10) return chance.of(earlier) ?? text;
	earlier.push(text);
	return text;
}
