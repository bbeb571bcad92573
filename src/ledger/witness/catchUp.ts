import { decodeUtf8 } from "#base";
import { type Checkpoint, encodeAddCheckpoint, fetchConsistencyProof, parseCheckpoint, type TileSource } from "#log";
import type { Witness } from "./witness.ts";
import type { WitnessAnswer } from "./witnessAnswer.ts";

/** What came of it: the witness's own answer, or why there was none to give. */
export type CaughtUp = WitnessAnswer | { readonly status: "unreachable" | "up to date" | "behind" };

/**
 * Brings a witness up to the checkpoint that the sealer shows, without being asked by the sealer: at the start of a witness that was away.
 *
 * `behind`: the sealer shows less than the witness holds, as after an older file was put back; the sealer will be told when it asks.
 *
 * @throws {@link LogError} when what the sealer shows is no checkpoint, or its tiles do not lead there.
 */
export async function catchUp(witness: Witness, source: TileSource): Promise<CaughtUp> {
	const shown = await source("checkpoint").catch(() => undefined);
	if (shown === undefined) return { status: "unreachable" };
	const checkpoint = decodeUtf8(shown);
	const theirs = readUnverified(checkpoint);
	const own = witness.latest();
	const ours = own === undefined ? undefined : readUnverified(own);
	const oldSize = ours?.size ?? 0;
	if (theirs.size <= oldSize) return { status: theirs.size === oldSize ? "up to date" : "behind" };
	const proof = ours === undefined ? [] : await fetchConsistencyProof(source, ours, theirs);
	const answer = await witness.addCheckpoint(encodeAddCheckpoint({ oldSize, proof, checkpoint }));
	// The sealer may have asked meanwhile, by itself: what was to be caught up is then cosigned already.
	return answer.status === 409 && witness.size >= theirs.size ? { status: "up to date" } : answer;
}

/** The witness verifies the signature before it does anything. */
function readUnverified(note: string): Checkpoint {
	return parseCheckpoint(note.slice(0, note.indexOf("\n\n") + 1));
}
