/** A file of the web application as its manifest names it. */
export interface ManifestFile {
	/** From the root, without a leading slash. */
	readonly path: string;
	/** Of its bytes as they are once decompressed, hex. */
	readonly sha256: string;
	readonly size: number;
}

/**
 * Every file that a page of the portal consists of. Members vote for the hash of its bytes, and a browser runs nothing that it does not name
 * (docs/spec/14-portal-manifest.md).
 */
export interface PortalManifest {
	readonly files: readonly ManifestFile[];
	readonly format: "aceso/portal/1";
}

/** Where a node serves it, from the root. */
export const manifestPath = "portal.json";

const filesMax = 1_000;
const textMax = 512 * 1024;
const sizeMax = 64 * 1024 * 1024;
const pathForm = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** The one spelling of a manifest: canonical JSON, files by path in code-unit order. */
export function formatPortalManifest(files: readonly ManifestFile[]): string {
	const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ path, sha256, size }) => ({ path, sha256, size }));
	return JSON.stringify({ files: sorted, format: "aceso/portal/1" } satisfies PortalManifest);
}

/** Undefined for what is no manifest, or another spelling of one: two texts of one meaning would have two hashes. */
export function parsePortalManifest(text: string): PortalManifest | undefined {
	if (text.length > textMax) return undefined;
	try {
		const manifest = JSON.parse(text) as PortalManifest;
		const isFormed = manifest.format === "aceso/portal/1" && manifest.files.length <= filesMax && manifest.files.every(isFile);
		const isOnce = new Set(manifest.files.map(({ path }) => path)).size === manifest.files.length;
		return isFormed && isOnce && formatPortalManifest(manifest.files) === text ? manifest : undefined;
	} catch {
		return undefined;
	}
}

function isFile({ path, sha256, size }: ManifestFile): boolean {
	return pathForm.test(path) && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(size) && size >= 0 && size <= sizeMax;
}

/** Paths of files that differ between two builds. */
export interface ManifestChanges {
	readonly changed: readonly string[];
	readonly added: readonly string[];
	readonly removed: readonly string[];
}

export function compareManifests(before: PortalManifest, after: PortalManifest): ManifestChanges {
	const known = new Map(before.files.map(({ path, sha256 }) => [path, sha256]));
	const now = new Map(after.files.map(({ path, sha256 }) => [path, sha256]));
	return {
		changed: [...now].filter(([path, hash]) => known.has(path) && known.get(path) !== hash).map(([path]) => path),
		added: [...now.keys()].filter((path) => !known.has(path)),
		removed: [...known.keys()].filter((path) => !now.has(path)),
	};
}
