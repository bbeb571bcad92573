import { z } from "zod";
import type { MemberId, Pseudonym, PublicKey } from "#base";
import type { HistoryTrust, SeenState } from "#wallet";
import { CliError } from "./errors.ts";

/** What a person pinned at enrolment, and saw last; a verification takes nothing of it from the history. */
export type Pins = Omit<HistoryTrust, "now">;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const count = z.int().min(0);

const pins = z.strictObject({
	chain: z.string().min(1).max(64),
	ledgerKey: hex(32).optional(),
	consortium: z
		.strictObject({
			pin: z.union([z.strictObject({ height: z.int().min(1), hash: hex(32) }), z.strictObject({ validatorsHash: hex(32), pinnedAtMs: count })]),
			trustingPeriodMs: count.optional(),
			clockDriftMs: count.optional(),
		})
		.optional(),
	pseudonym: hex(32),
	member: z.string().max(40).optional(),
	witnesses: z
		.array(z.strictObject({ name: z.string().max(200), key: hex(32) }))
		.max(100)
		.optional(),
	quorum: z.int().min(1).optional(),
	seen: z
		.strictObject({
			ledgerSize: count,
			header: z.strictObject({ height: z.int().min(1), hash: hex(32), validatorsHash: hex(32), timeMs: count }).optional(),
			blind: hex(32),
			logs: z
				.array(z.strictObject({ log: z.string().max(80), size: count, root: hex(32), entries: count, head: hex(32).or(z.literal("")) }))
				.max(1_024),
		})
		.optional(),
	expected: z.array(hex(32)).max(100_000).optional(),
	notBeforeMs: count.optional(),
});

/** Where the pins for a history lie by default: beside it. */
export function pinFileOf(historyFile: string): string {
	return historyFile.replace(/(?:\.history)?\.json$/, "").concat(".pins.json");
}

/** @throws CliError `CLI_INPUT_INVALID` naming the place, never the value. */
export function parsePins(value: unknown): Pins {
	const parsed = pins.safeParse(value);
	if (parsed.success) {
		const { ledgerKey, consortium } = parsed.data;
		if ((ledgerKey === undefined) !== (consortium === undefined)) return parsed.data as unknown as Pins;
		throw new CliError("CLI_INPUT_INVALID", "expected a pin file with either a ledger's key or a consortium, found both or neither");
	}
	throw new CliError("CLI_INPUT_INVALID", `expected a pin file, found another shape at "${parsed.error.issues[0]?.path.join(".") ?? ""}"`);
}

/** Pins from the words of a command line. */
export function pinsFromWords(words: { readonly chain: string; readonly ledgerKey: string; readonly pseudonym: string }): Pins {
	const { chain, ledgerKey, pseudonym } = words;
	return parsePins({ chain, ledgerKey: ledgerKey as PublicKey, pseudonym: pseudonym as Pseudonym });
}

/** The same pins after a verification: what was seen now must never shrink or change again. */
export function rememberSeen(known: Pins, seen: SeenState, member: MemberId): Pins {
	return { ...known, member: known.member ?? member, seen };
}
