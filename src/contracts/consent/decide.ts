import type { ConsentId } from "#base";
import { endOfDayMs } from "../day.ts";
import { type DataClass, type Level, levels, sensitivityLabels } from "../vocabulary.ts";
import { checkTerms } from "./checkTerms.ts";
import { allClasses, type CompiledTerms, classBit, classMask, compileTerms, generalClasses } from "./compileTerms.ts";
import { collectGrants, type Grant, mayGrant, type Refusal } from "./grants.ts";
import { isPractitioner, isTreatment, mismatch } from "./matching.ts";
import { noConsent } from "./readers.ts";
import type {
	ClassVerdict,
	Decision,
	DecisionRequest,
	DecisionState,
	LedgerConsent,
	Obligation,
	OpenedTerms,
	ReasonCode,
	RecordException,
	RecordFilter,
} from "./terms.ts";

/** A consent that counts now, with its verified terms. */
interface Effective {
	readonly consent: LedgerConsent;
	readonly compiled: CompiledTerms;
	/** When its last day is over, UTC ms. */
	readonly endMs: number;
}

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
	const reasons = new Set<ReasonCode>();
	const { enrolment } = state;
	if (enrolment?.status === "destroyed") return refused(request, reasons.add("ERASED"));
	if (enrolment?.status === "active" && request.requester.isPatient && request.action === "read") return toPatient(request);
	const effective = gather(state, now, reasons);
	const incomplete = reasons.has("TERMS_MISSING") || reasons.has("TERMS_ALTERED");
	const emergency = emergencyGrant(state, request);
	if (emergency !== undefined) {
		const refusals = collectRefusals(effective, request, now, true);
		return answer(request, [emergency], refusals, effective, now, reasons.add("PERMITTED_BY_EMERGENCY"));
	}
	if (enrolment?.status === "rotated") return refused(request, reasons.add("ROTATED"));
	if (incomplete) return refused(request, reasons);
	if (enrolment === undefined) reasons.add("NOT_ENROLLED");
	const grants: Grant[] = [];
	const collector = { request, now, grants, note: (reason: ReasonCode) => reasons.add(reason) };
	const asked = classMask(request.classes);
	for (const { consent, compiled } of effective) {
		if (consent.status === "active" && mayGrant(consent.custodial, request)) collectGrants(collector, compiled.rule, consent.consentId, asked);
	}
	const implicit = implicitGrant(state, request);
	if (implicit !== undefined) grants.push(implicit);
	else reasons.add("REFUSED_BY_IMPLICIT_POLICY");
	return answer(request, grants, collectRefusals(effective, request, now, false), effective, now, reasons);
}

/** Consents in force with their terms, in the order given; notes why any of them cannot be relied on. */
function gather({ chain, enrolment, consents, terms }: DecisionState, now: number, reasons: Set<ReasonCode>): readonly Effective[] {
	if (!isWholeChain(enrolment?.latest ?? noConsent, enrolment?.consents ?? 0, consents)) reasons.add("TERMS_MISSING");
	if (enrolment === undefined) return [];
	const effective: Effective[] = [];
	for (const consent of consents) {
		const endMs = endOfDayMs(consent.validUntil);
		if (consent.status === "revoked") reasons.add("REVOKED");
		else if (now >= endMs) reasons.add("EXPIRED");
		else {
			const opened = terms.get(consent.consentId);
			const checked = checkTerms(consent, opened, chain, enrolment.custodian);
			if (checked === "ok") effective.push({ consent, compiled: compileTerms(opened as OpenedTerms) as CompiledTerms, endMs });
			else reasons.add(checked);
		}
	}
	return effective;
}

/** True when the consents are exactly those of the chain that ends in `latest`: one left out might be a refusal. Any order will do. */
function isWholeChain(latest: ConsentId, count: number, consents: readonly LedgerConsent[]): boolean {
	if (consents.length !== count) return false;
	let next = latest;
	let inOrder = 0;
	while (inOrder < count && consents[inOrder]?.consentId === next) next = (consents[inOrder++] as LedgerConsent).previous;
	if (inOrder === count) return next === noConsent;
	const byId = new Map(consents.map((consent) => [consent.consentId, consent]));
	next = latest;
	for (let i = 0; i < count; i++) {
		const consent = byId.get(next);
		if (consent === undefined) return false;
		next = consent.previous;
	}
	return next === noConsent && byId.size === count;
}

/** What top-level refusals withhold. In an emergency only those count that name emergency treatment itself. */
function collectRefusals(effective: readonly Effective[], request: DecisionRequest, now: number, emergency: boolean): readonly Refusal[] {
	const refusals: Refusal[] = [];
	for (const { consent, compiled } of effective) {
		const { rule } = compiled;
		if (rule.permit || (emergency && !rule.namesEmergency) || mismatch(rule, request, now) !== undefined) continue;
		refusals.push({ consentId: consent.consentId, classes: rule.classes, records: rule.records });
	}
	return refusals.sort((a, b) => (a.consentId < b.consentId ? -1 : 1));
}

/** The patient and the patient's delegates see everything, at most at the level they ask for. */
function toPatient(request: DecisionRequest): Decision {
	const grant = wholeRecord("patient", request.level, allClasses);
	return answer(request, [grant], [], [], 0, new Set<ReasonCode>(["PERMITTED_TO_PATIENT"]));
}

/** Break-glass: a practitioner, for emergency treatment, where the custodian's policy knows it at all. */
function emergencyGrant({ implicitPolicy }: DecisionState, request: DecisionRequest): Grant | undefined {
	const qualified = request.emergency && request.purpose === "ETREAT" && request.action === "read" && isPractitioner(request.requester);
	if (!qualified || request.model !== undefined || request.level === "compute" || implicitPolicy === "deny") return undefined;
	return wholeRecord("emergency", request.level, allClasses);
}

/** The custodian's rule for what no consent decides (IHE PCF's four). It names no model, so nothing computes under it. */
function implicitGrant({ implicitPolicy }: DecisionState, request: DecisionRequest): Grant | undefined {
	if (!isTreatment(request) || !isPractitioner(request.requester) || request.model !== undefined || request.level === "compute") return undefined;
	if (implicitPolicy === "all-data-for-treatment") return wholeRecord("implicit", request.level, allClasses);
	if (implicitPolicy !== "normal-data-for-treatment") return undefined;
	return { classes: generalClasses, filter: { basis: "implicit", level: request.level, labels: [], except: [] }, exceptions: [] };
}

function wholeRecord(basis: string, level: Level, classes: number): Grant {
	return { classes, filter: { basis, level, labels: sensitivityLabels, except: [] }, exceptions: [] };
}

/** Sets grants against refusals, class by class. */
function answer(
	request: DecisionRequest,
	grants: readonly Grant[],
	refusals: readonly Refusal[],
	effective: readonly Effective[],
	now: number,
	reasons: Set<ReasonCode>,
): Decision {
	// Answers come in the order of ids, whatever order the consents came in; what one consent grants keeps its own order.
	const sorted = grants.toSorted((a, b) => (a.filter.basis < b.filter.basis ? -1 : a.filter.basis === b.filter.basis ? 0 : 1));
	const used = new Set<RecordFilter["basis"]>();
	const classes: ClassVerdict[] = [];
	let withheld = false;
	for (const name of new Set(request.classes)) {
		const filters = filtersFor(name, sorted, refusals, reasons);
		for (const { basis } of filters) used.add(basis);
		withheld ||= filters.length === 0;
		classes.push(filters.length > 0 ? { class: name, released: true, filters } : { class: name, released: false });
	}
	if (withheld) reasons.add("CLASS_NOT_GRANTED");
	const consents = [...used].filter((basis): basis is ConsentId => !isOwnBasis(basis)).sort();
	if (consents.length > 0) reasons.add("PERMITTED_BY_CONSENT");
	if (used.has("implicit")) reasons.add("PERMITTED_BY_IMPLICIT_POLICY");
	if (used.size === 0) return { ...refused(request, reasons), expiresAtMs: nextChange(effective, now) };
	return {
		decision: "permit",
		classes,
		consents,
		expiresAtMs: nextChange(effective, now),
		obligations: obligations(classes),
		reasons: inOrder(reasons, true),
	};
}

/** Bases that are no consent. */
function isOwnBasis(basis: string): boolean {
	return basis === "implicit" || basis === "emergency" || basis === "patient";
}

/** A refusal binds every consent but the one it stands in: there its own exceptions have the word. */
function filtersFor(name: DataClass, grants: readonly Grant[], refusals: readonly Refusal[], reasons: Set<ReasonCode>): readonly RecordFilter[] {
	const bit = classBit(name);
	const filters: RecordFilter[] = [];
	for (const { classes, filter, exceptions } of grants) {
		if ((classes & bit) === 0) continue;
		if (refusals.length === 0 && exceptions.length === 0) {
			filters.push(filter);
			continue;
		}
		const beside = refusals.filter((refusal) => (refusal.classes & bit) !== 0 && refusal.consentId !== filter.basis);
		if (beside.length > 0) reasons.add("REFUSED_BY_CONSENT");
		if (beside.some((refusal) => refusal.records === undefined)) continue;
		const except: RecordException[] = beside.map((refusal) => refusal.records as RecordException);
		for (const below of exceptions) if ((below.classes & bit) !== 0) except.push(below.exception);
		filters.push(except.length === 0 ? filter : { ...filter, except });
	}
	return filters;
}

function refused(request: DecisionRequest, reasons: Set<ReasonCode>): Decision {
	const classes = [...new Set(request.classes)].map((name) => ({ class: name, released: false }) as const);
	return { decision: "deny", classes, consents: [], expiresAtMs: null, obligations: [], reasons: inOrder(reasons, false) };
}

/** The next instant at which a period or a last day starts or ends. */
function nextChange(effective: readonly Effective[], now: number): number | null {
	let next = Number.POSITIVE_INFINITY;
	for (const { compiled, endMs } of effective) {
		next = Math.min(next, endMs);
		for (const boundary of compiled.boundariesMs) if (boundary > now && boundary < next) next = boundary;
	}
	return next === Number.POSITIVE_INFINITY ? null : next;
}

function obligations(classes: readonly ClassVerdict[]): readonly Obligation[] {
	const filters = classes.flatMap((verdict) => (verdict.released ? verdict.filters : []));
	const due: Obligation[] = [];
	if (filters.some(({ basis }) => basis === "emergency")) due.push("notify-patient", "review-break-glass");
	if (filters.some(({ level }) => levels.indexOf(level) <= levels.indexOf("deidentified"))) due.push("minimum-cohort");
	if (filters.some(({ basis, labels }) => basis !== "patient" && labels.length > 0)) due.push("no-redisclosure");
	return due;
}

/** Reasons in one fixed order; of an answer that permits, only those that explain what it gives and what it narrows. */
function inOrder(reasons: ReadonlySet<ReasonCode>, permitted: boolean): readonly ReasonCode[] {
	return reasonOrder.filter((reason) => reasons.has(reason) && (!permitted || explainsPermit.has(reason)));
}

const reasonOrder = [
	"PERMITTED_BY_CONSENT",
	"PERMITTED_BY_IMPLICIT_POLICY",
	"PERMITTED_TO_PATIENT",
	"PERMITTED_BY_EMERGENCY",
	"ERASED",
	"ROTATED",
	"NOT_ENROLLED",
	"TERMS_MISSING",
	"TERMS_ALTERED",
	"REFUSED_BY_CONSENT",
	"REVOKED",
	"EXPIRED",
	"NOT_YET_VALID",
	"ACTION_NOT_GRANTED",
	"PURPOSE_DIFFERS",
	"GRANTEE_DIFFERS",
	"DISEASE_DIFFERS",
	"MODEL_NOT_NAMED",
	"LEVEL_TOO_HIGH",
	"CLASS_NOT_GRANTED",
	"REFUSED_BY_IMPLICIT_POLICY",
] as const satisfies readonly ReasonCode[];

const explainsPermit: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
	"PERMITTED_BY_CONSENT",
	"PERMITTED_BY_IMPLICIT_POLICY",
	"PERMITTED_TO_PATIENT",
	"PERMITTED_BY_EMERGENCY",
	"TERMS_MISSING",
	"TERMS_ALTERED",
	"REFUSED_BY_CONSENT",
	"LEVEL_TOO_HIGH",
	"CLASS_NOT_GRANTED",
]);
