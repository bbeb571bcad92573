import { compareManifests, type ManifestChanges, parsePortalManifest } from "../../src/wallet/portalManifest.ts";
import type { GuardStanding } from "../guard/guardMessages.ts";
import type { ReleaseView } from "./deskTypes.ts";
import type { GuardEvent } from "./guardClient.ts";

/** What a person is told about the page itself. */
export type BundleNotice =
	/** Another guard took over unasked: whatever it serves from now on, nobody here has seen. */
	| { readonly kind: "replaced" }
	/** The node serves a guard that belongs to no page this browser knows of. */
	| { readonly kind: "guard" }
	/** Members voted for what the node serves now, after what is kept. */
	| { readonly kind: "newer"; readonly version: number; readonly hash: string; readonly changes: ManifestChanges }
	/** The node serves what members stood for once, before what is kept. */
	| { readonly kind: "older"; readonly version: number; readonly hash: string; readonly changes: ManifestChanges }
	/** No vote knows what the node serves. */
	| { readonly kind: "unknown"; readonly hash: string; readonly changes: ManifestChanges }
	/** The node serves something else, and what the ledger says of it could not be proved. */
	| { readonly kind: "unproved"; readonly hash: string; readonly changes: ManifestChanges }
	/** No vote knows what is kept, which is what the node serves. */
	| { readonly kind: "unvouched" };

export interface BundleFacts {
	readonly standing: GuardStanding | undefined;
	readonly events: readonly GuardEvent[];
	/** What the ledger proves of what is kept and of what is served; undefined where it proves nothing. */
	readonly pinnedRelease: ReleaseView | undefined;
	readonly offeredRelease: ReleaseView | undefined;
	/** A proof was asked for and has come, or failed. */
	readonly isJudged: boolean;
}

/** What is to be told, the worst first; undefined where everything is as it was. */
export function judgeBundle({ standing, events, pinnedRelease, offeredRelease, isJudged }: BundleFacts): BundleNotice | undefined {
	if (events.includes("replaced")) return { kind: "replaced" };
	if (standing?.pinned === undefined) return undefined;
	if (isForeignGuard(standing, events.includes("another"))) return { kind: "guard" };
	const { pinned, offered } = standing;
	if (!isJudged) return undefined;
	if (offered === undefined) return pinnedRelease !== undefined && pinnedRelease.version === undefined ? { kind: "unvouched" } : undefined;
	const told = { hash: offered.hash, changes: changesOf(pinned.text, offered.text) };
	if (offered.hash !== "" && offeredRelease === undefined) return { kind: "unproved", ...told };
	const version = offeredRelease?.version;
	if (version === undefined) return { kind: "unknown", ...told };
	return { kind: version > (pinnedRelease?.version ?? 0) ? "newer" : "older", version, ...told };
}

/** The guard that is served belongs to the page that is kept or to the one that is served; a second one beside the kept one belongs to neither. */
function isForeignGuard({ pinned, offered, servedGuard }: GuardStanding, isAnother: boolean): boolean {
	if (servedGuard === undefined) return false;
	const kept = guardOf(pinned?.text);
	return servedGuard === kept ? isAnother : servedGuard !== guardOf(offered?.text);
}

const guardOf = (text = "") => parsePortalManifest(text)?.files.find(({ path }) => path === "guard.js")?.sha256;

function changesOf(before: string, after: string): ManifestChanges {
	const empty = { files: [], format: "aceso/portal/1" } as const;
	return compareManifests(parsePortalManifest(before) ?? empty, parsePortalManifest(after) ?? empty);
}
