/** The keyring's own process; started by `startKeyringProcess`, useless without what that hands over. */
import { randomBytes } from "node:crypto";
import { runKeyringProcess } from "./runKeyringProcess.ts";

await runKeyringProcess({ randomBytes: (size) => new Uint8Array(randomBytes(size)) });
