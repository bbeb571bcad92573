/** The keyring's process with a clock in a file: a test turns it by writing UTC ms there. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Instant } from "#base";
import { runKeyringProcess } from "../process/runKeyringProcess.ts";
import { createPaperVerifier } from "./paperLedger.ts";

const clockFile = process.argv[2] as string;

await runKeyringProcess({
	randomBytes: (size) => new Uint8Array(randomBytes(size)),
	now: () => Number(readFileSync(clockFile, "utf8")) as Instant,
	loadVerifier: async (pins) => createPaperVerifier(pins),
});
