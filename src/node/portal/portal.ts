import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

/** A file of the built web application, as it is served. */
export interface PortalFile {
	readonly bytes: Buffer;
	/** The same, compressed; undefined where that saves nothing. */
	readonly brotli: Buffer | undefined;
	readonly contentType: string;
	/** Its name holds the hash of its content, so that it never changes. */
	readonly immutable: boolean;
}

/** The web application, whole and in memory: under a megabyte, read once. */
export interface Portal {
	readonly page: PortalFile;
	/** By path from the root, without a leading slash. */
	readonly files: ReadonlyMap<string, PortalFile>;
}

const contentTypes: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
	".webmanifest": "application/manifest+json",
};

/** Reads what `scripts/buildPortal.ts` made. Files of kinds that the application does not have are left out. */
export function loadPortal(folder: string): Portal {
	const files = new Map<string, PortalFile>();
	const names = readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
	for (const name of names) {
		const contentType = contentTypes[extname(name)];
		if (contentType === undefined) continue;
		const path = name.split(sep).join("/");
		const brotli = names.includes(`${name}.br`) ? readFileSync(join(folder, `${name}.br`)) : undefined;
		files.set(path, { bytes: readFileSync(join(folder, name)), brotli, contentType, immutable: path.startsWith("assets/") });
	}
	const page = files.get("index.html");
	if (page === undefined) throw new Error("expected a built portal with its page");
	return { page, files };
}
