import { LedgerError } from "../../errors.ts";
import type { LightBlock } from "./lightBlock.ts";
import type { DecidedBlock } from "./verifyCommit.ts";
import { type ConsortiumTrust, verifyNext, verifyPinned } from "./verifyPath.ts";

/** Somebody who has a chain's headers, and is not believed. */
export interface HeaderSource {
	/** The block of a height. Rejects when it is not to be had. */
	lightBlock(height: number): Promise<LightBlock>;
}

export interface FindPathParameters {
	readonly source: HeaderSource;
	readonly trust: ConsortiumTrust;
	/** Height of the header from which trust starts: the pinned one, or any decided by the pinned validators. */
	readonly from: number;
	readonly to: number;
	/** Headers that the search may ask for: where each height changes all validators, bisection would ask for every one. */
	readonly headersMax?: number;
}

const headersMaxDefault = 1_000;

/**
 * Finds few headers that lead from what is trusted to a height: straight, where enough of the trusted validators signed; else over the height half way, and so
 * on. Everything found is verified; {@link verifyPath} takes the same path offline.
 *
 * Source: CometBFT's light client specification, bisection.
 *
 * @throws {@link LedgerError} the codes of `verifyPath`; `LEDGER_HEADER_UNTRUSTED` also when two neighbouring headers do not lead to each other.
 */
export async function findPath({ source, trust, from, to, headersMax = headersMaxDefault }: FindPathParameters): Promise<readonly DecidedBlock[]> {
	const path = [verifyPinned(await fetchAt(source, from), trust)];
	const wanted = to > from ? [await fetchAt(source, to)] : [];
	let asked = 1 + wanted.length;
	while (wanted.length > 0) {
		const [trusted, next] = [path.at(-1) as DecidedBlock, wanted.at(-1) as LightBlock];
		const decided = tryNext(trusted, next, trust);
		if (decided !== undefined) {
			path.push(decided);
			wanted.pop();
			continue;
		}
		if (++asked > headersMax) throw new LedgerError("LEDGER_HEADER_UNTRUSTED", `expected a path of at most ${headersMax} headers, found none`);
		wanted.push(await fetchAt(source, Math.floor((trusted.header.height + next.header.height) / 2)));
	}
	return path;
}

/** Undefined when only headers between the two can tell. */
function tryNext(trusted: DecidedBlock, next: LightBlock, trust: ConsortiumTrust): DecidedBlock | undefined {
	try {
		return verifyNext(trusted, next, trust);
	} catch (error) {
		const isTooFar = error instanceof LedgerError && error.code === "LEDGER_HEADER_UNTRUSTED" && next.header.height > trusted.header.height + 1;
		if (isTooFar) return undefined;
		throw error;
	}
}

async function fetchAt(source: HeaderSource, height: number): Promise<LightBlock> {
	const block = await source.lightBlock(height);
	if (block.header.height !== height) throw new LedgerError("LEDGER_HEADER_INVALID", "expected the header of the height asked for, found another");
	return block;
}
