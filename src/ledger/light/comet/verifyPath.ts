import { dayMs, type Instant, minuteMs } from "#base";
import { LedgerError } from "../../errors.ts";
import { headerHash } from "./headerHash.ts";
import type { LightBlock } from "./lightBlock.ts";
import { type DecidedBlock, isSignedByThird, verifyCommit } from "./verifyCommit.ts";

/** What a reader takes on trust: one header by its hash, or one set of validators as of the day it was pinned. */
export type HeaderPin =
	| { readonly height: number; readonly hash: string }
	| {
			readonly validatorsHash: string;
			/** UTC ms. */
			readonly pinnedAtMs: number;
	  };

/** A consortium, as its readers pin it. */
export interface ConsortiumTrust {
	/** The chain's name. */
	readonly origin: string;
	/** Trust starts at any of them that is not expired: what was pinned at enrolment, and what was verified last. */
	readonly pins: readonly HeaderPin[];
	readonly now: Instant;
	/** How long validators are trusted after a header they decided on; {@link trustingPeriodMs} when absent. */
	readonly trustingPeriodMs?: number;
	/** How far a header's time may lie ahead of `now`; {@link clockDriftMs} when absent. */
	readonly clockDriftMs?: number;
}

/** A year: members are institutions, and a patient may look once in a year. */
export const trustingPeriodMs = 365 * dayMs;
export const clockDriftMs = minuteMs;

const nanosPerMs = 1_000_000n;

/** When a block was decided, UTC ms, rounded down. */
export function headerTimeMs({ header }: LightBlock): number {
	return Number(BigInt(header.timeNs) / nanosPerMs);
}

/**
 * Verifies that what is trusted leads to the last of a row of headers. Trust starts at the last of them that is pinned, or of pinned validators; those before
 * it are for readers who pinned earlier, and are not looked at. Of each next one the validators are those that the one before named for it, or more than a third of the power trusted before signed it; and each was decided
 * by more than two thirds of its own validators.
 *
 * Source: CometBFT's light client specification (sequential and skipping verification), trust level 1/3.
 *
 * @throws {@link LedgerError} `LEDGER_HEADER_INVALID`, `LEDGER_HEADER_EXPIRED`, `LEDGER_HEADER_FROM_FUTURE`, `LEDGER_HEADER_UNTRUSTED`,
 * `LEDGER_VALIDATORS_INVALID`, `LEDGER_COMMIT_INVALID`, `LEDGER_COMMIT_POWER_SHORT`.
 */
export function verifyPath(path: readonly LightBlock[], trust: ConsortiumTrust): readonly [DecidedBlock, ...DecidedBlock[]] {
	if (path.length === 0) throw new LedgerError("LEDGER_HEADER_INVALID", "expected at least one header, found none");
	const start = path.findLastIndex((block) => trust.pins.some((pin) => isPinned(block, pin)));
	if (start === -1) throw unpinned();
	const trusted: [DecidedBlock, ...DecidedBlock[]] = [verifyPinned(path[start] as LightBlock, trust)];
	for (const block of path.slice(start + 1)) trusted.push(verifyNext(trusted.at(-1) as DecidedBlock, block, trust));
	return trusted;
}

/** The header from which trust starts. @throws {@link LedgerError} as {@link verifyPath}. */
export function verifyPinned(block: LightBlock, trust: ConsortiumTrust): DecidedBlock {
	assertNotFuture(block, trust);
	const decided = verifyCommit(block, trust.origin);
	const matching = trust.pins.filter((pin) => isPinned(decided, pin));
	if (matching.length === 0) throw unpinned();
	assertFresh(Math.max(...matching.map((pin) => ("hash" in pin ? headerTimeMs(block) : pin.pinnedAtMs))), trust);
	return decided;
}

function isPinned({ header }: LightBlock, pin: HeaderPin): boolean {
	if ("hash" in pin) return pin.height === header.height && pin.hash === headerHash(header);
	return pin.validatorsHash === header.validatorsHash;
}

function unpinned(): LedgerError {
	return new LedgerError("LEDGER_HEADER_UNTRUSTED", "expected the header or the validators that were pinned, found others");
}

/** A header after one that is trusted. @throws {@link LedgerError} as {@link verifyPath}. */
export function verifyNext(trusted: DecidedBlock, block: LightBlock, trust: ConsortiumTrust): DecidedBlock {
	assertFresh(headerTimeMs(trusted), trust);
	assertAfter(trusted, block);
	assertNotFuture(block, trust);
	const isAdjacent = block.header.height === trusted.header.height + 1;
	if (isAdjacent && block.header.validatorsHash !== trusted.header.nextValidatorsHash) {
		throw new LedgerError("LEDGER_HEADER_UNTRUSTED", "expected the validators that the header before named for this one, found others");
	}
	const decided = verifyCommit(block, trust.origin);
	if (!isAdjacent && !isSignedByThird(trusted, decided)) {
		throw new LedgerError("LEDGER_HEADER_UNTRUSTED", "expected more than a third of the trusted power, found less: a header between is needed");
	}
	return decided;
}

function assertFresh(trustedAtMs: number, trust: ConsortiumTrust): void {
	if (trustedAtMs + (trust.trustingPeriodMs ?? trustingPeriodMs) > trust.now) return;
	throw new LedgerError("LEDGER_HEADER_EXPIRED", "expected what is trusted to be younger than the trust period, found it older: pin a newer header");
}

function assertNotFuture(block: LightBlock, trust: ConsortiumTrust): void {
	if (headerTimeMs(block) < trust.now + (trust.clockDriftMs ?? clockDriftMs)) return;
	throw new LedgerError("LEDGER_HEADER_FROM_FUTURE", "expected a header of now or before, found one that lies further ahead than clocks may differ");
}

function assertAfter({ header: before }: LightBlock, { header: after }: LightBlock): void {
	const isAfter = after.height > before.height && BigInt(after.timeNs) > BigInt(before.timeNs);
	if (!isAfter) throw new LedgerError("LEDGER_HEADER_INVALID", "expected a header of a greater height and a later time than the one trusted");
}
