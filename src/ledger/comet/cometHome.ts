import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSigningKey, type Digest, decodeUtf8, type PublicKey } from "#base";
import type { Validator } from "#contracts";
import { LedgerError } from "../errors.ts";
import { encodeAppState } from "./application.ts";
import { nodeId, privateKeyJson, publicKeyJson, validatorAddress } from "./cometKeys.ts";

/** What all members write into CometBFT's genesis, to the byte: it is hashed. */
export interface CometGenesis {
	readonly chain: string;
	/** UTC ms. */
	readonly timeMs: number;
	/** The height after the ledger's last. */
	readonly initialHeight: number;
	/** Of the ledger as it is then. */
	readonly appHash: Digest;
	readonly validators: readonly Validator[];
}

export interface Peer {
	/** Public half of its node key. */
	readonly key: PublicKey;
	/** `host:port` of its peer-to-peer listener. */
	readonly address: string;
}

/** Where a node that joins finds a state that members agreed on. */
export interface TrustedStart {
	/** At least two. */
	readonly rpcUrls: readonly string[];
	readonly height: number;
	/** Hash of the header of that height, from a source that its operator trusts. */
	readonly headerHash: string;
}

export interface CometHome {
	/** CometBFT's `--home`. */
	readonly folder: string;
	readonly genesis: CometGenesis;
	/** 32 bytes each. */
	readonly validatorSeed: Uint8Array;
	readonly nodeSeed: Uint8Array;
	readonly moniker: string;
	/** As `proxy_app`: where the application listens. */
	readonly applicationAddress: string;
	/** `host:port`. The RPC is for this machine: who reaches it can submit and read. */
	readonly rpcListen: string;
	readonly peerListen: string;
	readonly peers: readonly Peer[];
	readonly trustedStart?: TrustedStart;
}

/** CometBFT takes no longer name. */
const chainNameMax = 50;

/** Bytes of a block: three full batches, well below what four members on one machine hand on within a timeout. */
const blockBytesMax = 2_097_152;

/**
 * Writes what CometBFT needs to run: genesis, configuration and keys. What it has written itself since (the address book, the state of its signing key) is
 * left as it is; without that state a validator could sign a height twice.
 *
 * @throws {@link LedgerError} `LEDGER_CONSENSUS_DIFFERS` for a chain's name that CometBFT does not take.
 */
export function writeCometHome(home: CometHome): void {
	const { folder, genesis, validatorSeed, nodeSeed } = home;
	if (genesis.chain.length > chainNameMax) {
		throw new LedgerError("LEDGER_CONSENSUS_DIFFERS", `expected a chain's name of at most ${chainNameMax} characters, which CometBFT asks for`);
	}
	for (const name of ["config", "data"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
	const [validator, node] = [createSigningKey(validatorSeed), createSigningKey(nodeSeed)];
	write(join(folder, "config", "genesis.json"), toJson(genesisJson(genesis)));
	write(join(folder, "config", "config.toml"), configToml(home));
	write(join(folder, "config", "node_key.json"), toJson({ priv_key: privateKeyJson(nodeSeed, node) }));
	write(
		join(folder, "config", "priv_validator_key.json"),
		toJson({
			address: validatorAddress(validator.publicKey),
			pub_key: publicKeyJson(validator.publicKey),
			priv_key: privateKeyJson(validatorSeed, validator),
		}),
	);
	const signed = join(folder, "data", "priv_validator_state.json");
	if (!existsSync(signed)) write(signed, toJson({ height: "0", round: 0, step: 0 }));
}

function write(path: string, text: string): void {
	writeFileSync(path, text, { mode: 0o600 });
}

function toJson(value: object): string {
	return `${JSON.stringify(value, null, "\t")}\n`;
}

function genesisJson({ chain, timeMs, initialHeight, appHash, validators }: CometGenesis): object {
	return {
		genesis_time: new Date(timeMs).toISOString(),
		chain_id: chain,
		initial_height: String(initialHeight),
		consensus_params: {
			block: { max_bytes: String(blockBytesMax), max_gas: "-1" },
			evidence: { max_age_num_blocks: "1000000", max_age_duration: String(weeksNs(2)), max_bytes: "65536" },
			validator: { pub_key_types: ["ed25519"] },
			version: { app: "1" },
			abci: { vote_extensions_enable_height: "0" },
		},
		validators: validators.map(({ id, key, power }) => ({
			address: validatorAddress(key),
			pub_key: publicKeyJson(key),
			power: String(power),
			name: id,
		})),
		app_hash: appHash.toUpperCase(),
		app_state: JSON.parse(decodeUtf8(encodeAppState(appHash))) as object,
	};
}

function weeksNs(weeks: number): bigint {
	return BigInt(weeks) * 7n * 86_400n * 1_000_000_000n;
}

/** Bytes of a packet between peers; all members write the same, since CometBFT cuts off who sends larger ones than it expects. */
const packetBytes = 32_768;

/**
 * To so many of the peers it dialled, and of those that dialled it, CometBFT hands what is in its mempool; a transaction otherwise comes to each node from
 * each other one. Who is not handed it has it from the block, and what a node took stays in its own mempool until it proposes itself: within as many blocks
 * as there are members.
 */
const gossipPeers = 1;

/** Only what differs from CometBFT's defaults. */
function configToml({ moniker, applicationAddress, rpcListen, peerListen, peers, trustedStart }: CometHome): string {
	const persistent = peers.map(({ key, address }) => `${nodeId(key)}@${address}`).join(",");
	return `# Written by aceso; changes are overwritten.
proxy_app = ${quote(applicationAddress)}
moniker = ${quote(moniker)}
log_level = "state:info,consensus:info,statesync:info,blocksync:info,*:error"

[rpc]
laddr = ${quote(`tcp://${rpcListen}`)}
unsafe = false

[p2p]
laddr = ${quote(`tcp://${peerListen}`)}
persistent_peers = ${quote(persistent)}
addr_book_strict = false
allow_duplicate_ip = true
pex = false
send_rate = 51200000
recv_rate = 51200000
max_packet_msg_payload_size = ${packetBytes}

[mempool]
size = 2000
max_txs_bytes = 67108864
max_tx_bytes = 1048576
experimental_max_gossip_connections_to_persistent_peers = ${gossipPeers}
experimental_max_gossip_connections_to_non_persistent_peers = ${gossipPeers}

[consensus]
timeout_propose = "900ms"
timeout_propose_delta = "500ms"
timeout_prevote = "500ms"
timeout_prevote_delta = "300ms"
timeout_precommit = "500ms"
timeout_precommit_delta = "300ms"
timeout_commit = "150ms"
create_empty_blocks = false
create_empty_blocks_interval = "5s"
peer_gossip_sleep_duration = "20ms"

[tx_index]
indexer = "null"
${trustedStart === undefined ? "" : stateSyncToml(trustedStart)}`;
}

function stateSyncToml({ rpcUrls, height, headerHash }: TrustedStart): string {
	return `
[statesync]
enable = true
rpc_servers = ${quote(rpcUrls.join(","))}
trust_height = ${height}
trust_hash = ${quote(headerHash)}
trust_period = "336h0m0s"
discovery_time = "5s"
chunk_fetchers = "2"
`;
}

/** A string of TOML; what we write holds no control characters. */
function quote(text: string): string {
	return JSON.stringify(text);
}
