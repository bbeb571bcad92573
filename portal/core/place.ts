import { type Genesis, type LedgerTrust, witnessesOf } from "#ledger";
import type { Api } from "./api.ts";
import type { House } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";

/** The institution that serves the page, and the ledger as its node tells it. */
export interface Place {
	readonly house: House;
	readonly told: Genesis;
}

/** @throws PortalError `LEDGER_DIFFERS` for a node that names one ledger and shows another. */
export async function loadPlace(api: Api): Promise<Place> {
	const [{ member, institution: name, chain }, told] = await Promise.all([
		api.get<{ member: House["member"]; institution: string; chain: string }>("/"),
		api.get<Genesis>("/api/genesis"),
	]);
	if (told.chain !== chain) throw new PortalError("LEDGER_DIFFERS");
	return { house: { member, name, chain }, told };
}

export function trustOf(genesis: Genesis): LedgerTrust {
	return { origin: genesis.chain, sealerKey: genesis.sealer, witnesses: witnessesOf(genesis) };
}
