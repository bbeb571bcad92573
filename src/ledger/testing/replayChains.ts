import { readFileSync, writeSync } from "node:fs";
import type { GeneratedChain } from "./generateChain.ts";
import { formatRun, runChain } from "./runChain.ts";

/** A second process: runs the chains of a file, one a line, and writes what it made of each. */
const lines = readFileSync(process.argv[2] as string, "utf8")
	.trimEnd()
	.split("\n");
for (const line of lines) {
	const chain = JSON.parse(line) as GeneratedChain;
	writeSync(1, `${formatRun(chain.seed, runChain(chain))}\n`);
}
