import type { CivilDay, MemberId, PublicKey } from "#base";
import type { DataClass, Grantee, Level, Provision, Purpose, SensitivityLabel } from "#contracts";
import type { GrantDraft } from "./deskTypes.ts";
import { isCode, readCode } from "./helperDraft.ts";

/** Who a new rule is for, as a person chooses it. */
export const presets = ["care", "heart", "one", "count"] as const;
export type Preset = (typeof presets)[number];

/** What the form of a new rule holds; it survives a reload. */
export interface GrantForm {
	readonly preset: Preset;
	/** Key of the one person, for preset `one`: chosen, or typed as they handed it over. */
	readonly person: string;
	readonly classes: readonly DataClass[];
	readonly labels: readonly SensitivityLabel[];
	/** Last day, `YYYY-MM-DD`. */
	readonly until: string;
}

export type GrantFault = "noClass" | "badDay" | "pick";

const careClasses: readonly DataClass[] = [
	"demographics",
	"conditions",
	"medications",
	"allergies",
	"laboratory",
	"vitals",
	"encounters",
	"procedures",
	"immunisations",
	"imaging",
];

/** Kinds that a preset ticks. */
export const presetClasses: Readonly<Record<Preset, readonly DataClass[]>> = {
	care: careClasses,
	heart: ["conditions", "medications", "laboratory", "vitals", "encounters", "procedures", "imaging"],
	one: careClasses,
	count: ["conditions", "laboratory", "vitals", "medications", "immunisations"],
};

const presetTerms: Readonly<Record<Preset, { readonly purpose: Purpose; readonly level: Level; readonly conditions?: readonly string[] }>> = {
	care: { purpose: "TREAT", level: "identified" },
	heart: { purpose: "TREAT", level: "identified", conditions: ["cardiology"] },
	one: { purpose: "TREAT", level: "identified" },
	count: { purpose: "HRESCH", level: "aggregate" },
};

export function emptyForm(todayMs: number): GrantForm {
	return { preset: "care", person: "", classes: presetClasses.care, labels: [], until: dayAfter(todayMs, 90) };
}

/** @param days - Whole days from today in UTC. */
export function dayAfter(todayMs: number, days: number): string {
	return new Date(todayMs + days * 86_400_000).toISOString().slice(0, 10);
}

/** What still stands in the way of signing. */
export function faultOfForm({ preset, person, classes, until }: GrantForm, todayMs: number): GrantFault | undefined {
	if (classes.length === 0) return "noClass";
	if (preset === "one" && !isCode(readCode(person))) return "pick";
	const isDay = /^\d{4}-\d{2}-\d{2}$/.test(until) && !Number.isNaN(Date.parse(until));
	return isDay && until >= dayAfter(todayMs, 0) ? undefined : "badDay";
}

export interface DraftContext {
	readonly member: MemberId;
	/** In the person's language: what they read when signing. */
	readonly title: string;
}

/** The rule that a form stands for. */
export function draftOfForm({ preset, person, classes, labels, until }: GrantForm, { member, title }: DraftContext): GrantDraft {
	const { purpose, level, conditions } = presetTerms[preset];
	const grantees: Readonly<Record<Preset, Grantee>> = {
		care: { kind: "member", member, credential: "practitioner" },
		heart: { kind: "member", member, credential: "relationship" },
		one: { kind: "actor", key: readCode(person) as PublicKey },
		count: { kind: "credential", credential: "researcher" },
	};
	const provision: Provision = {
		type: "permit",
		grantees: [grantees[preset]],
		actions: ["read"],
		purposes: [purpose],
		classes,
		level,
		...(labels.length === 0 ? {} : { labels }),
		...(conditions === undefined ? {} : { conditions }),
	};
	return { title, provision, validUntil: until as CivilDay };
}

/** A rule as it stands with other kinds, labels and last day: whom it is for and what it is about stay. */
export function changedDraft(
	provision: Provision,
	{ classes, labels, until }: Pick<GrantForm, "classes" | "labels" | "until">,
	title: string,
): GrantDraft {
	const { labels: _, endMs: __, ...rest } = provision;
	return { title, provision: { ...rest, classes, ...(labels.length === 0 ? {} : { labels }) }, validUntil: until as CivilDay };
}

/** Whether a permit opens a kind at all; what is not named by kind is everything but what is sorted nowhere. */
export function opensKind({ classes }: Provision, kind: DataClass): boolean {
	return classes === undefined ? kind !== "other" : classes.includes(kind);
}

interface Rule {
	readonly title: string;
	readonly provision: Provision;
	readonly validUntil: CivilDay;
}

/**
 * A rule as it stands without one kind of data; undefined where nothing would be left of it: then it is stopped, not narrowed.
 *
 * @param all - Every kind of data that there is, in the order in which a rule names them.
 */
export function withoutKind({ title, provision, validUntil }: Rule, kind: DataClass, all: readonly DataClass[]): GrantDraft | undefined {
	const classes = all.filter((each) => each !== kind && opensKind(provision, each));
	return classes.length === 0 ? undefined : changedDraft(provision, { classes, labels: provision.labels ?? [], until: validUntil }, title);
}
