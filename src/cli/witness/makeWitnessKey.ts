import { join } from "node:path";
import { loadWitnessKey, systemRandom } from "#node";
import type { Io } from "../command.ts";
import { folderOf, readWords } from "../options.ts";
import { witnessDataOption } from "./witnessFolder.ts";

/** Makes the key at the first call; shows its public half at every one. */
export async function makeWitnessKey(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, witnessDataOption);
	const folder = folderOf(values);
	const { publicKey } = loadWitnessKey(folder, systemRandom);
	io.out(publicKey);
	io.note(
		`The secret half lies in ${join(folder, "witness.key")}: keep it there, and a copy where only you can read it. It signs cosignatures and nothing else.`,
	);
	return 0;
}
