/** From the page to its guard, with a port for the answer. */
export type GuardQuestion =
	/** What is kept, and what the node serves now. */
	| { readonly kind: "standing" }
	/** Fetch and keep the files of this manifest from now on, if it is the one that the node serves. */
	| { readonly kind: "adopt"; readonly hash: string }
	/** To a newer guard that waits: take over now. */
	| { readonly kind: "take-over" };

/** A manifest by its text, and the SHA-256 of its bytes, hex. */
export interface HashedManifest {
	readonly text: string;
	readonly hash: string;
}

export interface GuardStanding {
	/** What this browser keeps and runs. */
	readonly pinned: (HashedManifest & { readonly sinceMs: number }) | undefined;
	/** What the node serves, where it is something else; undefined where it is the same, or the node cannot be reached. */
	readonly offered: HashedManifest | undefined;
	/** Of the guard as the node serves it now; undefined where the node cannot be reached. */
	readonly servedGuard: string | undefined;
}

/** Why a release was not taken; the one before it stays. */
export type AdoptFailure =
	/** The node could not be reached. */
	| "OFFLINE"
	/** The node serves another manifest by now, or none. */
	| "MANIFEST_DIFFERS"
	/** A file is not the one that the manifest names. */
	| "FILE_DIFFERS";
