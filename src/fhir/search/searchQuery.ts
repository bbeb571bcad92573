import type { Prefix, TimeRange } from "./searchDates.ts";
import type { SearchParameter } from "./searchIndex.ts";

/** One value of a parameter, read by the parameter's type. Several of one parameter are alternatives. */
export type SearchValue =
	/** `system` undefined: any; `""`: none. `code` undefined: any of the system. */
	| { readonly kind: "token"; readonly system: string | undefined; readonly code: string | undefined }
	| { readonly kind: "string"; readonly text: string }
	| { readonly kind: "reference"; readonly type: string | undefined; readonly id: string | undefined; readonly url: string | undefined }
	| { readonly kind: "date"; readonly prefix: Prefix; readonly range: TimeRange }
	| { readonly kind: "number"; readonly prefix: Prefix; readonly value: number; readonly halfUnit: number }
	| {
			readonly kind: "quantity";
			readonly prefix: Prefix;
			readonly value: number;
			readonly halfUnit: number;
			readonly system: string | undefined;
			readonly code: string | undefined;
	  }
	| { readonly kind: "uri"; readonly uri: string }
	| { readonly kind: "composite"; readonly parts: readonly SearchValue[] };

export type Modifier = "missing" | "not" | "exact" | "contains" | "in";

export type SearchFilter =
	| {
			readonly on: "parameter";
			readonly parameter: SearchParameter;
			readonly modifier: Modifier | undefined;
			readonly values: readonly SearchValue[];
	  }
	/** `:missing`: whether the element is absent. */
	| { readonly on: "missing"; readonly parameter: SearchParameter; readonly missing: boolean }
	/** `:in`: the shipped value set's codes. */
	| { readonly on: "in"; readonly parameter: SearchParameter; readonly contains: (system: string, code: string) => boolean }
	| { readonly on: "id"; readonly ids: readonly string[] }
	| { readonly on: "lastUpdated"; readonly values: readonly { readonly prefix: Prefix; readonly range: TimeRange }[] }
	/** One step: what the reference points at passes the filter. */
	| { readonly on: "chain"; readonly parameter: SearchParameter; readonly filters: ReadonlyMap<string, SearchFilter> };

export interface Include {
	/** Type whose reference is followed. */
	readonly type: string;
	readonly parameter: SearchParameter;
	/** Only what is of this type. */
	readonly target: string | undefined;
}

export interface SortKey {
	readonly parameter: SearchParameter | "_id" | "_lastUpdated";
	readonly descending: boolean;
}

export interface SearchQuery {
	readonly type: string;
	/** All of them have to be passed. */
	readonly filters: readonly SearchFilter[];
	readonly includes: readonly Include[];
	readonly revincludes: readonly Include[];
	readonly sort: readonly SortKey[];
	/** Matches on a page. */
	readonly count: number;
	readonly elements: readonly string[] | undefined;
	readonly summary: "true" | "text" | "data" | "count" | undefined;
	readonly total: boolean;
	/** Values of the reference parameters that name a patient, as `Patient/id` would stand in a record: the ids alone. */
	readonly patients: readonly string[];
}

/** Matches on a page where the query names no number. */
export const defaultCount = 50;
export const countMax = 500;
