import { type Level, levels } from "../vocabulary.ts";
import { levelRank, type Rule } from "./compileTerms.ts";
import { type Asked, mismatch } from "./matching.ts";
import { reasonBit } from "./reasons.ts";
import { narrow, type RecordScope, unrestricted } from "./recordScope.ts";
import type { RecordException, RecordFilter } from "./terms.ts";

/** What one rule releases: for the classes in the mask, the records the filter admits. */
export interface Grant {
	readonly classes: number;
	readonly filter: RecordFilter;
	/** Exceptions below the grant that concern single records of some classes. */
	readonly exceptions: readonly RecordRefusal[];
}

export interface RecordRefusal {
	readonly classes: number;
	readonly exception: RecordException;
}

/** What a top-level refusal withholds from every other consent and from the implicit policy. */
export interface Refusal {
	readonly consentId: string;
	readonly classes: number;
	/** Undefined: whole classes. */
	readonly records: RecordException | undefined;
}

/** What the rules above a nested one leave to it. */
interface Scope {
	readonly classes: number;
	readonly level: number;
	readonly records: RecordScope;
}

/** Gathers what is granted, and why something is not. */
export interface Collector {
	readonly asked: Asked;
	readonly grants: Grant[];
	/** Bits of {@link reasonBit}. */
	reasons: number;
}

const computeRank = levelRank("compute");
const identifiedRank = levelRank("identified");

/** Grants of a rule that concerns the request and some class asked for, and of everything nested in it. */
export function collectGrants(collector: Collector, rule: Rule, basis: string): void {
	within(collector, rule, basis, { classes: collector.asked.classes, level: identifiedRank, records: unrestricted });
}

function within(collector: Collector, rule: Rule, basis: string, above: Scope): void {
	const classes = above.classes & rule.classes;
	const records = above.records === unrestricted ? rule.scope : narrow(above.records, rule.records, rule.permit);
	if (records === undefined) {
		if (rule.permit) collector.reasons |= reasonBit.CLASS_NOT_GRANTED;
		return;
	}
	const scope = { classes, level: rule.permit && rule.level < above.level ? rule.level : above.level, records };
	if (rule.permit) release(collector, rule, basis, scope);
	for (const exception of rule.exceptions) {
		const reason = mismatch(exception, collector.asked, classes);
		if (reason === 0) within(collector, exception, basis, scope);
		else if (exception.permit) collector.reasons |= reason;
	}
}

function release(collector: Collector, rule: Rule, basis: string, scope: Scope): void {
	const level = answerLevel(collector, rule, scope.level);
	if (level === undefined) return;
	let { classes } = scope;
	let exceptions: RecordRefusal[] | undefined;
	for (const exception of rule.exceptions) {
		if (exception.permit || mismatch(exception, collector.asked, scope.classes) !== 0) continue;
		if (exception.records === undefined) classes &= ~exception.classes;
		else {
			exceptions ??= [];
			exceptions.push({ classes: exception.classes, exception: exception.records });
		}
	}
	if (classes !== scope.classes || exceptions !== undefined) collector.reasons |= reasonBit.REFUSED_BY_CONSENT;
	if (classes === 0) return;
	const filter = filterOf(rule, basis, level, scope.records);
	collector.grants.push({ classes, filter, exceptions: exceptions ?? noRefusals });
}

const noExceptions: readonly RecordException[] = [];
const noRefusals: readonly RecordRefusal[] = [];

/** What a rule releases at a level. One that nothing above restricts is made once and never changed: answers share it. */
function filterOf(rule: Rule, basis: string, level: number, records: RecordScope): RecordFilter {
	if (records !== rule.scope) return newFilter(rule, basis, level, records);
	const known = rule.filters[level];
	if (known?.basis === basis) return known;
	const filter = Object.freeze(newFilter(rule, basis, level, records));
	rule.filters[level] = filter;
	return filter;
}

function newFilter({ labels }: Rule, basis: string, level: number, records: RecordScope): RecordFilter {
	return { basis, level: levels[level] as Level, labels, ...records, except: noExceptions };
}

/**
 * Never above what was asked or granted. A model must be named in the grant, whatever the level; `compute` is nothing without one, so what
 * is left of it for a person is the level below.
 */
function answerLevel(collector: Collector, rule: Rule, granted: number): number | undefined {
	const { level: asked, model } = collector.asked;
	const least = asked < granted ? asked : granted;
	const computesForNobody = model === undefined && least === computeRank;
	if (computesForNobody || (model !== undefined && rule.models?.includes(model) !== true)) {
		collector.reasons |= reasonBit.MODEL_NOT_NAMED;
		if (model !== undefined) return undefined;
	}
	const answer = computesForNobody ? computeRank - 1 : least;
	if (answer < asked) collector.reasons |= reasonBit.LEVEL_TOO_HIGH;
	return answer;
}
