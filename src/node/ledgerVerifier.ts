import { canonicalText, type PublicKey, parsePublicKey } from "#base";
import { type Genesis, type LedgerTrust, verifyEvidence, witnessesOf } from "#ledger";
import type { LedgerVerifier } from "#vault";

/** Spells out which ledger, sealer and witnesses a keyring is held to: what the genesis names. */
export function pinsOf(genesis: Genesis): string {
	const witnesses = witnessesOf(genesis).map(({ name, key }) => ({ name, key }));
	return canonicalText({ chain: genesis.chain, sealer: genesis.sealer, witnesses });
}

/**
 * Judges evidence of the ledger that the pins name, by light verification alone: it neither reads the ledger nor asks anybody. Where the pins name
 * witnesses, half of them (rounded up) must have cosigned; where they name none, the sealer's word is all there is.
 *
 * @param pins - As {@link pinsOf} spelled them.
 */
export function createLedgerVerifier(pins: string): LedgerVerifier {
	const trust = readPins(pins);
	const isPartyAlone = trust.witnesses?.length === 0;
	return {
		pins,
		verify(evidence) {
			const { checkpoint, values } = verifyEvidence(evidence, trust);
			const { size, root, standing, witnessedAtMs, cosignedAtMs } = checkpoint;
			return {
				checkpoint: { size, root: Buffer.from(root).toString("hex") },
				isWitnessed: isPartyAlone || standing === "witnessed",
				signedAtMs: isPartyAlone ? cosignedAtMs : witnessedAtMs,
				values,
			};
		},
	};
}

function readPins(pins: string): LedgerTrust {
	const { chain, sealer, witnesses } = JSON.parse(pins) as {
		readonly chain: string;
		readonly sealer: PublicKey;
		readonly witnesses: readonly { readonly name: string; readonly key: PublicKey }[];
	};
	return {
		origin: chain,
		sealerKey: parsePublicKey(sealer),
		witnesses: witnesses.map(({ name, key }) => ({ name, key: parsePublicKey(key) })),
	};
}
