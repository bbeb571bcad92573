import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders whose sources the web application is built from: its own, and the rooms that a browser loads. */
const sourceFolders = ["portal", "src/base", "src/log", "src/contracts", "src/ledger", "src/wallet", "src/node/portal"];
/** Versions of the packages that go in, and how rooms are named. */
const sourceFiles = ["package.json", "package-lock.json", "scripts/buildPortal.ts"];

/** Where built web applications lie: one folder for each stamp, which git ignores. */
export function builtFolder(root: string, stamp: string): string {
	return join(root, ".portal", stamp);
}

/** Hash over everything the web application is built from: the same sources, the same build. Costs some milliseconds. */
export function portalStamp(root: string): string {
	const hash = createHash("sha256");
	for (const path of [...sourceFolders.flatMap((folder) => listSources(root, folder)), ...sourceFiles].sort()) {
		if (existsSync(join(root, path)))
			hash
				.update(`${path}\0`)
				.update(readFileSync(join(root, path)))
				.update("\0");
	}
	return hash.digest("hex").slice(0, 32);
}

function listSources(root: string, folder: string): string[] {
	return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory()) return /^(?:testing|sealer|witness)$/.test(entry.name) ? [] : listSources(root, path);
		return /\.test\.tsx?$|\.md$/.test(entry.name) ? [] : [path];
	});
}
