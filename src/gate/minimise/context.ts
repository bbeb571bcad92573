import type { DataClass, Level } from "#contracts";

/** A FHIR resource as JSON. */
export interface Resource {
	readonly resourceType: string;
	readonly [element: string]: unknown;
}

export interface MinimiseContext {
	/** Every class the resource needs (a resource may touch several): each must be releasable at the level. */
	readonly classes: readonly DataClass[];
	/** Day of the release, `YYYY-MM-DD`: ages and years are judged against it. */
	readonly today: string;
	/**
	 * Whole days, ±1..365, constant per patient and study. Required at `pseudonymised`. At `deidentified` its presence keeps intervals and
	 * makes the method `expert-shifted`; without it only years survive and the method is `safe-harbor`.
	 */
	readonly shiftDays?: number;
	/** Stable id for one grantee or study; see {@link pairwiseId}. Required at `pseudonymised`. */
	readonly pairwiseId?: (value: string) => string;
	/** Ordinal ids of one release; see {@link createReleaseIds}. Required at `deidentified`. */
	readonly releaseIds?: ReleaseIds;
	/** HGNC ids (`HGNC:1097`) whose somatic variants may leave de-identified; {@link namedSomaticGenes} unless given. */
	readonly somaticGenes?: ReadonlySet<string>;
}

/** Maps a resource's id to an ordinal that means nothing outside one release. */
export interface ReleaseIds {
	idFor(resourceType: string, id: string): string;
}

export type MinimiseMethod =
	/** Nothing was removed. */
	| "none"
	/** Direct identifiers replaced, dates shifted: still personal data. */
	| "pseudonymised"
	/** The 18 kinds of 45 CFR 164.514(b)(2)(i) removed; of dates only years remain. */
	| "safe-harbor"
	/** As Safe Harbor but with shifted dates: needs an expert's determination under 45 CFR 164.514(b)(1), and never calls itself Safe Harbor. */
	| "expert-shifted";

export type WithheldReason =
	/** The class × level table has no such cell. */
	| "CLASS_LEVEL"
	/** `aggregate` and `compute` release results, never records. */
	| "LEVEL_RELEASES_NO_RECORDS"
	/** No allow-list for this resource type. */
	| "TYPE_NOT_LISTED"
	/** A modifier extension or `implicitRules` could reverse the meaning of what would remain. */
	| "MODIFIER_PRESENT"
	/** Genomics that is not a somatic variant of a named gene, or is rare. */
	| "GENOMICS_NOT_RELEASABLE"
	/** An element without which the rest would mislead (status, code) is missing or cannot be read: entered in error, or a local code. */
	| "REQUIRED_UNREADABLE";

export type Minimised =
	| { readonly released: true; readonly level: Level; readonly method: MinimiseMethod; readonly resource: Resource }
	/** For the gate and the log; a requester is told nothing that depends on whether data exist. */
	| { readonly released: false; readonly reason: WithheldReason };
