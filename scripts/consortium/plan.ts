import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseMemberId, systemClock } from "#base";
import { genesisOf, hasPlan, joinConsortium, makeCard, planFrom, readPlace } from "#node";

/** A member of the consortium on this machine. */
export interface LocalMember {
	readonly id: string;
	readonly folder: string;
	readonly url: string;
	readonly rpcUrl: string;
}

export interface LocalPlan {
	/** Folder of all of them. */
	readonly data: string;
	readonly members: number;
	/** HTTP of the first; the next ones follow. */
	readonly port: number;
	/** CometBFT of the first: peers, then RPC; the next ones follow. */
	readonly cometPort: number;
}

const names = ["Harbor Hospital", "Northgate Clinic", "Linden Laboratory", "Meadow Research", "Quay Pharmacy", "Summit Hospital", "Orchard Clinic"];
export const membersMax = names.length;

/** The members' folders, made at the first start; later starts find everything as it was. */
export async function prepareMembers({ data, members, port, cometPort }: LocalPlan): Promise<LocalMember[]> {
	const local = Array.from({ length: members }, (_, i) => {
		const id = (names[i] as string).split(" ")[0]!.toLowerCase();
		return {
			id,
			name: names[i] as string,
			folder: join(data, id),
			peer: `127.0.0.1:${cometPort + 2 * i}`,
			rpc: `127.0.0.1:${cometPort + 2 * i + 1}`,
		};
	});
	if (!local.every(({ folder }) => hasPlan(folder))) {
		mkdirSync(data, { recursive: true, mode: 0o700 });
		const cards = local.map(({ id, name, folder, peer }) =>
			makeCard(folder, { id: parseMemberId(id), name, peer, roles: ["hospital"], implicitPolicy: "deny" }),
		);
		const scratch = mkdtempSync(join(tmpdir(), "aceso-plan-"));
		const now = Math.floor(systemClock() / 1_000) * 1_000;
		const plan = await planFrom(genesisOf(cards, "aceso-consortium-1", now), cards, { scratch: join(scratch, "ledger.db"), nowMs: now });
		rmSync(scratch, { recursive: true, force: true });
		for (const { id, folder, peer, rpc } of local) {
			joinConsortium({ folder, plan, place: { member: parseMemberId(id), peerListen: peer, rpcListen: rpc } });
		}
	}
	return local.map(({ id, folder }, i) => ({ id, folder, url: `http://127.0.0.1:${port + i}`, rpcUrl: `http://${readPlace(folder).rpcListen}` }));
}
