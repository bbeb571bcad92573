import { type Digest, decodeHex, isHex } from "#base";
import { appHash } from "../../appHash.ts";
import { LedgerError } from "../../errors.ts";
import type { VerifiedCheckpoint } from "../verifyCheckpoint.ts";
import { type LightBlock, parseLightBlock } from "./lightBlock.ts";
import type { DecidedBlock } from "./verifyCommit.ts";
import { type ConsortiumTrust, type HeaderPin, headerTimeMs, verifyPath } from "./verifyPath.ts";

const format = "aceso/header/1";
/** Headers of one path. Bisection over a year of changing validators needs far fewer. */
const pathMax = 64;
/** Of the text, in UTF-16 units: bounds what a reader computes before it knows that somebody wasted its time. */
const textMax = 1_048_576;

/**
 * What stands in place of a checkpoint where validators decide on blocks: headers that lead from what a reader trusts to one whose app hash is
 * H(0x02 ‖ logRoot ‖ stateRoot) (PROTOCOL §3), and those two roots.
 */
export interface HeaderEvidence {
	/** Of the ledger's log. */
	readonly logSize: number;
	readonly logRoot: Digest;
	readonly stateRoot: Digest;
	/** To the one that commits to the roots, from one that is pinned or decided by pinned validators; earlier ones serve readers who pinned earlier. */
	readonly path: readonly LightBlock[];
}

/** A checkpoint for which validators stand: all that one says, and their header. */
export interface VerifiedHeader extends VerifiedCheckpoint {
	readonly header: {
		readonly height: number;
		/** 32 bytes, hex. */
		readonly hash: string;
		/** Root of the state that the header commits to, 32 bytes, hex. */
		readonly stateRoot: string;
		/** Fewest validators of this set that could have decided. */
		readonly fewest: number;
		/** Of the validators that decided. */
		readonly validatorsHash: string;
		/** When they did, UTC ms. */
		readonly timeMs: number;
		/** The headers that led here, this one last. */
		readonly trail: readonly { readonly height: number; readonly hash: string }[];
	};
}

/** The text that is carried where an embedded ledger's proofs carry a checkpoint. */
export function formatHeaderEvidence({ logSize, logRoot, stateRoot, path }: HeaderEvidence): string {
	const blocks = path.map(({ header, commit, validators }) => ({ header, commit, validators }));
	return JSON.stringify({ format, log: { root: logRoot, size: logSize }, stateRoot, path: blocks });
}

/**
 * Verifies that the validators which a reader trusts decided on the roots of a ledger. The log's `size` is not in what they signed: it is as told, and no
 * reader's judgement may rest on it (a log's last leaf is known by its siblings all standing left).
 *
 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID` when the text is no such evidence or its roots are not those of the app hash, the codes of
 * `verifyPath`.
 */
export function verifyHeaderEvidence(text: string, trust: ConsortiumTrust): VerifiedHeader {
	const { logSize, logRoot, stateRoot, path } = parseHeaderEvidence(text);
	const trail = verifyPath(path, trust);
	const decided = trail.at(-1) as DecidedBlock;
	if (appHash({ logRoot, stateRoot }) !== decided.header.appHash) {
		throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected the roots that the header commits to, found others");
	}
	const decidedAtMs = headerTimeMs(decided);
	return {
		origin: trust.origin,
		size: logSize,
		root: decodeHex(logRoot),
		cosignedAtMs: decidedAtMs,
		witnesses: decided.signers,
		standing: "agreed",
		witnessedAtMs: decidedAtMs,
		header: {
			height: decided.header.height,
			hash: decided.hash,
			stateRoot,
			fewest: fewestSigners(decided),
			validatorsHash: decided.header.validatorsHash,
			timeMs: decidedAtMs,
			trail: trail.map(({ header, hash }) => ({ height: header.height, hash })),
		},
	};
}

/** The block that evidence ends with, where what is trusted leads to it. @throws {@link LedgerError} As {@link verifyHeaderEvidence}, but for the roots. */
export function verifyHeaderPath(text: string, trust: ConsortiumTrust): DecidedBlock {
	return verifyPath(parseHeaderEvidence(text).path, trust).at(-1) as DecidedBlock;
}

/**
 * What somebody who begins now may pin: the validators of the header that a piece of evidence ends with. Whoever hands it out is believed for it;
 * nothing is verified.
 */
export function pinOfEvidence(text: string): HeaderPin {
	const last = parseHeaderEvidence(text).path.at(-1);
	if (last === undefined) throw malformed();
	return { validatorsHash: last.header.validatorsHash, pinnedAtMs: headerTimeMs(last) };
}

/** @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID`, `LEDGER_HEADER_INVALID`. */
function parseHeaderEvidence(text: string): HeaderEvidence {
	if (text.length > textMax) throw malformed();
	const value = parseJson(text);
	if (!isObject(value, ["format", "log", "stateRoot", "path"]) || value.format !== format) throw malformed();
	const { log, stateRoot, path } = value;
	if (!isObject(log, ["root", "size"]) || !isHex(log.root, 32) || !isHex(stateRoot, 32) || !isSize(log.size)) throw malformed();
	if (!Array.isArray(path) || path.length > pathMax) throw malformed();
	return { logSize: log.size, logRoot: log.root as Digest, stateRoot: stateRoot as Digest, path: path.map(parseLightBlock) };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw malformed();
	}
}

function isObject(value: unknown, names: readonly string[]): value is { readonly [name: string]: unknown } {
	return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).toSorted().join() === names.toSorted().join();
}

function isSize(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function fewestSigners({ validators, totalPower }: DecidedBlock): number {
	const powers = validators.map(({ power }) => BigInt(power)).sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
	let [count, sum] = [0, 0n];
	for (const power of powers) {
		if (sum * 3n > totalPower * 2n) break;
		sum += power;
		count++;
	}
	return count;
}

function malformed(): LedgerError {
	return new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected evidence of a header in the format aceso/header/1");
}
