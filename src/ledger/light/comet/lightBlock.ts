import { z } from "zod";
import { LedgerError } from "../../errors.ts";

/** Validators that a set may have. CometBFT's own bound on votes. */
export const validatorsMax = 10_000;
/** 2^60 − 1: CometBFT's bound on a set's power, so that no product of it overflows 64 bits. */
export const totalPowerMax = 2n ** 60n - 1n;

const safe = Number.MAX_SAFE_INTEGER;
const count = z
	.int()
	.min(0)
	.refine((value) => !Object.is(value, -0));
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const hash = hex(32);
/** A hash that CometBFT lets be absent. */
const hashOrNone = z.union([hash, z.literal("")]);
/** Decimal digits without a leading zero: a number has one spelling. */
const decimal = (digits: number) => z.string().regex(new RegExp(`^(?:0|[1-9][0-9]{0,${digits - 1}})$`));
/** UTC nanoseconds since 1970. */
const timeNs = decimal(19);
const parts = z.strictObject({ total: count.max(2 ** 32 - 1), hash });

const header = z.strictObject({
	version: z.strictObject({ block: count, app: count }),
	chainId: z.string().regex(/^[\x20-\x7e]{1,50}$/),
	height: z.int().min(1).max(safe),
	timeNs,
	lastBlock: z.strictObject({ hash, parts }).nullable(),
	lastCommitHash: hashOrNone,
	dataHash: hashOrNone,
	validatorsHash: hash,
	nextValidatorsHash: hash,
	consensusHash: hashOrNone,
	appHash: z.string().regex(/^(?:[0-9a-f]{2}){0,64}$/),
	lastResultsHash: hashOrNone,
	evidenceHash: hashOrNone,
	proposer: hex(20),
});
const vote = z.strictObject({ for: z.enum(["block", "nil"]), timeNs, signature: hex(64) });
const commit = z.strictObject({
	round: count.max(2 ** 31 - 1),
	parts,
	votes: z.array(vote.nullable()).max(validatorsMax),
});
const validator = z.strictObject({ key: hash, power: decimal(19) });
const lightBlock = z.strictObject({ header, commit, validators: z.array(validator).max(validatorsMax) });

/** A block's header (CometBFT's `Header`), hashes and address in lower-case hex, the time in nanoseconds. */
export type Header = Readonly<z.infer<typeof header>>;
/** One validator's precommit. Its height, block and signer are the place it stands at. */
export type CommitVote = Readonly<z.infer<typeof vote>>;
/** The precommits by which a block was decided, in the order of the validators; null where none was received. */
export type Commit = Readonly<z.infer<typeof commit>>;
/** Ed25519 public key and voting power. */
export type Validator = Readonly<z.infer<typeof validator>>;

/** All that shows that validators decided on a block: CometBFT's `LightBlock` without what can be computed from the rest. */
export interface LightBlock {
	readonly header: Header;
	readonly commit: Commit;
	/** In the order that the header's `validatorsHash` has them. */
	readonly validators: readonly Validator[];
}

/** @throws {@link LedgerError} `LEDGER_HEADER_INVALID` naming the place, never what stands there. */
export function parseLightBlock(value: unknown): LightBlock {
	const parsed = lightBlock.safeParse(value);
	if (parsed.success) return parsed.data;
	const place = parsed.error.issues[0]?.path.join(".") ?? "";
	throw new LedgerError("LEDGER_HEADER_INVALID", `expected a header with commit and validators, found another shape at "${place.slice(0, 100)}"`);
}
