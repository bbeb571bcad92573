import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type Digest, encodeUtf8, sha256Hex } from "#base";
import { type ManifestFile, manifestPath, parsePortalManifest } from "#wallet";
import { contentTypeOf } from "./portalHeaders.ts";

/** A file of the built web application, as it is served. */
export interface PortalFile {
	readonly bytes: Buffer;
	/** The same, compressed; undefined where that saves nothing. */
	readonly brotli: Buffer | undefined;
	readonly contentType: string;
	/** How long a browser may keep it without asking. */
	readonly keeping: "forever" | "a day" | "not at all";
}

/** The web application, whole and in memory: under a megabyte, read once. */
export interface Portal {
	readonly page: PortalFile;
	/** By path from the root, without a leading slash. */
	readonly files: ReadonlyMap<string, PortalFile>;
	/** Of its manifest: what members vote for. */
	readonly hash: Digest;
	/** What the manifest names, which is every other file. */
	readonly named: readonly ManifestFile[];
}

/**
 * Reads what `scripts/buildPortal.ts` made: the files that its manifest names, each as it names it.
 *
 * @throws Error where a file is missing or another one than the manifest says: a damaged build is not served.
 */
export function loadPortal(folder: string): Portal {
	const text = readFileSync(join(folder, manifestPath), "utf8");
	const manifest = parsePortalManifest(text);
	if (manifest === undefined) throw new Error("expected a built portal with its manifest");
	const built = listFiles(folder);
	const files = new Map<string, PortalFile>();
	for (const { path, sha256 } of manifest.files) {
		const bytes = readFileSync(join(folder, path));
		if (sha256Hex(bytes) !== sha256) throw new Error(`expected ${path} as the manifest names it`);
		const brotli = built.includes(`${path}.br`) ? readFileSync(join(folder, `${path}.br`)) : undefined;
		files.set(path, { bytes, brotli, contentType: contentTypeOf(path), keeping: keepingOf(path) });
	}
	const page = files.get("index.html");
	if (page === undefined) throw new Error("expected a built portal with its page");
	files.set(manifestPath, { bytes: Buffer.from(text), brotli: undefined, contentType: contentTypeOf(manifestPath), keeping: "not at all" });
	return { page, files, hash: sha256Hex(encodeUtf8(text)) as Digest, named: manifest.files };
}

/** Paths of a folder's files, with slashes. */
export function listFiles(folder: string): readonly string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

/** A browser asks for its guard anew once a day, whatever we say; more often would let a node exchange it more often. */
function keepingOf(path: string): PortalFile["keeping"] {
	if (path.startsWith("assets/")) return "forever";
	return path === "guard.js" ? "a day" : "not at all";
}
