import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, createSigningKey, decodeHex, encodeHex, parseMemberId, type SigningKey, systemClock } from "#base";
import { genesisState, readMember, rules } from "#contracts";
import { type Genesis, type Ledger, openSealer, type Sealer, type SealerOptions, type WitnessLink } from "#ledger";
import type { ScryptCost } from "#vault";
import { NodeError } from "./errors.ts";
import { lockFileName, lockFolder } from "./folderLock.ts";
import { type Institution, type KeyringPlacement, loadMemberKey, openInstitution } from "./institution.ts";
import { pinsOf } from "./ledgerVerifier.ts";
import { loadWitnessKey, type MemberWitnessesParameters, openMemberWitnesses } from "./memberWitnesses.ts";
import { loadOrCreateSecret, writeSecretFile } from "./secretFile.ts";
import { systemRandom } from "./systemRandom.ts";

/** Several institutions on one embedded ledger in one process: the demonstration, with a keyring and a store each. */
export interface Network {
	readonly folder: string;
	readonly genesis: Genesis;
	readonly ledger: Ledger;
	readonly institutions: ReadonlyMap<string, Institution>;
	readonly now: Clock;
	readonly randomBytes: (length: number) => Uint8Array;
	institution(id: string): Institution;
	close(): Promise<void>;
}

export interface MemberPlan {
	readonly id: string;
	readonly name: string;
	readonly roles: readonly string[];
	readonly implicitPolicy: string;
}

export interface NetworkParameters {
	readonly folder: string;
	readonly chain: string;
	readonly members: readonly MemberPlan[];
	readonly now?: Clock;
	readonly randomBytes?: (length: number) => Uint8Array;
	/** Told which part is being opened, and how far long work of it is. */
	readonly onProgress?: (step: string) => void;
	/** Where the institutions' keyrings run; `in-process` when absent. */
	readonly keyring?: KeyringPlacement | undefined;
	/** What a new keyring's passphrase costs; PROTOCOL §7's when absent. A lower one is for tests alone: the keyring keeps it ever after. */
	readonly scrypt?: ScryptCost | undefined;
	/** Where the witnesses of members run that run their own, by member; the others' run in this process. */
	readonly witnessUrls?: ReadonlyMap<string, string> | undefined;
	/** Room on the disk that each institution keeps for emergencies, in bytes; none when absent. */
	readonly emergencyReserveBytes?: number | undefined;
	/** Told how many of the members' witnesses the ledger reached when it was opened. */
	readonly onWitnessesAsked?: SealerOptions["onWitnessesAsked"];
	/** Releases the folder's lock, where the caller has taken it already; the network releases it when it closes. */
	readonly unlock?: () => void;
}

const format = "aceso/network/1";

/**
 * Opens the network in a folder, or begins one there: the first member operates the ledger, the others witness it. A second process on the
 * folder is refused before anything in it is touched.
 *
 * @throws NodeError `NODE_FOLDER_FOREIGN`, `NODE_FOLDER_LOCKED`; whatever the audits of ledger, store, log and keyring find.
 */
export async function openNetwork(parameters: NetworkParameters): Promise<Network> {
	const { folder } = parameters;
	assertUsable(folder);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const unlock = parameters.unlock ?? lockFolder(folder);
	try {
		return await openLocked(parameters, unlock);
	} catch (error) {
		unlock();
		throw error;
	}
}

async function openLocked(parameters: NetworkParameters, unlock: () => void): Promise<Network> {
	const { folder, now = systemClock, randomBytes = systemRandom, onProgress } = parameters;
	mkdirSync(join(folder, "ledger"), { recursive: true, mode: 0o700 });
	const sealerKey = loadSealerKey(folder, randomBytes);
	const genesis = loadOrCreateGenesis(parameters, sealerKey, now, randomBytes);
	onProgress?.("ledger");
	const { witnessUrls, onWitnessesAsked } = parameters;
	const { ledger, closeWitnesses } = await openWitnessedLedger({
		...{ folder, genesis, sealerKey, now, witnessUrls, onWitnessesAsked },
		onCatchUp: (height, last) => onProgress?.(`ledger: ${height} of ${last} blocks run again`),
		onReplay: (member, done, total) => onProgress?.(`witness of ${member}: ${done} of ${total} leaves run again`),
	});
	const institutions = new Map<string, Institution>();
	let closing: Promise<void> | undefined;
	const closeAll = async () => {
		for (const institution of [...institutions.values()].reverse()) await institution.close();
		await ledger.close();
		await closeWitnesses();
		unlock();
	};
	/** May be called again: everybody waits for the same end. */
	const close = () => {
		closing ??= closeAll();
		return closing;
	};
	onProgress?.("institutions");
	// Together, since nearly all of it is scrypt, which runs on other threads.
	const opening = genesis.members.map(({ id, name }) => {
		const home = join(folder, "members", id);
		const passphrase = loadDemoPassphrase(home, randomBytes);
		return openInstitution({
			folder: home,
			id,
			name,
			ledger,
			pins: pinsOf(genesis),
			now,
			randomBytes,
			passphrase,
			keyRoot: () => ({ kind: "passphrase", passphrase, scrypt: parameters.scrypt }),
			keyring: parameters.keyring,
			emergencyReserveBytes: parameters.emergencyReserveBytes,
		});
	});
	const opened = await Promise.allSettled(opening);
	for (const each of opened) if (each.status === "fulfilled") institutions.set(each.value.id, each.value);
	const failed = opened.find((each) => each.status === "rejected");
	if (failed !== undefined) {
		await close();
		throw failed.reason;
	}
	return {
		folder,
		genesis,
		ledger,
		institutions,
		now,
		randomBytes,
		institution(id) {
			const institution = institutions.get(id);
			if (institution === undefined) throw new NodeError("NODE_MEMBER_UNKNOWN", `expected one of ${[...institutions.keys()].join(", ")}`);
			return institution;
		},
		close,
	};
}

/** Where a folder's ledger lies. */
export function ledgerFile(folder: string): string {
	return join(folder, "ledger", "ledger.db");
}

interface OpenLedgerParameters {
	readonly folder: string;
	readonly genesis: Genesis;
	readonly sealerKey: SigningKey;
	readonly now: Clock;
	readonly witnessUrls?: ReadonlyMap<string, string> | undefined;
	readonly onWitnessesAsked?: SealerOptions["onWitnessesAsked"];
	readonly onCatchUp?: SealerOptions["onCatchUp"];
	readonly onReplay?: MemberWitnessesParameters["onReplay"];
}

function openLedger(
	{ folder, witnessUrls: _, onReplay: __, ...parameters }: OpenLedgerParameters,
	witnesses: readonly WitnessLink[] = [],
): Promise<Sealer> {
	return openSealer({ ...parameters, path: ledgerFile(folder), rules, genesisState, readMember, witnesses });
}

/** The sealer under the eyes of the other members' witnesses, which read its tiles; a folder older than what one of them holds is refused. */
async function openWitnessedLedger(parameters: OpenLedgerParameters): Promise<{ readonly ledger: Ledger; closeWitnesses(): Promise<void> }> {
	let ledger: Sealer | undefined;
	const { links, close } = await openMemberWitnesses({ ...parameters, readTile: (path) => ledger?.tile(path) });
	try {
		ledger = await openLedger(parameters, links);
		return { ledger, closeWitnesses: close };
	} catch (error) {
		await close();
		throw error;
	}
}

/**
 * Opens a folder's ledger alone, and with it the folder's lock: for what must happen while no institution is open.
 *
 * @throws NodeError `NODE_FOLDER_FOREIGN`; `LEDGER_LOCKED` while another process works on the folder.
 */
export async function openLedgerOf(folder: string, now: Clock = systemClock): Promise<Ledger> {
	return openLedger({ folder, genesis: readGenesis(folder), sealerKey: loadSealerKey(folder, systemRandom), now });
}

/** {@link openLedgerOf} under the eyes of the witnesses, who refuse one that is older than what they have seen. */
export async function openWitnessedLedgerOf(folder: string, now: Clock): Promise<{ readonly ledger: Ledger; close(): Promise<void> }> {
	const { ledger, closeWitnesses } = await openWitnessedLedger({
		...{ folder, genesis: readGenesis(folder), sealerKey: loadSealerKey(folder, systemRandom), now },
	});
	const close = async () => {
		await ledger.close();
		await closeWitnesses();
	};
	return { ledger, close };
}

function loadSealerKey(folder: string, randomBytes: Network["randomBytes"]): SigningKey {
	const secret = loadOrCreateSecret(join(folder, "ledger", "sealer.key"), () => encodeHex(randomBytes(32)));
	return createSigningKey(decodeHex(secret, 32));
}

/** A demonstration's passphrase lies beside the keyring it opens; a real institution's never does. */
export function loadDemoPassphrase(home: string, randomBytes: Network["randomBytes"]): string {
	return loadOrCreateSecret(join(home, "DEMO-PASSPHRASE"), () => encodeHex(randomBytes(16)));
}

export function assertUsable(folder: string): void {
	if (!existsSync(folder)) return;
	if (["network.json", "ledger", "demo"].some((name) => existsSync(join(folder, name)))) return;
	if (readdirSync(folder).some((name) => name !== lockFileName)) {
		throw new NodeError("NODE_FOLDER_FOREIGN", "expected an empty folder or an Aceso data folder; choose another with --data");
	}
}

function loadOrCreateGenesis(
	{ folder, chain, members }: NetworkParameters,
	sealerKey: SigningKey,
	now: Clock,
	randomBytes: Network["randomBytes"],
): Genesis {
	const path = join(folder, "network.json");
	if (existsSync(path)) return readGenesis(folder);
	const genesis: Genesis = {
		format: "aceso/genesis/1",
		chain,
		time: now(),
		sealer: sealerKey.publicKey,
		members: members.map(({ id, name, roles, implicitPolicy }, i) => ({
			id: parseMemberId(id),
			name,
			key: loadMemberKey(join(folder, "members", id), randomBytes).publicKey,
			roles,
			implicitPolicy,
			// The first member operates the sealer: its own witness would vouch for nothing.
			...(i === 0 ? {} : { witness: loadWitnessKey(join(folder, "members", id), randomBytes).publicKey }),
		})),
		rulesVersion: rules.version,
	};
	writeSecretFile(path, `${JSON.stringify({ format, genesis }, null, "\t")}\n`);
	return genesis;
}

/** What a network began with: its chain, the sealer's key, its members. @throws NodeError `NODE_FOLDER_FOREIGN`. */
export function readGenesis(folder: string): Genesis {
	const path = join(folder, "network.json");
	if (!existsSync(path)) throw new NodeError("NODE_FOLDER_FOREIGN", "expected an Aceso data folder; name it with --data");
	const stored = JSON.parse(readFileSync(path, "utf8")) as { format?: string; genesis: Genesis };
	if (stored.format !== format) throw new NodeError("NODE_FOLDER_FOREIGN", "expected network.json of format aceso/network/1");
	return stored.genesis;
}
