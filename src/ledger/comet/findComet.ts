import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { LedgerError } from "../errors.ts";

/** The version that the project is tested on, and how to have it. */
export const cometVersion = "0.39.4";
export const cometInstall = `go install github.com/cometbft/cometbft/cmd/cometbft@v${cometVersion}`;

/** What of the environment says where the program is. */
export interface Environment {
	readonly [name: string]: string | undefined;
}

/**
 * Where CometBFT's program is: `ACESO_COMETBFT`, else on PATH, else where Go installs programs.
 *
 * @throws {@link LedgerError} `LEDGER_COMETBFT_MISSING`, with what to do in one sentence.
 */
export function findComet(environment: Environment = process.env): string {
	const named = environment.ACESO_COMETBFT;
	if (named !== undefined && named !== "") {
		if (existsSync(named)) return named;
		throw missing("ACESO_COMETBFT names a file that is not there");
	}
	const goFolders = [environment.GOBIN, environment.GOPATH && join(environment.GOPATH, "bin"), join(homedir(), "go", "bin")];
	const folders = [...(environment.PATH ?? "").split(delimiter), ...goFolders].filter((folder) => folder !== undefined && folder !== "");
	const found = folders.map((folder) => join(folder as string, "cometbft")).find((path) => existsSync(path));
	if (found === undefined) throw missing("expected CometBFT's program on PATH, in ACESO_COMETBFT or in Go's bin folder, found none");
	return found;
}

/** What the program says of itself, such as `0.39.4`. @throws {@link LedgerError} `LEDGER_COMETBFT_MISSING` when it does not run. */
export async function askCometVersion(program: string): Promise<string> {
	try {
		const { stdout } = await promisify(execFile)(program, ["version"], { timeout: 10_000 });
		return stdout.trim().replace(/^v/, "");
	} catch (cause) {
		throw new LedgerError("LEDGER_COMETBFT_MISSING", "expected CometBFT's program to tell its version; build it anew", {}, cause);
	}
}

function missing(message: string): LedgerError {
	return new LedgerError("LEDGER_COMETBFT_MISSING", `${message}; with Go installed, \`${cometInstall}\` builds it`);
}
