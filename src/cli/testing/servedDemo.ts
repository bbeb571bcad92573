import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDemoNetwork, serve } from "#node";
import type { Command } from "../command.ts";
import { explainError } from "../explainError.ts";
import { createRecordingIo, type RecordingIo } from "./recordingIo.ts";

/** What the passphrases of its keyrings cost: nothing here is about what a real one costs, which [VA26] holds. */
const scrypt = { N: 2 ** 4, r: 8, p: 1 } as const;

/** A demonstration served from this process in a temporary folder: commands reach it over its socket, as they would another process. */
export async function serveDemo({ witnessUrls }: { readonly witnessUrls?: ReadonlyMap<string, string> } = {}) {
	const home = mkdtempSync(join(tmpdir(), "aceso-cli-"));
	const folder = join(home, "data");
	const { network } = await openDemoNetwork({ folder, witnessUrls, scrypt });
	const serving = await serve({ network, firstPort: 0, host: "127.0.0.1" });
	return {
		home,
		folder,
		network,
		addresses: serving.addresses,
		run: (command: Command, args: readonly string[], answers: readonly string[] = []) => runCommand(command, [...args, "--data", folder], answers),
		/** Stops the node; the folder stays. */
		stop: () => serving.close(),
		async close() {
			await serving.close();
			rmSync(home, { recursive: true, force: true });
		},
	};
}

export interface Ran {
	readonly exit: number;
	readonly io: RecordingIo;
	/** Standard output. */
	readonly out: string;
	/** Standard error. */
	readonly err: string;
}

/** Runs a command as `main` does: an error becomes its explanation and exit code. */
export async function runCommand(command: Command, args: readonly string[], answers: readonly string[] = []): Promise<Ran> {
	const io = createRecordingIo(answers);
	const exit = await command.run(args, io).catch((error: unknown) => explainError(error, io));
	return { exit, io, out: io.text(), err: io.notes.join("\n") };
}
