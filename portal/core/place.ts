import type { Instant } from "#base";
import { type Genesis, type HeaderPin, type ReaderTrust, witnessesOf } from "#ledger";
import type { PinnedConsortium, SeenState } from "#wallet";
import type { Api } from "./api.ts";
import type { House } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";

/** The institution that serves the page, and the ledger as its node tells it. */
export interface Place {
	readonly house: House;
	readonly told: Genesis;
	/** Where members order the ledger together: which validators a reader may begin with; null where one party seals it. */
	readonly pin: HeaderPin | null;
}

/** What a browser holds a ledger's proofs against: a sealer and the members' witnesses, or validators that decide together. */
export interface PinnedLedger {
	readonly genesis: Genesis;
	readonly consortium?: PinnedConsortium | undefined;
	/** Newest header verified here: it leads on when validators change. */
	readonly header?: SeenState["header"];
}

/** @throws PortalError `LEDGER_DIFFERS` for a node that names one ledger and shows another. */
export async function loadPlace(api: Api): Promise<Place> {
	const [{ member, institution: name, chain }, told, { pin }] = await Promise.all([
		api.get<{ member: House["member"]; institution: string; chain: string }>("/"),
		api.get<Genesis>("/api/genesis"),
		api.get<{ pin: HeaderPin | null }>("/api/ledger/pin"),
	]);
	if (told.chain !== chain) throw new PortalError("LEDGER_DIFFERS");
	return { house: { member, name, chain }, told, pin };
}

export function trustOf({ genesis, consortium, header }: PinnedLedger, nowMs: number): ReaderTrust {
	if (consortium === undefined) return { origin: genesis.chain, sealerKey: genesis.sealer, witnesses: witnessesOf(genesis) };
	const { pin, ...limits } = consortium;
	const { height, hash, validatorsHash, timeMs } = header ?? {};
	const led = header === undefined ? [] : [{ height, hash } as HeaderPin, { validatorsHash, pinnedAtMs: timeMs } as HeaderPin];
	return { origin: genesis.chain, pins: [pin, ...led], now: nowMs as Instant, ...limits };
}

/** What a node told at a first visit, to begin with. */
export function pinnedAtFirst({ told, pin }: Place): PinnedLedger {
	return { genesis: told, ...(pin === null ? {} : { consortium: { pin } }) };
}
