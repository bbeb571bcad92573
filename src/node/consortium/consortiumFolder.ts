import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSigningKey, decodeHex, encodeHex, type MemberId, type PublicKey, parseMemberId, type SigningKey } from "#base";
import { genesisState, readMember, readValidators, rules } from "#contracts";
import { adoptLedger, appHash, type CometHome, type Genesis, openReplica, type TrustedStart, writeCometHome } from "#ledger";
import { NodeError } from "../errors.ts";
import { loadMemberKey } from "../institution.ts";
import { loadOrCreateSecret, writeSecretFile } from "../secretFile.ts";
import { systemRandom } from "../systemRandom.ts";
import { type ConsortiumPlan, hasPlan, type MemberCard, parsePlan, peersOf, planFile, planText, readPlan } from "./consortiumPlan.ts";

/** What of a member's place only it knows. */
export interface OwnPlace {
	readonly member: MemberId;
	/** `host:port` at which its CometBFT listens for peers. */
	readonly peerListen: string;
	/** `host:port` of CometBFT's RPC: this machine alone unless its operator says otherwise. */
	readonly rpcListen: string;
}

interface OwnKeys {
	readonly validatorSeed: Uint8Array;
	readonly nodeSeed: Uint8Array;
	readonly replicaKey: SigningKey;
}

const ledgerFolder = (folder: string) => join(folder, "ledger");
const homeOf = (folder: string, member: string) => join(folder, "members", member);

export function cometFolder(folder: string): string {
	return join(folder, "comet");
}

/** Made at the first call, each in a file of its own that only its owner may read. */
export function loadOwnKeys(folder: string): OwnKeys {
	const seed = (name: string) =>
		decodeHex(
			loadOrCreateSecret(join(ledgerFolder(folder), name), () => encodeHex(systemRandom(32))),
			32,
		);
	return { validatorSeed: seed("validator.key"), nodeSeed: seed("node.key"), replicaKey: createSigningKey(seed("replica.key")) };
}

/** A member's card, with its keys made where they are not there yet. */
export function makeCard(folder: string, card: Pick<MemberCard, "id" | "name" | "roles" | "implicitPolicy" | "peer">): MemberCard {
	const { validatorSeed, nodeSeed } = loadOwnKeys(folder);
	return {
		format: "aceso/member-card/1",
		...card,
		key: loadMemberKey(homeOf(folder, card.id), systemRandom).publicKey,
		validator: createSigningKey(validatorSeed).publicKey,
		node: createSigningKey(nodeSeed).publicKey,
	};
}

export interface LedgerToMove {
	readonly genesis: Genesis;
	/** A closed ledger's file. */
	readonly path: string;
	/** Whose signature its checkpoint carries. */
	readonly signedBy: PublicKey;
}

/**
 * What a ledger, as it stands, lets members begin with: its last height, app hash, and the validators that its members voted for. A genesis alone is such a
 * ledger, at height 0. The file is looked at as a copy, in a folder that is thrown away by the caller.
 *
 * @param scratch - A file that is made here.
 * @throws NodeError `NODE_CONSORTIUM_INVALID` when no member validates, or one that does has no card.
 */
export async function planFrom(
	ledger: Genesis | LedgerToMove,
	cards: readonly MemberCard[],
	{ scratch, nowMs }: { scratch: string; nowMs: number },
): Promise<ConsortiumPlan> {
	const genesis = "path" in ledger ? ledger.genesis : ledger;
	const replicaKey = createSigningKey(systemRandom(32));
	if ("path" in ledger) {
		copyFileSync(ledger.path, scratch);
		adoptLedger({ path: scratch, genesis, signedBy: ledger.signedBy, replicaKey });
	}
	const replica = openReplica({ path: scratch, genesis, genesisState, rules, readMember, replicaKey });
	const [head, validators] = [replica.head(), readValidators(replica)];
	await replica.close();
	const strangers = validators.filter(({ id, key }) => !cards.some((card) => card.id === id && card.validator === key));
	if (validators.length === 0 || strangers.length > 0) {
		throw new NodeError("NODE_CONSORTIUM_INVALID", "expected a card of every member that the ledger names as a validator, with the key it names");
	}
	const timeMs = head.height === 0 ? genesis.time : Math.max(head.time, nowMs);
	return {
		format: "aceso/consortium/1",
		genesis,
		start: { height: head.height, timeMs, appHash: appHash(head), validators },
		peers: peersOf(cards),
	};
}

export interface JoinParameters {
	readonly folder: string;
	readonly plan: ConsortiumPlan;
	readonly place: OwnPlace;
	/** Where the ledger has a history: its file, to be copied; or none, when the state is had from other members. */
	readonly ledger?: LedgerToMove;
	readonly trustedStart?: TrustedStart;
}

/**
 * Makes a member's folder ready to run: keys, plan, CometBFT's home, and the ledger's file where it has a history.
 *
 * @throws NodeError `NODE_CONSORTIUM_INVALID` for a folder of another network, or a plan that does not know this member's keys.
 */
export function joinConsortium({ folder, plan, place, ledger, trustedStart }: JoinParameters): void {
	mkdirSync(ledgerFolder(folder), { recursive: true, mode: 0o700 });
	const keys = loadOwnKeys(folder);
	const known = plan.peers.find(({ id }) => id === place.member);
	if (known !== undefined && known.node !== createSigningKey(keys.nodeSeed).publicKey) {
		throw new NodeError("NODE_CONSORTIUM_INVALID", "expected the plan to name this folder's own keys for its member; make the plan from its card");
	}
	if (hasPlan(folder) && planText(readPlan(folder)) !== planText(plan)) {
		throw new NodeError("NODE_CONSORTIUM_INVALID", "expected an empty folder or one of this plan, found another consortium's");
	}
	const path = join(ledgerFolder(folder), "ledger.db");
	if (ledger !== undefined && !existsSync(path)) {
		copyFileSync(ledger.path, path);
		adoptLedger({ path, genesis: plan.genesis, signedBy: ledger.signedBy, replicaKey: keys.replicaKey });
	}
	writeCometHome(cometHomeOf(folder, plan, place, trustedStart));
	writeSecretFile(
		join(folder, "network.json"),
		`${JSON.stringify({ format: "aceso/network/1", genesis: viewOf(plan.genesis, keys.replicaKey.publicKey) }, null, "\t")}\n`,
	);
	writeSecretFile(placeFile(folder), `${JSON.stringify(place, null, "\t")}\n`);
	writeSecretFile(planFile(folder), planText(plan));
}

/** What this folder's own tools pin: the replica's signature. Readers elsewhere pin validators. */
function viewOf(genesis: Genesis, replica: PublicKey): Genesis {
	return { ...genesis, sealer: replica, members: genesis.members.map(({ witness: _, ...member }) => member) };
}

function placeFile(folder: string): string {
	return join(folder, "place.json");
}

/** @throws NodeError `NODE_CONSORTIUM_INVALID`. */
export function readPlace(folder: string): OwnPlace {
	if (!existsSync(placeFile(folder))) throw new NodeError("NODE_CONSORTIUM_INVALID", "expected a folder that `aceso ledger join` made");
	const { member, peerListen, rpcListen } = JSON.parse(readFileSync(placeFile(folder), "utf8")) as OwnPlace;
	return { member: parseMemberId(member), peerListen, rpcListen };
}

/** Unix sockets have short paths, so this one's name is short. */
export function applicationSocket(folder: string): string {
	return join(folder, "app.sock");
}

function cometHomeOf(folder: string, plan: ConsortiumPlan, place: OwnPlace, trustedStart: TrustedStart | undefined): CometHome {
	const { validatorSeed, nodeSeed } = loadOwnKeys(folder);
	const { height, timeMs, appHash: begun, validators } = plan.start;
	return {
		folder: cometFolder(folder),
		genesis: { chain: plan.genesis.chain, timeMs, initialHeight: height + 1, appHash: begun, validators },
		...{ validatorSeed, nodeSeed, moniker: place.member, applicationAddress: `unix://${applicationSocket(folder)}` },
		...{ rpcListen: place.rpcListen, peerListen: place.peerListen },
		peers: plan.peers.filter(({ id }) => id !== place.member).map(({ node, peer }) => ({ key: node, address: peer })),
		...(trustedStart === undefined ? {} : { trustedStart }),
	};
}

/** The ledger's genesis, to the byte: what its file and its members' digests are of. In a consortium's folder `network.json` holds the folder's own view. */
export function readLedgerGenesis(folder: string, view: Genesis): Genesis {
	return hasPlan(folder) ? parsePlan(readFileSync(planFile(folder), "utf8")).genesis : view;
}
