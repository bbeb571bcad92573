import { writeSync } from "node:fs";
import { join } from "node:path";
import { genesisState, rules } from "#contracts";
import { inspectLedger, replayLedger } from "#ledger";
import { readGenesis } from "../network.ts";

/** A second process: runs the log of the folder given again, from genesis, and writes the state root of each block and what it found. */
const folder = process.argv[2] as string;
const ledger = inspectLedger(join(folder, "ledger", "ledger.db"));
const replay = replayLedger(ledger.leaves(), { genesis: readGenesis(folder), rules, genesisState });
const roots: string[] = [];
for (let step = replay.next(); ; step = replay.next()) {
	if (step.done === true) {
		writeSync(1, JSON.stringify({ findings: step.value.findings, roots }));
		break;
	}
	roots.push(step.value.leaf.stateRoot);
}
ledger.close();
