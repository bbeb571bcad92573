import type { MemberId } from "#base";
import type { ConsentTerms, Grantee, Provision } from "#contracts";
import { english, german, type Phrases } from "./phrases.ts";

export type Language = "en" | "de";

const languages: Readonly<Record<Language, Phrases>> = { en: english, de: german };

export interface DescribeOptions {
	/** The name people know an institution by; its id when absent. */
	readonly memberName?: (member: MemberId) => string;
}

/**
 * What a consent says, in short sentences: who, what, for what, how much is shown, until when, and what is excepted. Every restriction of
 * the terms has its sentence; nothing is left to the title, which whoever wrote the consent chose.
 *
 * Days are those of UTC. Codes (studies, value sets, models) stand as they are.
 */
export function describeTerms(terms: ConsentTerms, language: Language, { memberName = (member) => member }: DescribeOptions = {}): readonly string[] {
	const phrases = languages[language];
	const { compensation, custodial, provision } = terms;
	const pay = compensation === undefined || compensation.cents === 0 ? [] : [phrases.pay(formatMoney(compensation.cents, compensation.currency))];
	const paper = custodial ? [phrases.paper] : [];
	const root = describeProvision(provision, phrases, memberName, false);
	const end = provision.endMs === undefined ? [phrases.noEnd] : [];
	return [...root, ...end, ...pay, ...paper, phrases.stop, phrases.noRecall];
}

function describeProvision(provision: Provision, phrases: Phrases, memberName: (member: MemberId) => string, nested: boolean): readonly string[] {
	const { type, grantees, classes, actions } = provision;
	const who = list(grantees?.map((grantee) => describeGrantee(grantee, phrases, memberName)) ?? [nested ? phrases.them : phrases.everyone], phrases);
	const what = list(classes?.map((name) => phrases.classes[name]) ?? [nested ? phrases.ofIt : phrases.everything], phrases);
	const sentence = phrases[type](who, actions === undefined || actions.length === 2 ? "both" : (actions[0] ?? "both"), what);
	return [
		nested ? phrases.but(sentence) : sentence,
		...describeRestrictions(provision, phrases),
		...describeLevel(provision, phrases, nested),
		...describeLabels(provision, phrases, nested),
		...describePeriod(provision, phrases),
		...(provision.exceptions ?? []).flatMap((exception) => describeProvision(exception, phrases, memberName, true)),
	];
}

/** A rule that names no level releases as much as there is; an exception that names none keeps to its rule's. */
function describeLevel({ type, level }: Provision, phrases: Phrases, nested: boolean): readonly string[] {
	if (type === "deny" || (nested && level === undefined)) return [];
	return [phrases.levels[level ?? "identified"]];
}

function describeRestrictions(provision: Provision, phrases: Phrases): readonly string[] {
	const { purposes, conditions, diseases, models, records, authors, encounters, dataFromMs, dataToMs } = provision;
	const sentences: string[] = [];
	if (purposes !== undefined)
		sentences.push(
			phrases.onlyPurposes(
				list(
					purposes.map((purpose) => phrases.purposes[purpose]),
					phrases,
				),
			),
		);
	if (conditions !== undefined) sentences.push(phrases.onlyConditions(conditions.join(", ")));
	if (diseases !== undefined) sentences.push(phrases.onlyDiseases(diseases.join(", ")));
	if (models !== undefined && models.length > 0) sentences.push(phrases.onlyModels(models.join(", ")));
	if (records !== undefined) sentences.push(phrases.onlyRecords(records.length));
	if (authors !== undefined) sentences.push(phrases.onlyAuthors(authors.length));
	if (encounters !== undefined) sentences.push(phrases.onlyEncounters(encounters.length));
	if (dataFromMs !== undefined) sentences.push(phrases.dataFrom(formatDay(dataFromMs, phrases)));
	if (dataToMs !== undefined) sentences.push(phrases.dataTo(formatDay(dataToMs - 1, phrases)));
	return sentences;
}

function describeLabels({ type, labels }: Provision, phrases: Phrases, nested: boolean): readonly string[] {
	const named = list(labels?.map((label) => phrases.labels[label]) ?? [], phrases);
	if (type === "deny") return labels === undefined ? [] : [phrases.labelsOnly(named)];
	if (nested && labels === undefined) return [];
	return labels === undefined || labels.length === 0 ? [phrases.labelsClosed] : [phrases.labelsOpen(named)];
}

/** Periods exclude their end: the last day is the one of the millisecond before. */
function describePeriod({ startMs, endMs }: Provision, phrases: Phrases): readonly string[] {
	return [
		...(startMs === undefined ? [] : [phrases.from(formatDay(startMs, phrases))]),
		...(endMs === undefined ? [] : [phrases.until(formatDay(endMs - 1, phrases))]),
	];
}

function describeGrantee(grantee: Grantee, phrases: Phrases, memberName: (member: MemberId) => string): string {
	switch (grantee.kind) {
		case "member":
			return phrases.at(phrases.credentials[grantee.credential], memberName(grantee.member));
		case "credential":
			return phrases.credentials[grantee.credential];
		case "actor":
			return phrases.key(grantee.key.slice(-8));
		case "study":
			return phrases.study(grantee.study);
		case "department":
			return phrases.team(grantee.department, memberName(grantee.member));
	}
}

function list(items: readonly string[], { and }: Phrases): string {
	return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} ${and} ${items.at(-1)}`;
}

function formatDay(timeMs: number, { months, date }: Phrases): string {
	const day = new Date(timeMs);
	return date(day.getUTCDate(), months[day.getUTCMonth()] as string, day.getUTCFullYear());
}

function formatMoney(cents: number, currency: string): string {
	const rest = cents % 100;
	return `${(cents - rest) / 100}.${String(rest).padStart(2, "0")} ${currency}`;
}
