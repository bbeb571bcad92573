import type { Digest } from "#base";
import type { StateReader } from "../contract.ts";

/** The web application that members stand for. State key `portal`: the newest; absent before the first vote on one. */
export interface PortalRelease {
	/** From 1 on, without gap. */
	readonly version: number;
	/** SHA-256 of the manifest, which names every file by its hash. */
	readonly hash: Digest;
}

export const portalKey = "portal";

/** State of every release there ever was, superseded ones included: `{version}`, the last one its hash was voted in with. */
export function portalReleaseKey(hash: Digest): string {
	return `p/${hash}`;
}

export function readPortalRelease(state: StateReader): PortalRelease | undefined {
	return state.get("membership", portalKey) as PortalRelease | undefined;
}

/** The version with which members stood for this manifest, now or before; undefined where they never did. */
export function readReleaseVersion(state: StateReader, hash: Digest): number | undefined {
	return (state.get("membership", portalReleaseKey(hash)) as { readonly version: number } | undefined)?.version;
}
