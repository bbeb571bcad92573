import { randomBytes as systemRandomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, createSigningKey, decodeHex, encodeHex, parseMemberId, type SigningKey, systemClock } from "#base";
import { genesisState, readMember, rules } from "#contracts";
import { type Genesis, type Ledger, openSealer } from "#ledger";
import { NodeError } from "./errors.ts";
import { type Institution, loadMemberKey, openInstitution } from "./institution.ts";
import { loadOrCreateSecret, writeSecretFile } from "./secretFile.ts";

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
	readonly onProgress?: (step: string) => void;
}

const format = "aceso/network/1";

/**
 * Opens the network in a folder, or begins one there. A second process on the folder is refused by the ledger's lock before anything of an
 * institution is touched.
 *
 * @throws NodeError `NODE_FOLDER_FOREIGN`; `LEDGER_LOCKED`, `VAULT_LOCKED` when another process works on it; whatever the audits of ledger,
 * store, log and keyring find.
 */
export async function openNetwork(parameters: NetworkParameters): Promise<Network> {
	const { folder, now = systemClock, randomBytes = systemRandom, onProgress } = parameters;
	assertUsable(folder);
	mkdirSync(join(folder, "ledger"), { recursive: true, mode: 0o700 });
	const sealerKey = createSigningKey(
		decodeHex(
			loadOrCreateSecret(join(folder, "ledger", "sealer.key"), () => encodeHex(randomBytes(32))),
			32,
		),
	);
	const genesis = loadOrCreateGenesis(parameters, sealerKey, now, randomBytes);
	onProgress?.("ledger");
	const ledger = await openSealer({
		path: join(folder, "ledger", "ledger.db"),
		genesis,
		rules,
		genesisState,
		sealerKey,
		readMember,
		now,
	});
	const institutions = new Map<string, Institution>();
	let closing: Promise<void> | undefined;
	const closeAll = async () => {
		for (const institution of [...institutions.values()].reverse()) await institution.close();
		await ledger.close();
	};
	/** May be called again: everybody waits for the same end. */
	const close = () => {
		closing ??= closeAll();
		return closing;
	};
	try {
		for (const { id, name } of genesis.members) {
			onProgress?.(name);
			const home = join(folder, "members", id);
			// A demonstration's passphrase lies beside the keyring it opens; `aceso node` for a real institution takes it by file descriptor.
			const passphrase = loadOrCreateSecret(join(home, "DEMO-PASSPHRASE"), () => encodeHex(randomBytes(16)));
			institutions.set(id, await openInstitution({ folder: home, id, name, ledger, now, randomBytes, passphrase }));
		}
	} catch (error) {
		await close();
		throw error;
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

function systemRandom(length: number): Uint8Array {
	return new Uint8Array(systemRandomBytes(length));
}

function assertUsable(folder: string): void {
	if (!existsSync(folder)) return;
	if (existsSync(join(folder, "network.json")) || existsSync(join(folder, "ledger"))) return;
	if (readdirSync(folder).length > 0) {
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
	if (existsSync(path)) {
		const stored = JSON.parse(readFileSync(path, "utf8")) as { format?: string; genesis: Genesis };
		if (stored.format !== format) throw new NodeError("NODE_FOLDER_FOREIGN", "expected network.json of format aceso/network/1");
		return stored.genesis;
	}
	const genesis: Genesis = {
		format: "aceso/genesis/1",
		chain,
		time: now(),
		sealer: sealerKey.publicKey,
		members: members.map(({ id, name, roles, implicitPolicy }) => ({
			id: parseMemberId(id),
			name,
			key: loadMemberKey(join(folder, "members", id), randomBytes).publicKey,
			roles,
			implicitPolicy,
		})),
		rulesVersion: rules.version,
	};
	writeSecretFile(path, `${JSON.stringify({ format, genesis }, null, "\t")}\n`);
	return genesis;
}
