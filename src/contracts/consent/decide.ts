import type { ConsentId } from "#base";
import { type DataClass, type Level, sensitivityLabels } from "../vocabulary.ts";
import { allClasses, classBit, generalClasses, levelRank } from "./compileTerms.ts";
import { type Collector, collectGrants, type Grant, type Refusal } from "./grants.ts";
import { lawfulGrant } from "./lawfulGrant.ts";
import { type Asked, askedOf, isPractitioner, isTreatment, mismatchOfPeople } from "./matching.ts";
import { grantsNothing, masksEach, type Prepared, paperBit, permits, prepare, type UsableConsent } from "./prepare.ts";
import { listReasons, reasonBit } from "./reasons.ts";
import type { ClassVerdict, Decision, DecisionRequest, DecisionState, Obligation, RecordException, RecordFilter } from "./terms.ts";

/** Decides about one relationship, at any moment, for anybody. */
export type Decider = (request: DecisionRequest, now: number) => Decision;

/**
 * What a request is answered with: per class, which records at which level. One pure function of its arguments: the gate runs it on its
 * replica, an auditor runs it again from the log.
 *
 * Order: label refusal > refusal > private exception > grant. The answer is never wider than the request or than any one grant. A consent
 * whose terms are missing or altered may hide a refusal, so it refuses everything but the patient's own access and break-glass.
 *
 * @param now - UTC ms; the gate passes max(local clock, block time). Periods include their start and exclude their end.
 */
export function decide(state: DecisionState, request: DecisionRequest, now: number): Decision {
	return decideOn(prepare(state), request, now);
}

/**
 * {@link decide} for many questions about one relationship: its consents are checked against the ledger once, now. What is done to `state`
 * afterwards changes nothing; a new state of the ledger needs a new decider.
 */
export function prepareDecisions(state: DecisionState): Decider {
	const prepared = prepare(state);
	return (request, now) => decideOn(prepared, request, now);
}

function decideOn(prepared: Prepared, request: DecisionRequest, now: number): Decision {
	const { enrolment } = prepared;
	if (enrolment?.status === "destroyed") return refused(request, reasonBit.ERASED);
	if (enrolment?.status === "active" && request.requester.isPatient && request.action === "read") return toPatient(request);
	const lawful = lawfulGrant(prepared, request, now);
	if (lawful !== undefined) return answer(request, [lawful], noRefusals, lawful.untilMs, reasonBit.PERMITTED_BY_LAW);
	const standing = standingReasons(prepared, now);
	const asked = askedOf(request, now);
	const emergency = emergencyGrant(prepared, request);
	if (emergency !== undefined) {
		const refusals = collectRefusals(prepared, asked, true);
		return answer(request, [emergency], refusals, nextChange(prepared, now), standing | reasonBit.PERMITTED_BY_EMERGENCY);
	}
	if (enrolment?.status === "rotated") return refused(request, standing | reasonBit.ROTATED);
	if ((standing & (reasonBit.TERMS_MISSING | reasonBit.TERMS_ALTERED)) !== 0) return refused(request, standing);
	const collector: Collector = { asked, grants: [], reasons: enrolment === undefined ? standing | reasonBit.NOT_ENROLLED : standing };
	for (let at = 0; at < prepared.consents.length; at++) collectFrom(prepared, at, collector);
	const implicit = implicitGrant(prepared, asked);
	if (implicit !== undefined) collector.grants.push(implicit);
	else collector.reasons |= reasonBit.REFUSED_BY_IMPLICIT_POLICY;
	return answer(request, collector.grants, collectRefusals(prepared, asked, false), nextChange(prepared, now), collector.reasons);
}

/** Why consents contribute nothing or cannot be relied on, whatever is asked. */
function standingReasons({ reasons, firstEndMs, doubtful }: Prepared, now: number): number {
	let standing = now >= firstEndMs ? reasons | reasonBit.EXPIRED : reasons;
	for (const { endMs, reason } of doubtful) standing |= now >= endMs ? reasonBit.EXPIRED : reason;
	return standing;
}

/** What one consent grants, where it is in force and its rule concerns the request. */
function collectFrom(prepared: Prepared, at: number, collector: Collector): void {
	const granting = prepared.granting[at];
	if (granting === grantsNothing) return;
	const reason = mismatchOfGrant(prepared, at, collector.asked);
	if (reason === 0) {
		const { rule, consentId } = prepared.consents[at] as UsableConsent;
		collectGrants(collector, rule, consentId);
	} else if (granting === permits && reason !== outOfForce) collector.reasons |= reason;
}

/** {@link mismatch} for what a consent grants. A custodian's paper consent grants treatment and nothing else, whatever its terms say. */
function mismatchOfGrant(prepared: Prepared, at: number, asked: Asked): number {
	const reason = mismatchOfNumbers(prepared, at, asked);
	if (reason !== 0) return reason;
	const mask = at * masksEach;
	if (((prepared.masks[mask + 2] as number) & paperBit) !== 0 && !isTreatment(asked.request)) return reasonBit.PURPOSE_DIFFERS;
	if (((prepared.masks[mask + 1] as number) & asked.classes) === 0) return reasonBit.CLASS_NOT_GRANTED;
	return mismatchOfConsent(prepared, at, asked);
}

/** Not a reason: the ledger's last day is over, which {@link standingReasons} has told. */
const outOfForce = -1;

/** Time, action and purpose, as {@link mismatch} has them. */
function mismatchOfNumbers({ masks, times }: Prepared, at: number, { now, action, purpose }: Asked): number {
	const [time, mask] = [at * 3, at * masksEach];
	if (now >= (times[time + 2] as number)) return outOfForce;
	if (now >= (times[time + 1] as number)) return reasonBit.EXPIRED;
	if (now < (times[time] as number)) return reasonBit.NOT_YET_VALID;
	if (((masks[mask + 2] as number) & action) === 0) return reasonBit.ACTION_NOT_GRANTED;
	return ((masks[mask] as number) & purpose) === 0 ? reasonBit.PURPOSE_DIFFERS : 0;
}

/** {@link mismatchOfPeople} of a consent's rule, without looking at it where the bits of people tell already. */
function mismatchOfConsent({ masks, consents }: Prepared, at: number, asked: Asked): number {
	if (((masks[at * masksEach + 3] as number) & asked.people) === 0) return reasonBit.GRANTEE_DIFFERS;
	return mismatchOfPeople((consents[at] as UsableConsent).rule, asked);
}

/** What top-level refusals withhold. In an emergency only those count that name emergency treatment itself. */
function collectRefusals(prepared: Prepared, asked: Asked, emergency: boolean): readonly Refusal[] {
	let refusals: Refusal[] | undefined;
	for (const at of prepared.refusing) {
		if (((prepared.masks[at * masksEach + 1] as number) & asked.classes) === 0 || mismatchOfNumbers(prepared, at, asked) !== 0) continue;
		const { rule, consentId } = prepared.consents[at] as UsableConsent;
		if ((emergency && !rule.namesEmergency) || mismatchOfConsent(prepared, at, asked) !== 0) continue;
		refusals ??= [];
		refusals.push({ consentId, classes: rule.classes, records: rule.records });
	}
	return refusals ?? noRefusals;
}

const noRefusals: readonly Refusal[] = [];

/** The patient and the patient's delegates see everything, at most at the level they ask for. */
function toPatient(request: DecisionRequest): Decision {
	const grant = wholeRecord("patient", request.level, allClasses);
	return answer(request, [grant], noRefusals, null, reasonBit.PERMITTED_TO_PATIENT);
}

/** Break-glass: a practitioner, for emergency treatment, where the custodian's policy knows it at all. */
function emergencyGrant({ implicitPolicy }: Prepared, request: DecisionRequest): Grant | undefined {
	const qualified = request.emergency && request.purpose === "ETREAT" && request.action === "read" && isPractitioner(request.requester);
	if (!qualified || request.model !== undefined || request.level === "compute" || implicitPolicy === "deny") return undefined;
	return wholeRecord("emergency", request.level, allClasses);
}

/** The custodian's rule for what no consent decides (IHE PCF's four). It names no model, so nothing computes under it. */
function implicitGrant(prepared: Prepared, asked: Asked): Grant | undefined {
	const { request } = asked;
	const { implicitPolicy } = prepared;
	if (implicitPolicy !== "all-data-for-treatment" && implicitPolicy !== "normal-data-for-treatment") return undefined;
	if (!isTreatment(request) || !isPractitioner(request.requester) || request.model !== undefined || request.level === "compute") return undefined;
	if (isDecidedByConsent(prepared, asked)) return undefined;
	if (implicitPolicy === "all-data-for-treatment") return wholeRecord("implicit", request.level, allClasses);
	return { classes: generalClasses, filter: { basis: "implicit", level: request.level, labels: [], except: [] }, exceptions: [] };
}

/**
 * True when a grant's rule speaks of this requester and purpose: then its terms go before the custodian's policy, for what they leave out too.
 * A withdrawn one still does, since a custodian's act never widens anything.
 */
function isDecidedByConsent(prepared: Prepared, asked: Asked): boolean {
	for (const at of prepared.permitting) {
		if (mismatchOfNumbers(prepared, at, asked) === 0 && mismatchOfConsent(prepared, at, asked) === 0) return true;
	}
	return false;
}

function wholeRecord(basis: string, level: Level, classes: number): Grant {
	return { classes, filter: { basis, level, labels: sensitivityLabels, except: [] }, exceptions: [] };
}

/** Sets grants against refusals, class by class. */
function answer(
	request: DecisionRequest,
	grants: readonly Grant[],
	refusals: readonly Refusal[],
	expiresAtMs: number | null,
	standing: number,
): Decision {
	if (grants.length === 0) return refused(request, standing | reasonBit.CLASS_NOT_GRANTED, expiresAtMs);
	const outcome: Outcome = { reasons: standing, bases: [] };
	const classes = distinct(request.classes).map((name) => verdictOn(name, grants, refusals, outcome));
	const { bases } = outcome;
	if (bases.length === 0) return refused(request, outcome.reasons, expiresAtMs);
	const consents = bases.filter(isConsent);
	if (consents.length > 0) outcome.reasons |= reasonBit.PERMITTED_BY_CONSENT;
	if (bases.includes("implicit")) outcome.reasons |= reasonBit.PERMITTED_BY_IMPLICIT_POLICY;
	if (classes.length > 1) consents.sort();
	return { decision: "permit", classes, consents, expiresAtMs, obligations: obligations(classes), reasons: listReasons(outcome.reasons, true) };
}

/**
 * A permit without the filters that whoever asks cannot use: what stood on them alone, a consent, a duty or a reason, goes with them, so that
 * nothing is named by which nothing leaves.
 *
 * @param keeps - Whether a filter of a class can be used.
 * @returns The decision itself where all can be; undefined where none can.
 */
export function keepFilters(decision: Decision, keeps: (filter: RecordFilter, name: DataClass) => boolean): Decision | undefined {
	const keepsAll = (verdict: ClassVerdict) => !verdict.released || verdict.filters.every((filter) => keeps(filter, verdict.class));
	if (decision.classes.every(keepsAll)) return decision;
	const bases = new Set<string>();
	const classes = decision.classes.map((verdict): ClassVerdict => {
		const filters = verdict.released ? verdict.filters.filter((filter) => keeps(filter, verdict.class)) : [];
		for (const { basis } of filters) bases.add(basis);
		return filters.length === 0 ? { class: verdict.class, released: false } : { class: verdict.class, released: true, filters };
	});
	if (bases.size === 0) return undefined;
	const consents = decision.consents.filter((id) => bases.has(id));
	const reasons = decision.reasons.filter(
		(reason) => (reason !== "PERMITTED_BY_CONSENT" || consents.length > 0) && (reason !== "PERMITTED_BY_IMPLICIT_POLICY" || bases.has("implicit")),
	);
	return { ...decision, classes, consents, reasons, obligations: obligations(classes) };
}

interface Outcome {
	/** Bits of {@link reasonBit}. */
	reasons: number;
	/** Of the filters given out, each once. */
	readonly bases: RecordFilter["basis"][];
}

function verdictOn(name: DataClass, grants: readonly Grant[], refusals: readonly Refusal[], outcome: Outcome): ClassVerdict {
	const filters = filtersFor(name, grants, refusals, outcome);
	if (filters.length > 0) return { class: name, released: true, filters };
	outcome.reasons |= reasonBit.CLASS_NOT_GRANTED;
	return { class: name, released: false };
}

function distinct(names: readonly DataClass[]): readonly DataClass[] {
	let seen = 0;
	for (const name of names) {
		if ((seen & classBit(name)) !== 0) return [...new Set(names)];
		seen |= classBit(name);
	}
	return names;
}

/** False for bases that are no consent. */
function isConsent(basis: string): basis is ConsentId {
	return basis !== "implicit" && basis !== "emergency" && basis !== "patient" && basis !== "law";
}

/** A refusal binds every consent but the one it stands in: there its own exceptions have the word. */
function filtersFor(name: DataClass, grants: readonly Grant[], refusals: readonly Refusal[], outcome: Outcome): readonly RecordFilter[] {
	const bit = classBit(name);
	const filters: RecordFilter[] = [];
	for (const grant of grants) {
		if ((grant.classes & bit) === 0) continue;
		const filter = refusals.length === 0 && grant.exceptions.length === 0 ? grant.filter : limited(grant, bit, refusals, outcome);
		if (filter === undefined) continue;
		filters.push(filter);
		if (!outcome.bases.includes(filter.basis)) outcome.bases.push(filter.basis);
	}
	return filters;
}

/** A grant's filter with what refusals and its own exceptions take out of it; undefined when a refusal takes the class. */
function limited({ filter, exceptions }: Grant, bit: number, refusals: readonly Refusal[], outcome: Outcome): RecordFilter | undefined {
	const except: RecordException[] = [];
	let taken = false;
	for (const { consentId, classes, records } of refusals) {
		if ((classes & bit) === 0 || consentId === filter.basis) continue;
		outcome.reasons |= reasonBit.REFUSED_BY_CONSENT;
		if (records === undefined) taken = true;
		else except.push(records);
	}
	if (taken) return undefined;
	for (const below of exceptions) if ((below.classes & bit) !== 0) except.push(below.exception);
	return except.length === 0 ? filter : { ...filter, except };
}

function refused(request: DecisionRequest, reasons: number, expiresAtMs: number | null = null): Decision {
	const classes = distinct(request.classes).map((name) => ({ class: name, released: false }) as const);
	return { decision: "deny", classes, consents: [], expiresAtMs, obligations: [], reasons: listReasons(reasons, false) };
}

/** The next instant at which a period or a last day starts or ends. */
function nextChange({ changesMs }: Prepared, now: number): number | null {
	let [low, high] = [0, changesMs.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((changesMs[middle] as number) > now) high = middle;
		else low = middle + 1;
	}
	return changesMs[low] ?? null;
}

function obligations(classes: readonly ClassVerdict[]): readonly Obligation[] {
	let [emergency, lawful, small, labelled] = [false, false, false, false];
	for (const verdict of classes) {
		for (const { basis, level, labels } of verdict.released ? verdict.filters : []) {
			emergency ||= basis === "emergency";
			lawful ||= basis === "law";
			small ||= levelRank(level) <= deidentifiedRank;
			labelled ||= basis !== "patient" && labels.length > 0;
		}
	}
	const due: Obligation[] = [];
	if (emergency || lawful) due.push("notify-patient");
	if (emergency) due.push("review-break-glass");
	if (small) due.push("minimum-cohort");
	if (labelled) due.push("no-redisclosure");
	return due;
}

const deidentifiedRank = levelRank("deidentified");
