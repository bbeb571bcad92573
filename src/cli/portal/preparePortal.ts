import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadPortal, type Portal } from "#node";
import type { Io } from "../command.ts";
import { builtFolder, portalStamp } from "./portalStamp.ts";

const root = join(import.meta.dirname, "../../..");

/**
 * The web application as it stands in the sources: from the cache where it was built before, built anew in a process of its own where not, so
 * that this one never loads the build's tools. Undefined, with a sentence that says why, where it cannot be built: the node serves programs
 * without it.
 */
export async function preparePortal(io: Io): Promise<Portal | undefined> {
	const folder = builtFolder(root, portalStamp(root));
	if (!existsSync(join(folder, "index.html"))) {
		io.progress("building the portal (once for each change of its sources)");
		const failure = await build();
		io.progress("");
		if (failure !== undefined) {
			io.note(`The portal could not be built, so only programs are answered: ${failure}`);
			return undefined;
		}
	}
	return loadPortal(folder);
}

/** @returns Why it failed, in a sentence. */
function build(): Promise<string | undefined> {
	return new Promise((resolve) => {
		const child = spawn(process.execPath, [join(root, "scripts/buildPortal.ts")], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
		let said = "";
		child.stderr?.setEncoding("utf8").on("data", (text: string) => {
			said = (said + text).slice(-2_000);
		});
		child.once("error", () => resolve("its build could not be started"));
		child.once("close", (code) => resolve(code === 0 ? undefined : (said.trim().split("\n").at(-1) ?? `exit code ${code}`)));
	});
}
