import { encodeHex, type Instant, type MemberId } from "#base";
import { createEnvelope, type Genesis, latestUntil, openSealer, type Sealer, signTransaction } from "#ledger";
import { definition, readToyMember } from "../../src/ledger/testing/toyLedger.ts";
import { fixedBytes, fixedChain, fixedKey, fixedMember, fixedStartMs } from "./fixed.ts";

const member = fixedMember as MemberId;
const memberKey = fixedKey(member);
export const now = () => fixedStartMs as Instant;
export const sealerKey = fixedKey("sealer");
export const witnessKey = fixedKey("witness of lab-b");

export const genesis: Genesis = {
	format: "aceso/genesis/1",
	chain: fixedChain,
	time: fixedStartMs,
	sealer: sealerKey.publicKey,
	members: [
		{ id: member, name: "Clinic A", key: memberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" },
		{
			id: "lab-b" as MemberId,
			name: "Laboratory B",
			key: fixedKey("lab-b").publicKey,
			roles: ["laboratory"],
			implicitPolicy: "deny",
			witness: witnessKey.publicKey,
		},
	],
	rulesVersion: 1,
};

/** The rules are an invented contract's: how a log is shown, cosigned and proved does not depend on them, nor do the vectors. */
export const ledgerDefinition = { ...definition, genesis, now };

/** A sealer that gives the same log in every run. */
export function openFixedSealer(path: string): Promise<Sealer> {
	const options = { blockWindowMs: 0, verifyThreads: 0, heartbeatMs: 86_400_000 };
	return openSealer({ ...ledgerDefinition, ...options, path, readMember: readToyMember, sealerKey });
}

/** One block. */
export async function putValue(sealer: Sealer, value: number): Promise<void> {
	const salt = encodeHex(fixedBytes(`salt ${value}`, 16));
	const body = { key: "invented", value };
	const draft = { chain: fixedChain, contract: "consent", action: "put", body, until: latestUntil(fixedStartMs), salt } as const;
	const [result] = await sealer.submit(createEnvelope([signTransaction(draft, memberKey)], { chain: fixedChain, member, key: memberKey }));
	if (!result?.accepted) throw new Error(`expected the transaction to be accepted, found ${result?.code}`);
}
