import type { CivilDay } from "#base";
import type { DataClass, Level, Provision, Purpose } from "#contracts";
import type { AccessRow, ConsentView, GrantDraft } from "./deskTypes.ts";

/** What research may be let do, as a person decides about it. */
export const researchKinds = ["count", "nameless", "trial"] as const;
export type ResearchKind = (typeof researchKinds)[number];

/** Purposes of research; a rule for research covers trials (CN35), never the other way round. */
const researchPurposes: readonly Purpose[] = ["HRESCH", "CLINTRCH"];
const coveredBy: Readonly<Partial<Record<Purpose, readonly Purpose[]>>> = { HRESCH: ["HRESCH"], CLINTRCH: ["HRESCH", "CLINTRCH"] };
/** From the least that leaves to the most. */
const levels: readonly Level[] = ["aggregate", "compute", "deidentified", "pseudonymised", "identified"];

const kinds: Readonly<Record<ResearchKind, { readonly purpose: Purpose; readonly level: Level }>> = {
	count: { purpose: "HRESCH", level: "aggregate" },
	nameless: { purpose: "HRESCH", level: "deidentified" },
	trial: { purpose: "CLINTRCH", level: "deidentified" },
};

const researchClasses: readonly DataClass[] = ["conditions", "medications", "laboratory", "vitals", "procedures", "immunisations"];

export interface ResearchStanding {
	/** Rules in force that let it, in whole or in part. */
	readonly allowedBy: readonly ConsentView[];
	/** Rules in force that refuse it; one is enough. */
	readonly refusedBy: readonly ConsentView[];
}

function covers({ purposes }: Provision, purpose: Purpose): boolean {
	return purposes === undefined || purposes.some((each) => coveredBy[purpose]?.includes(each) === true);
}

function reaches({ level = "identified" }: Provision, kind: ResearchKind): boolean {
	return levels.indexOf(level) >= levels.indexOf(kinds[kind].level);
}

/** For a rule that speaks of research at all; one without purposes speaks of everything. */
export function standingOf(consents: readonly ConsentView[], kind: ResearchKind): ResearchStanding {
	const active = consents.filter(({ status, terms }) => status === "active" && terms !== undefined && covers(terms.provision, kinds[kind].purpose));
	return {
		allowedBy: active.filter(({ terms }) => terms?.provision.type === "permit" && reaches(terms.provision, kind)),
		refusedBy: active.filter(({ terms }) => terms?.provision.type === "deny"),
	};
}

/** The rule that lets one kind of research. */
export function allowDraft(kind: ResearchKind, title: string, until: string): GrantDraft {
	const { purpose, level } = kinds[kind];
	const provision: Provision = {
		type: "permit",
		grantees: [{ kind: "credential", credential: "researcher" }],
		actions: ["read"],
		purposes: [purpose],
		classes: researchClasses,
		level,
	};
	return { title, provision, validUntil: until as CivilDay };
}

/** The rule that refuses all research, whatever else was allowed (CN42). */
export function refuseDraft(title: string, until: string): GrantDraft {
	return { title, provision: { type: "deny", purposes: researchPurposes }, validUntil: until as CivilDay };
}

/** What research asked, newest first. */
export function researchRows(rows: readonly AccessRow[]): readonly AccessRow[] {
	return rows.filter(({ purpose, kind }) => researchPurposes.includes(purpose as Purpose) && kind !== "patient");
}
