/**
 * The keyring's own process where nobody judges the ledger's evidence (tests, benchmarks); a node starts `src/node/keyringMain.ts` instead. Started
 * by `startKeyringProcess`, useless without what that hands over.
 */
import { randomBytes } from "node:crypto";
import { runKeyringProcess } from "./runKeyringProcess.ts";

await runKeyringProcess({ randomBytes: (size) => new Uint8Array(randomBytes(size)) });
