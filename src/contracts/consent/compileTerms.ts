import type { Digest } from "#base";
import { type DataClass, dataClasses, type Level, levels, type Purpose, purposeParent, purposes, type SensitivityLabel } from "../vocabulary.ts";
import { commitTerms } from "./commitTerms.ts";
import { narrow, type RecordScope, unrestricted } from "./recordScope.ts";
import type { ConsentTerms, Grantee, OpenedTerms, Provision, RecordException, RecordFilter } from "./terms.ts";

/** A provision made ready for many decisions: lists of closed vocabularies are bit masks, absent fields are resolved. */
export interface Rule {
	readonly permit: boolean;
	/** Undefined: anyone. */
	readonly grantees: readonly GranteeRule[] | undefined;
	/** Bits of {@link purposes}, subsumed ones included. */
	readonly purposes: number;
	/** True when a refusal names emergency treatment itself. */
	readonly namesEmergency: boolean;
	readonly read: boolean;
	readonly write: boolean;
	/** Bits of {@link dataClasses}. */
	readonly classes: number;
	/** Rank in {@link levels}. */
	readonly level: number;
	/** Labels released besides unlabelled data, of a permit. */
	readonly labels: readonly SensitivityLabel[];
	/** Undefined: any use. */
	readonly diseases: readonly string[] | undefined;
	readonly models: readonly string[] | undefined;
	readonly startMs: number;
	readonly endMs: number;
	/** What restricts it to single records, or undefined: a refusal with it withholds records, not classes. */
	readonly records: RecordException | undefined;
	/** {@link records} of a rule that stands under no other restriction; undefined where nothing can satisfy it. */
	readonly scope: RecordScope | undefined;
	readonly exceptions: readonly Rule[];
	/** Filters that were made of this rule under no other restriction, by the rank of their level: the same again for the next question. */
	readonly filters: (RecordFilter | undefined)[];
}

/** A {@link Grantee} in one shape for all kinds: what differs in shape is slow to look at. */
export interface GranteeRule {
	readonly kind: Grantee["kind"];
	readonly member: string | undefined;
	readonly credential: string | undefined;
	readonly department: string | undefined;
	readonly study: string | undefined;
	readonly key: string | undefined;
}

/** Verified terms: everything a decision reads, copied when checked, so that a later change of the opened object changes nothing. */
export interface CompiledTerms {
	readonly commitment: Digest;
	readonly terms: Pick<ConsentTerms, "chain" | "pseudonym" | "consentId" | "version" | "custodian" | "custodial">;
	readonly rule: Rule;
	/** Every start and end inside, in no order. */
	readonly boundariesMs: readonly number[];
}

const compiled = new WeakMap<OpenedTerms, CompiledTerms | "unusable">();

/** Hashes and reads the terms once per object; `unusable` when they are not terms that a commitment could ever be made of. */
export function compileTerms(opened: OpenedTerms): CompiledTerms | "unusable" {
	let result = compiled.get(opened);
	if (result === undefined) {
		result = compile(opened);
		compiled.set(opened, result);
	}
	return result;
}

function compile(opened: OpenedTerms): CompiledTerms | "unusable" {
	try {
		const copy = structuredClone(opened);
		const commitment = commitTerms(copy);
		const boundariesMs: number[] = [];
		const rule = compileProvision(copy.terms.provision, boundariesMs);
		return { commitment, terms: copy.terms, rule, boundariesMs };
	} catch {
		// Whatever is wrong with them, they are not the terms that were committed to.
		return "unusable";
	}
}

function compileProvision(provision: Provision, boundariesMs: number[]): Rule {
	const permit = provision.type === "permit";
	const records = recordRestriction(provision);
	if (provision.startMs !== undefined) boundariesMs.push(provision.startMs);
	if (provision.endMs !== undefined) boundariesMs.push(provision.endMs);
	return {
		permit,
		grantees: provision.grantees?.map(compileGrantee),
		purposes: provision.purposes === undefined ? -1 : purposeMask(provision.purposes),
		namesEmergency: provision.purposes?.includes("ETREAT") === true,
		read: provision.actions?.includes("read") !== false,
		write: provision.actions?.includes("write") !== false,
		classes: provision.classes === undefined ? (permit ? generalClasses : allClasses) : classMask(provision.classes),
		level: levelRank(provision.level ?? "identified"),
		labels: provision.labels ?? noLabels,
		diseases: provision.diseases,
		models: provision.models,
		startMs: provision.startMs ?? Number.NEGATIVE_INFINITY,
		endMs: provision.endMs ?? Number.POSITIVE_INFINITY,
		records,
		scope: narrow(unrestricted, records, permit),
		exceptions: (provision.exceptions ?? []).map((exception) => compileProvision(exception, boundariesMs)),
		filters: [],
	};
}

const noLabels: readonly SensitivityLabel[] = [];

/** All of a grantee's fields in one order, whatever its kind. */
const anyFields: GranteeRule = { kind: "actor", member: undefined, credential: undefined, department: undefined, study: undefined, key: undefined };

function compileGrantee(grantee: Grantee): GranteeRule {
	return { ...anyFields, ...grantee };
}

/** Labels restrict a refusal to labelled records; in a permit they name what is released besides, and restrict nothing. */
function recordRestriction({ type, labels, conditions, records, authors, encounters, dataFromMs, dataToMs }: Provision): RecordException | undefined {
	const fields = { labels: type === "deny" ? labels : undefined, conditions, records, authors, encounters, dataFromMs, dataToMs };
	const given = Object.entries(fields).filter(([, value]) => value !== undefined);
	return given.length === 0 ? undefined : (Object.fromEntries(given) as RecordException);
}

const classBits = new Map<DataClass, number>(dataClasses.map((name, at) => [name, 1 << at]));
const purposeBits = new Map<Purpose, number>(purposes.map((name, at) => [name, 1 << at]));
const levelRanks = new Map<Level, number>(levels.map((name, at) => [name, at]));

export const allClasses = (1 << dataClasses.length) - 1;
/** `other` is never in a general grant. */
export const generalClasses = allClasses & ~classBit("other");

export function classBit(name: DataClass): number {
	return classBits.get(name) ?? 0;
}

export function classMask(names: readonly DataClass[]): number {
	let mask = 0;
	for (const name of names) mask |= classBit(name);
	return mask;
}

export function purposeBit(name: Purpose): number {
	return purposeBits.get(name) ?? 0;
}

/** A purpose covers its children: HRESCH ⊇ CLINTRCH, TREAT ⊇ ETREAT. */
export function purposeMask(names: readonly Purpose[]): number {
	let mask = 0;
	for (const purpose of purposes) if (isCovered(purpose, names)) mask |= purposeBit(purpose);
	return mask;
}

function isCovered(purpose: Purpose, names: readonly Purpose[]): boolean {
	if (names.includes(purpose)) return true;
	const parent = purposeParent[purpose];
	return parent !== undefined && isCovered(parent, names);
}

/** Least first; −1 for a level that does not exist. */
export function levelRank(level: Level): number {
	return levelRanks.get(level) ?? -1;
}
