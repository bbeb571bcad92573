import type { BenchRow } from "./benchRow.ts";
import { measureGatedReads } from "./gateRead.ts";

/** {@link measureGatedReads} with the keyring in its own process behind a unix socket. */
export function gateReadProcess(): Promise<BenchRow> {
	return measureGatedReads("gate.read.process", "process");
}
