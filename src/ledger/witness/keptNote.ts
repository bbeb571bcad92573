import { CodedError } from "#base";
import { verifiedLines } from "#log";
import type { TrustedWitness } from "../light/witnessQuorum.ts";

/**
 * A checkpoint with the sealer's signature and those of the given witnesses, and no other line: anybody may have added some. Undefined when it is not
 * signed by the sealer, or when a line of one of these keys does not verify.
 */
export function keptNote(note: string, sealer: TrustedWitness, witnesses: readonly TrustedWitness[]): string | undefined {
	const author = { ...sealer, type: "ed25519" } as const;
	const cosigners = witnesses.map(({ name, key }) => ({ name, key, type: "cosignature/v1" }) as const);
	try {
		verifiedLines(note, [author]);
		return note.slice(0, note.lastIndexOf("\n\n") + 2) + verifiedLines(note, [author, ...cosigners]);
	} catch (error) {
		if (error instanceof CodedError) return undefined;
		throw error;
	}
}
