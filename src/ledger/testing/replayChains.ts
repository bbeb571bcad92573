import { readFileSync, writeSync } from "node:fs";
import type { GeneratedChain } from "./generateChain.ts";
import { type RecordedChain, replayRecorded } from "./recordedChains.ts";
import { formatRun, runChain } from "./runChain.ts";

/** A second process: runs the chains of a file, one a line, generated or recorded, and writes what it made of each. */
const lines = readFileSync(process.argv[2] as string, "utf8")
	.trimEnd()
	.split("\n");
for (const line of lines) {
	const chain = JSON.parse(line) as GeneratedChain | RecordedChain;
	writeSync(1, `${"seed" in chain ? formatRun(chain.seed, runChain(chain)) : JSON.stringify(replayRecorded(chain))}\n`);
}
