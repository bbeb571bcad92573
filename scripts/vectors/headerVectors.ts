import { concatBytes, type Digest, decodeBase64, decodeHex, encodeHex, encodeUtf8, type JsonValue, minuteMs, type SigningKey, sha256 } from "#base";
import {
	formatHeaderEvidence,
	type Header,
	headerHash,
	type LedgerErrorCode,
	type LightBlock,
	precommitBytes,
	validatorAddress,
	validatorsHash,
} from "#ledger";
import type { HistoryExport, HistoryTrust } from "#wallet";
import { fixedChain, fixedKey, fixedStartMs } from "./fixed.ts";
import { applyPatch, type PatchStep } from "./jsonPatch.ts";

type Ballot = "block" | "nil" | "absent";
type ConsortiumPins = Omit<HistoryTrust, "now" | "ledgerKey" | "witnesses" | "quorum">;

/** A change to the evidence, and to what is pinned, and what a verifier must say. */
export interface HeaderCase {
	readonly name: string;
	readonly patch: readonly PatchStep[];
	/** In place of the published ones. */
	readonly consortium?: HistoryTrust["consortium"];
	/** UTC ms, in place of the published one. */
	readonly now?: number;
	/** "" when it is accepted. */
	readonly code: LedgerErrorCode | "";
}

export interface HeaderVectors {
	readonly about: string;
	readonly now: number;
	readonly pins: ConsortiumPins;
	/** The text that stands where an embedded ledger's proofs have a note. */
	readonly evidence: string;
	/** The last header's hash, and what its validators signed, in the order of its votes. */
	readonly signed: { readonly hash: string; readonly votes: readonly string[] };
	/** Where `history.json` has notes that the evidence can stand in place of (RFC 6901). */
	readonly places: readonly string[];
	readonly cases: readonly HeaderCase[];
}

const founders = [10, 20, 30, 40].map((power, at) => ({ key: fixedKey(`validator ${at}`), power }));
/** The first one has left, and another come. */
const members = [...founders.slice(1), { key: fixedKey("validator 4"), power: 25 }];

interface DecideParameters {
	readonly height: number;
	readonly validators: readonly { readonly key: SigningKey; readonly power: number }[];
	readonly ballots: readonly Ballot[];
	readonly round: number;
	readonly appHash: string;
}

const hashOf = (text: string) => encodeHex(sha256(encodeUtf8(`aceso/vectors/1:${text}`)));

/** A block decided on a minute after the one before, as long before {@link fixedStartMs} as heights are missing to 145. */
function decide({ height, validators, ballots, round, appHash }: DecideParameters): LightBlock {
	const list = validators.map(({ key, power }) => ({ key: key.publicKey as string, power: String(power) }));
	const parts = { total: 1, hash: hashOf(`parts ${height}`) };
	const timeNs = `${fixedStartMs - (145 - height) * minuteMs}123456`;
	const header: Header = {
		version: { block: 11, app: 1 },
		chainId: fixedChain,
		height,
		timeNs,
		lastBlock: { hash: hashOf(`block ${height - 1}`), parts: { total: 1, hash: hashOf(`parts ${height - 1}`) } },
		lastCommitHash: hashOf(`commit ${height - 1}`),
		dataHash: hashOf(`data ${height}`),
		validatorsHash: validatorsHash(list),
		nextValidatorsHash: validatorsHash(list),
		consensusHash: hashOf("consensus"),
		appHash,
		lastResultsHash: hashOf(`results ${height}`),
		evidenceHash: encodeHex(sha256()),
		proposer: validatorAddress(list[0]!),
	};
	const hash = headerHash(header);
	const votes = validators.map(({ key }, at) => {
		const ballot = ballots[at];
		if (ballot === "absent" || ballot === undefined) return null;
		const voteNs = String(BigInt(timeNs) + BigInt(at + 1));
		const block = ballot === "block" ? { hash, parts } : null;
		const message = precommitBytes({ chainId: fixedChain, height, round, block, timeNs: voteNs });
		return { for: ballot, timeNs: voteNs, signature: key.sign(message) as string };
	});
	return { header, commit: { round, parts, votes }, validators: list };
}

/** Evidence by headers for the state that the published history rests on. */
export function headerVectors(history: HistoryExport, pins: Pick<HistoryTrust, "chain" | "pseudonym" | "member">): HeaderVectors {
	const { checkpoint, blockLeaf } = history.count;
	const [, size, root] = checkpoint.split("\n") as [string, string, string];
	const { stateRoot } = JSON.parse(blockLeaf) as { readonly stateRoot: Digest };
	const appHash = encodeHex(sha256(concatBytes(Uint8Array.of(2), decodeBase64(root), decodeHex(stateRoot))));
	const path = [
		decide({ height: 100, validators: founders, ballots: ["block", "block", "block", "block"], round: 0, appHash: hashOf("app 99") }),
		decide({ height: 144, validators: members, ballots: ["block", "block", "block", "nil"], round: 1, appHash }),
	];
	const evidence = formatHeaderEvidence({ logSize: Number(size), logRoot: encodeHex(decodeBase64(root)) as Digest, stateRoot, path });
	const { chain, pseudonym, member } = pins;
	const pin = { height: 100, hash: headerHash(path[0]!.header) };
	const places = ["/count/checkpoint", ...history.logs.map((_, at) => `/logs/${at}/record/checkpoint`)];
	return {
		about:
			'`evidence` of a header in the format aceso/header/1 and what it leads to from `pins` at `now`; `cases` change it (RFC 6902) and tell the code of the refusal, or "". `signed` holds the hash of the last header and the bytes of its votes. `places` are those of history.json at which the evidence stands in place of a note.',
		now: fixedStartMs,
		pins: { chain, consortium: { pin }, pseudonym, ...(member === undefined ? {} : { member }) },
		evidence,
		signed: signedBy(path[1]!),
		places,
		cases: cases(JSON.parse(evidence) as JsonValue, path),
	};
}

function signedBy({ header, commit }: LightBlock): HeaderVectors["signed"] {
	const { chainId, height } = header;
	const hash = headerHash(header);
	const votes = commit.votes.flatMap((vote) => {
		if (vote === null) return [];
		const block = vote.for === "block" ? { hash, parts: commit.parts } : null;
		return [encodeHex(precommitBytes({ chainId, height, round: commit.round, block, timeNs: vote.timeNs }))];
	});
	return { hash, votes };
}

function cases(document: JsonValue, path: readonly LightBlock[]): readonly HeaderCase[] {
	const [first, last] = path as [LightBlock, LightBlock];
	const replace = (pointer: string, value: JsonValue): PatchStep => ({ op: "replace", path: pointer, value });
	const turned = (hex: string) => hex.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
	const changed = (name: string, code: LedgerErrorCode, ...patch: readonly PatchStep[]): HeaderCase => ({ name, patch, code });
	const block = (value: LightBlock): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
	const again = (parameters: Partial<DecideParameters>): JsonValue =>
		block(
			decide({
				height: 144,
				validators: members,
				ballots: ["block", "block", "block", "nil"],
				round: 1,
				appHash: last.header.appHash,
				...parameters,
			}),
		);
	const setOf = (validators: DecideParameters["validators"]) =>
		validatorsHash(validators.map(({ key, power }) => ({ key: key.publicKey, power: String(power) })));
	const strangers = [50, 60].map((power, at) => ({ key: fixedKey(`stranger ${at}`), power }));
	const atMs = (value: LightBlock) => Number(BigInt(value.header.timeNs) / 1_000_000n);
	const pinned = { height: 100, hash: headerHash(first.header) };
	const found: readonly HeaderCase[] = [
		{ name: "as published", patch: [], code: "" },
		{
			name: "pinned validators, one header",
			patch: [{ op: "remove", path: "/path/0" }],
			consortium: { pin: { validatorsHash: setOf(members), pinnedAtMs: 0 }, trustingPeriodMs: 2 * fixedStartMs },
			code: "",
		},
		{ name: "another header pinned", patch: [], consortium: { pin: { height: 100, hash: turned(pinned.hash) } }, code: "LEDGER_HEADER_UNTRUSTED" },
		{ name: "the pinned hash at another height", patch: [], consortium: { pin: { ...pinned, height: 101 } }, code: "LEDGER_HEADER_UNTRUSTED" },
		{ name: "the newest validators pinned", patch: [], consortium: { pin: { validatorsHash: setOf(members), pinnedAtMs: fixedStartMs } }, code: "" },
		{
			name: "what stands before the pinned validators' header is not looked at",
			patch: [replace("/path/0/commit/round", 7)],
			consortium: { pin: { validatorsHash: setOf(members), pinnedAtMs: fixedStartMs } },
			code: "",
		},
		{
			name: "other validators pinned",
			patch: [],
			consortium: { pin: { validatorsHash: setOf(strangers), pinnedAtMs: fixedStartMs } },
			code: "LEDGER_HEADER_UNTRUSTED",
		},
		{
			name: "the last millisecond of the trust period",
			patch: [],
			consortium: { pin: pinned, trustingPeriodMs: 3_000_000 },
			now: atMs(first) + 2_999_999,
			code: "",
		},
		{
			name: "the trust period is over",
			patch: [],
			consortium: { pin: pinned, trustingPeriodMs: 3_000_000 },
			now: atMs(first) + 3_000_000,
			code: "LEDGER_HEADER_EXPIRED",
		},
		{
			name: "pinned validators of too long ago",
			patch: [],
			consortium: { pin: { validatorsHash: setOf(founders), pinnedAtMs: 5 }, trustingPeriodMs: fixedStartMs - 5 },
			code: "LEDGER_HEADER_EXPIRED",
		},
		{ name: "a header from the future", patch: [], now: atMs(last) - minuteMs, code: "LEDGER_HEADER_FROM_FUTURE" },
		{ name: "clocks that just may differ", patch: [], now: atMs(last) - minuteMs + 1, code: "" },
		changed("another format", "LEDGER_CHECKPOINT_INVALID", replace("/format", "aceso/header/2")),
		changed("another log root", "LEDGER_CHECKPOINT_INVALID", replace("/log/root", turned((document as { log: { root: string } }).log.root))),
		changed("another state root", "LEDGER_CHECKPOINT_INVALID", replace("/stateRoot", turned((document as { stateRoot: string }).stateRoot))),
		changed("a member more", "LEDGER_CHECKPOINT_INVALID", { op: "add", path: "/more", value: 1 }),
		changed("a size below nothing", "LEDGER_CHECKPOINT_INVALID", replace("/log/size", -1)),
		changed("no header", "LEDGER_HEADER_INVALID", replace("/path", [])),
		changed("a member more in a header", "LEDGER_HEADER_INVALID", { op: "add", path: "/path/1/header/more", value: 1 }),
		changed("a power with a zero in front", "LEDGER_HEADER_INVALID", replace("/path/1/validators/0/power", "020")),
		changed("a power as a number", "LEDGER_HEADER_INVALID", replace("/path/1/validators/0/power", 20)),
		changed("a hash in capitals", "LEDGER_HEADER_INVALID", replace("/path/1/commit/parts/hash", last.commit.parts.hash.toUpperCase())),
		changed("no hash of the validators", "LEDGER_HEADER_INVALID", replace("/path/1/header/validatorsHash", "")),
		changed("a header again", "LEDGER_HEADER_INVALID", { op: "copy", from: "/path/1", path: "/path/1" }),
		changed("another chain", "LEDGER_HEADER_INVALID", replace("/path/1/header/chainId", "vectors-2")),
		changed("a swapped app hash", "LEDGER_COMMIT_INVALID", replace("/path/1/header/appHash", turned(last.header.appHash))),
		changed("swapped hash of the validators", "LEDGER_VALIDATORS_INVALID", replace("/path/1/header/validatorsHash", setOf(founders))),
		changed("a validator with another power", "LEDGER_VALIDATORS_INVALID", replace("/path/1/validators/0/power", "1000")),
		changed("no validators", "LEDGER_VALIDATORS_INVALID", replace("/path/1/validators", [])),
		changed("a validator twice", "LEDGER_VALIDATORS_INVALID", replace("/path/1", again({ validators: [...members, members[0]!] }))),
		changed("too much power", "LEDGER_VALIDATORS_INVALID", replace("/path/1/validators/0/power", String(2n ** 60n))),
		changed("another round", "LEDGER_COMMIT_INVALID", replace("/path/1/commit/round", 0)),
		changed("another time of a vote", "LEDGER_COMMIT_INVALID", replace("/path/1/commit/votes/0/timeNs", last.header.timeNs)),
		changed("another part set", "LEDGER_COMMIT_INVALID", replace("/path/1/commit/parts/total", 2)),
		changed("a nil vote counted", "LEDGER_COMMIT_INVALID", replace("/path/1/commit/votes/3/for", "block")),
		changed("a place too few", "LEDGER_COMMIT_INVALID", { op: "remove", path: "/path/1/commit/votes/3" }),
		changed(
			"a vote in another's place",
			"LEDGER_COMMIT_INVALID",
			{ op: "copy", from: "/path/1/commit/votes/0", path: "/path/1/commit/votes/1" },
			{ op: "remove", path: "/path/1/commit/votes/4" },
		),
		changed("one vote taken away", "LEDGER_COMMIT_POWER_SHORT", replace("/path/1/commit/votes/2", null)),
		changed("nil and absent votes", "LEDGER_COMMIT_POWER_SHORT", replace("/path/1", again({ ballots: ["block", "block", "nil", "absent"] }))),
		changed(
			"too little trusted power",
			"LEDGER_HEADER_UNTRUSTED",
			replace("/path/1", again({ validators: [founders[2]!, ...strangers], ballots: ["block", "block", "block"] })),
		),
		changed("strangers alone", "LEDGER_HEADER_UNTRUSTED", replace("/path/1", again({ validators: strangers, ballots: ["block", "block"] }))),
		changed("other validators at the next height", "LEDGER_HEADER_UNTRUSTED", replace("/path/1", again({ height: 101 }))),
	];
	for (const { patch } of found) applyPatch(document, patch);
	return found;
}
