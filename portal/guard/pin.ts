import { type ManifestFile, manifestPath, type PortalManifest, parsePortalManifest } from "../../src/wallet/portalManifest.ts";
import type { AdoptFailure, HashedManifest } from "./guardMessages.ts";

/** The page that this browser keeps: every file of it, by its hash. */
export interface Pin extends HashedManifest {
	readonly manifest: PortalManifest;
	/** When it was taken, UTC ms. */
	readonly sinceMs: number;
}

/** One entry, written last: a pin is whole or not there. */
const pinCache = "aceso/pin/1";
const pinKey = "/pin";
/** Files by their hash, so that two releases share what they have in common. */
const filesCache = "aceso/files/1";
const keyOf = ({ sha256 }: ManifestFile) => `/${sha256}`;

/** SHA-256, hex. */
export async function hashOf(bytes: BufferSource): Promise<string> {
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function readPin(): Promise<Pin | undefined> {
	const kept = await (await caches.open(pinCache)).match(pinKey);
	if (kept === undefined) return undefined;
	const { text, sinceMs } = (await kept.json()) as { readonly text: string; readonly sinceMs: number };
	return pinOf(text, sinceMs);
}

async function pinOf(text: string, sinceMs: number): Promise<Pin | undefined> {
	const manifest = parsePortalManifest(text);
	return manifest === undefined ? undefined : { text, hash: await hashOf(new TextEncoder().encode(text)), manifest, sinceMs };
}

/** What the node serves now; undefined where what it answers is no manifest. @throws TypeError where it cannot be reached. */
export async function fetchManifest(): Promise<Pin | undefined> {
	const answer = await ask(`/${manifestPath}`, "no-store");
	return answer.ok ? pinOf(await answer.text(), Date.now()) : undefined;
}

/**
 * Fetches every file that a manifest names and keeps it from then on. Until the last one is there and found right the pin before it stands.
 *
 * @returns Why it came to nothing, or undefined.
 */
export async function keep(pin: Pin): Promise<AdoptFailure | undefined> {
	const files = await caches.open(filesCache);
	try {
		const got = await Promise.all(
			pin.manifest.files.map(async (file) => (await readFile(file)) !== undefined || (await fetchFile(file)) !== undefined),
		);
		if (got.includes(false)) return "FILE_DIFFERS";
	} catch {
		return "OFFLINE";
	}
	await (await caches.open(pinCache)).put(pinKey, new Response(JSON.stringify({ text: pin.text, sinceMs: pin.sinceMs })));
	const named = new Set(pin.manifest.files.map(keyOf));
	for (const request of await files.keys()) if (!named.has(new URL(request.url).pathname)) await files.delete(request);
	return undefined;
}

/** A kept file, its hash looked at again: whatever wrote into the browser's store meanwhile, another file does not run. */
export async function readFile(file: ManifestFile): Promise<ArrayBuffer | undefined> {
	const kept = await (await caches.open(filesCache)).match(keyOf(file));
	if (kept === undefined) return undefined;
	const bytes = await kept.arrayBuffer();
	return (await hashOf(bytes)) === file.sha256 ? bytes : undefined;
}

/** From the node, or the browser's own cache where that has the right one. Undefined where it is another file. @throws TypeError */
export async function fetchFile(file: ManifestFile): Promise<ArrayBuffer | undefined> {
	for (const cache of ["default", "reload"] as const) {
		const answer = await ask(file.path === "index.html" ? "/" : `/${file.path}`, cache);
		const bytes = await answer.arrayBuffer();
		if ((await hashOf(bytes)) !== file.sha256) continue;
		await (await caches.open(filesCache)).put(keyOf(file), new Response(bytes));
		return bytes;
	}
	return undefined;
}

/** The hash of a file as the node serves it now. @throws TypeError where it cannot be reached. */
export async function servedHash(path: string): Promise<string> {
	return hashOf(await (await ask(path, "no-store")).arrayBuffer());
}

/** Without credentials, so that an answer's `Clear-Site-Data` has no effect on what is kept here. */
function ask(path: string, cache: RequestCache): Promise<Response> {
	return fetch(path, { cache, credentials: "omit", redirect: "error", headers: { accept: "text/html, */*" } });
}
