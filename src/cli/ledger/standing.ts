import { askedCosignatures, type Genesis, type LedgerTrust, type VerifiedCheckpoint, witnessesOf } from "#ledger";
import type { Io } from "../command.ts";

/** What a folder's own genesis lets its commands believe: the sealer's key, and the members' witnesses. */
export function trustOf(genesis: Genesis): LedgerTrust {
	return { origin: genesis.chain, sealerKey: genesis.sealer, witnesses: witnessesOf(genesis) };
}

/** Who vouches for a checkpoint. One party's word is never shown as more than that (PROTOCOL §3). */
export function describeStanding({ standing, witnesses }: VerifiedCheckpoint, genesis: Genesis, { interactive }: Pick<Io, "interactive">): string {
	const colour = (code: number, text: string) => (interactive ? `\x1b[${code}m${text}\x1b[0m` : text);
	const asked = askedCosignatures(witnessesOf(genesis).length);
	const found = `${witnesses.length} cosignatures by other members, ${asked} needed`;
	if (standing === "witnessed") return colour(32, `✓ witnessed by ${witnesses.join(", ")} (${found})`);
	return colour(33, `! signed by one party (${found}): it may show others another ledger`);
}
