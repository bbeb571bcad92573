import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, createSigningKey, decodeHex, encodeHex, type SigningKey } from "#base";
import { genesisState, rules } from "#contracts";
import {
	comparePeers,
	createHttpWitnessLink,
	type Genesis,
	openWitness,
	type Witness,
	type WitnessLink,
	type WitnessProgress,
	witnessName,
} from "#ledger";
import { NodeError } from "./errors.ts";
import { loadOrCreateSecret } from "./secretFile.ts";

/** The witnesses of a network whose members live in one process; in real life each member runs its own. */
export interface MemberWitnesses {
	readonly witnesses: readonly Witness[];
	/** As the sealer reaches them. */
	readonly links: readonly WitnessLink[];
	close(): Promise<void>;
}

export interface MemberWitnessesParameters {
	readonly folder: string;
	readonly genesis: Genesis;
	readonly now: Clock;
	/** The sealer's tiles, once it is open. */
	readonly readTile: (path: string) => Uint8Array | undefined;
	/** Where the witnesses of members run that run their own; the others' are opened here. */
	readonly witnessUrls?: ReadonlyMap<string, string> | undefined;
	/** Told how many leaves of its own copy a witness that is opened here has run again. */
	readonly onReplay?: ((member: string, done: number, total: number) => void) | undefined;
}

/** How often the witnesses compare what each was shown. */
const compareEveryMs = 5_000;

/** The key with which a member's witness cosigns, made at the first call; used for nothing else. */
export function loadWitnessKey(home: string, randomBytes: (length: number) => Uint8Array): SigningKey {
	mkdirSync(home, { recursive: true, mode: 0o700 });
	const seed = loadOrCreateSecret(join(home, "witness.key"), () => encodeHex(randomBytes(32)));
	return createSigningKey(decodeHex(seed, 32));
}

/**
 * Opens the witness of each member whose witness key the genesis names, over its own file `members/<id>/witness.db`; those that run elsewhere are
 * reached over HTTP, and neither file nor key of theirs is touched.
 *
 * @throws NodeError `NODE_MEMBER_UNKNOWN` for the address of a member without a witness; LedgerError `LEDGER_URL_NOT_PERMITTED`.
 */
export async function openMemberWitnesses(parameters: MemberWitnessesParameters): Promise<MemberWitnesses> {
	const { folder, genesis, now, readTile, witnessUrls = new Map(), onReplay } = parameters;
	assertWitnessed(genesis, witnessUrls);
	const witnesses: Witness[] = [];
	const links: WitnessLink[] = [];
	const close = async () => {
		clearInterval(timer);
		for (const witness of witnesses) await witness.close();
	};
	let comparing = Promise.resolve();
	const timer = setInterval(() => {
		comparing = comparing.then(() => compareAll(witnesses, genesis.chain, [...witnessUrls.values()]));
	}, compareEveryMs).unref();
	try {
		for (const { id, witness } of genesis.members) {
			if (witness === undefined) continue;
			const name = witnessName(genesis.chain, id);
			const url = witnessUrls.get(id);
			if (url !== undefined) {
				links.push(createHttpWitnessLink({ name, key: witness, url, chain: genesis.chain }));
				continue;
			}
			const home = join(folder, "members", id);
			const key = loadWitnessKey(home, keyMissing);
			if (key.publicKey !== witness) keyMissing();
			const definition = { genesis, rules, genesisState };
			const source = async (path: string) => readTile(path);
			const onProgress = ({ step, done, total }: WitnessProgress) => step === "replaying" && onReplay?.(id, done, total);
			const opened = await openWitness({ ...definition, path: join(home, "witness.db"), name, key, source, now, onProgress });
			witnesses.push(opened);
			links.push(linkTo(opened));
		}
	} catch (error) {
		await close();
		throw error;
	}
	return { witnesses, links, close };
}

function assertWitnessed({ members }: Genesis, witnessUrls: ReadonlyMap<string, string>): void {
	const witnessing = members.filter(({ witness }) => witness !== undefined).map(({ id }) => String(id));
	for (const id of witnessUrls.keys()) {
		if (!witnessing.includes(id)) throw new NodeError("NODE_MEMBER_UNKNOWN", `expected a member with a witness, one of ${witnessing.join(", ")}`);
	}
}

/** Another key would not be the one that the genesis names; the member's own must be put back. */
function keyMissing(): never {
	throw new NodeError("NODE_FOLDER_FOREIGN", "expected the witness key that the genesis names, in members/<id>/witness.key");
}

function linkTo(witness: Witness): WitnessLink {
	return {
		name: witness.name,
		key: witness.publicKey,
		addCheckpoint: (body) => witness.addCheckpoint(body),
		latest: async () => witness.latest(),
	};
}

/** Each is shown what the others hold; one that finds a split view keeps the evidence and stops cosigning by itself. */
async function compareAll(witnesses: readonly Witness[], chain: string, peers: readonly string[]): Promise<void> {
	for (const witness of witnesses) {
		for (const other of witnesses) {
			const note = other.latest();
			if (other === witness || note === undefined) continue;
			// A witness that is being closed is not compared any more.
			await witness.compare(note).catch(() => undefined);
		}
		await comparePeers({ witness, chain, peers });
	}
}
