import { join } from "node:path";
import { systemClock } from "#base";
import { readMembers, readValidators } from "#contracts";
import { CometRpc, inspectLedger, LedgerError } from "#ledger";
import { readPlace, readPlan } from "#node";
import type { Io } from "../command.ts";
import { dataOption, folderOf, jsonOption, readWords } from "../options.ts";

/** What of a consortium this member sees: its own replica, and what its CometBFT says of the others. */
export async function showConsortium(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, { ...dataOption, ...jsonOption });
	const folder = folderOf(values);
	const [plan, place] = [readPlan(folder), readPlace(folder)];
	const comet = await ask(place.rpcListen);
	const replica = look(join(folder, "ledger", "ledger.db"));
	const status = { chain: plan.genesis.chain, member: place.member, replica, comet };
	if (values.json) io.out(JSON.stringify(status));
	else for (const line of describe(status)) io.out(line);
	return comet !== undefined && comet.ageMs < silentMs ? 0 : 69;
}

/** As long as the gate waits before it refuses reads. */
const silentMs = 30_000;

interface Status {
	readonly chain: string;
	readonly member: string;
	readonly replica:
		| { readonly height: number; readonly stateRoot: string; readonly members: number; readonly validators: readonly string[] }
		| undefined;
	readonly comet:
		| { readonly version: string; readonly height: number; readonly ageMs: number; readonly catchingUp: boolean; readonly peers: number }
		| undefined;
}

async function ask(rpcListen: string): Promise<Status["comet"]> {
	const rpc = new CometRpc(`http://${rpcListen}`);
	try {
		const { version, height, timeMs, catchingUp } = await rpc.status();
		return { version, height, ageMs: systemClock() - timeMs, catchingUp, peers: await rpc.peers() };
	} catch (error) {
		if (error instanceof LedgerError && error.code === "LEDGER_CONSENSUS_SILENT") return undefined;
		throw error;
	}
}

/** Undefined before the replica has a file. */
function look(path: string): Status["replica"] {
	try {
		const inspection = inspectLedger(path);
		try {
			const head = [...inspection.blocks()].at(-1);
			const state = new Map([...inspection.state("membership")].map(({ key, value }) => [key, value]));
			const reader = { get: (_: string, key: string) => state.get(key) };
			if (head === undefined) return undefined;
			const validators = readValidators(reader).map(({ id, power }) => `${id} (${power})`);
			return { height: head.height, stateRoot: head.stateRoot, members: readMembers(reader).length, validators };
		} finally {
			inspection.close();
		}
	} catch (error) {
		if (error instanceof LedgerError) return undefined;
		throw error;
	}
}

function describe({ chain, member, replica, comet }: Status): string[] {
	const replicaLines =
		replica === undefined
			? ["replica     none yet"]
			: [
					`replica     height ${replica.height}, state root ${replica.stateRoot}`,
					`members     ${replica.members}, of whom validate: ${replica.validators.join(", ")}`,
				];
	const cometLine =
		comet === undefined
			? "! CometBFT does not answer: nothing is agreed on here, and new consents are refused"
			: `${comet.ageMs < silentMs ? "✓" : "!"} CometBFT ${comet.version} at height ${comet.height}, ${Math.round(comet.ageMs / 1_000)} s old, ${comet.peers} peers${comet.catchingUp ? ", catching up" : ""}`;
	const halted =
		comet !== undefined && comet.ageMs >= silentMs
			? ["! members have not agreed for 30 s: reads refuse but for emergencies, and new consents are refused"]
			: [];
	return [`chain       ${chain}`, `member      ${member}`, ...replicaLines, cometLine, ...halted];
}
