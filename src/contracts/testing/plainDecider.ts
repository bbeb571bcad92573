import type { ConsentId } from "#base";
import type { RecordFacts } from "../consent/admits.ts";
import { commitLegalUse } from "../consent/legalUse.ts";
import type {
	ConsentTerms,
	Decision,
	DecisionRequest,
	DecisionState,
	Grantee,
	LedgerConsent,
	Obligation,
	Provision,
	ReasonCode,
	RecordException,
	RecordFilter,
	RequesterCredential,
} from "../consent/terms.ts";

/**
 * The rules of consent/SPEC.md once more, for the tests: slow, without masks, numbers of levels, or preparation, and sharing nothing with the
 * decider but types. Whether opened terms are those that were committed to is told from outside, since hashing twice would prove nothing.
 */
export function decidePlainly(state: DecisionState, asked: DecisionRequest, now: number, isTrue: (id: ConsentId) => boolean): Decision {
	const { enrolment, implicitPolicy: policy } = state;
	if (enrolment?.status === "destroyed") return refuse(asked, ["ERASED"]); // CN31
	if (enrolment?.status === "active" && asked.requester.isPatient && asked.action === "read") {
		const all = { basis: "patient", level: asked.level, labels: allLabels, except: [] }; // CN32
		return permit(asked, [{ classes: asked.classes, filter: all, own: [] }], [], ["PERMITTED_TO_PATIENT"], null);
	}
	const lawful = grantByLaw(state, asked, now); // CN53
	if (lawful !== undefined) return permit(asked, [lawful.grant], [], ["PERMITTED_BY_LAW"], lawful.endMs);

	const reasons: ReasonCode[] = isWholeChain(state) ? [] : ["TERMS_MISSING"];
	const known: Known[] = [];
	for (const consent of enrolment === undefined ? [] : [...state.consents].sort((a, b) => (a.consentId > b.consentId ? 1 : -1))) {
		const ended = now >= Date.parse(`${consent.validUntil}T24:00:00Z`);
		if (consent.status === "revoked") reasons.push("REVOKED");
		else if (ended) reasons.push("EXPIRED");
		else if (!state.terms.has(consent.consentId)) reasons.push("TERMS_MISSING");
		else if (!isTrue(consent.consentId)) reasons.push("TERMS_ALTERED");
		else known.push({ consent, terms: state.terms.get(consent.consentId)!.terms });
	}
	const expiresAtMs = nextInstant(known, now); // CN50
	if (isBreakGlass(asked, policy)) {
		const all = { basis: "emergency", level: asked.level, labels: allLabels, except: [] }; // CN46
		const refusals = refusalsOf(known, asked, now).filter(({ names }) => names);
		return permit(asked, [{ classes: asked.classes, filter: all, own: [] }], refusals, [...reasons, "PERMITTED_BY_EMERGENCY"], expiresAtMs);
	}
	if (enrolment?.status === "rotated") return refuse(asked, [...reasons, "ROTATED"]); // CN31
	if (reasons.includes("TERMS_MISSING") || reasons.includes("TERMS_ALTERED")) return refuse(asked, reasons); // CN33
	if (enrolment === undefined) reasons.push("NOT_ENROLLED");

	const grants: Given[] = [];
	for (const { consent, terms } of known) {
		const rule = terms.provision;
		if (consent.status === "withdrawn") continue; // CN7
		const why = whyNot(rule, asked, now, asked.classes, terms.custodial);
		if (why !== undefined && rule.type === "permit") reasons.push(why);
		if (why === undefined) collect(rule, asked, now, { classes: asked.classes, levels: [], restrictions: [] }, consent.consentId, grants, reasons);
	}
	const byPolicy = grantByPolicy(policy, known, asked, now); // CN45
	if (byPolicy === undefined) reasons.push("REFUSED_BY_IMPLICIT_POLICY");
	else grants.push(byPolicy);
	if (grants.length === 0) return refuse(asked, [...reasons, "CLASS_NOT_GRANTED"], expiresAtMs);
	return permit(asked, grants, refusalsOf(known, asked, now), reasons, expiresAtMs);
}

const allLabels = ["mental-health", "substance-use", "sexual-health", "reproductive", "violence", "hiv"] as const;
const levelsUp = ["aggregate", "compute", "deidentified", "pseudonymised", "identified"] as const;
const isHigher = (a: string, b: string) => levelsUp.indexOf(a as "compute") > levelsUp.indexOf(b as "compute");
const lowest = (levels: readonly string[]) => levelsUp.find((level) => levels.includes(level))!;

type Class = DecisionRequest["classes"][number];
interface Known {
	readonly consent: LedgerConsent;
	readonly terms: ConsentTerms;
}
/** A filter for some classes, and what its own provision takes out of it. */
interface Given {
	readonly classes: readonly Class[];
	readonly filter: RecordFilter;
	readonly own: readonly Taken[];
}
interface Taken {
	readonly classes: readonly Class[];
	/** Undefined: the classes as a whole. */
	readonly records: RecordException | undefined;
}
interface TopRefusal extends Taken {
	readonly basis: string;
	/** True when it names emergency treatment. */
	readonly names: boolean;
}
interface Bounds {
	readonly classes: readonly Class[];
	/** Of the permits above. */
	readonly levels: readonly string[];
	/** Of all rules above. */
	readonly restrictions: readonly RecordException[];
}

/** CN4: each consent names the one before, and none is left out, added or doubled. */
function isWholeChain({ enrolment, consents }: DecisionState): boolean {
	const none = "00000000000000000000000000000000";
	const visited = new Set<string>();
	for (let next: string = enrolment?.latest ?? none; next !== none; ) {
		const found = consents.filter(({ consentId }) => consentId === next);
		if (found.length !== 1 || visited.has(next)) return false;
		visited.add(next);
		next = found[0]!.previous;
	}
	return visited.size === consents.length && consents.length === (enrolment?.consents ?? 0);
}

function nextInstant(known: readonly Known[], now: number): number | null {
	const instants = known.flatMap(({ consent, terms }) => {
		const last = Date.parse(`${consent.validUntil}T24:00:00Z`);
		return [last, ...timesIn(terms.provision).filter((time) => time < last)];
	});
	const later = instants.filter((time) => time > now).sort((a, b) => a - b);
	return later[0] ?? null;
}

function timesIn({ startMs, endMs, exceptions = [] }: Provision): readonly number[] {
	return [startMs, endMs, ...exceptions.flatMap(timesIn)].filter((time) => time !== undefined);
}

/** The first reason why a rule does not concern the request, in the order of CN55. */
function whyNot(rule: Provision, asked: DecisionRequest, now: number, classes: readonly Class[], paper: boolean): ReasonCode | undefined {
	const { purpose } = asked;
	const wider = purpose === "ETREAT" ? "TREAT" : purpose === "CLINTRCH" ? "HRESCH" : purpose;
	if (rule.endMs !== undefined && now >= rule.endMs) return "EXPIRED";
	if (rule.startMs !== undefined && now < rule.startMs) return "NOT_YET_VALID";
	if (rule.actions !== undefined && !rule.actions.includes(asked.action)) return "ACTION_NOT_GRANTED";
	if (rule.purposes !== undefined && !rule.purposes.includes(purpose) && !rule.purposes.includes(wider)) return "PURPOSE_DIFFERS"; // CN35
	if (paper && purpose !== "TREAT" && purpose !== "ETREAT") return "PURPOSE_DIFFERS"; // CN8
	if (classesOf(rule, classes).length === 0) return "CLASS_NOT_GRANTED";
	if (rule.grantees !== undefined && !rule.grantees.some((grantee) => isMeant(grantee, rule.type, asked))) return "GRANTEE_DIFFERS";
	if (rule.diseases !== undefined && !isAboutDiseases(rule.diseases, rule.type, asked.diseases ?? [])) return "DISEASE_DIFFERS";
	if (rule.type === "deny" && rule.models !== undefined && !rule.models.some((model) => model === asked.model)) return "MODEL_NOT_NAMED";
	return undefined;
}

/** CN37: a grant that names no class leaves `other` out. */
function classesOf({ type, classes }: Provision, of: readonly Class[]): readonly Class[] {
	return of.filter((name) => (classes === undefined ? type === "deny" || name !== "other" : classes.includes(name)));
}

/** CN36. */
function isMeant(grantee: Grantee, type: Provision["type"], { requester, study }: DecisionRequest): boolean {
	const own = requester.credentials.filter(({ kind, matchesPseudonym }) => !["relationship", "guardianship"].includes(kind) || matchesPseudonym);
	const fromMember = (credential: RequesterCredential, member: string) => {
		const facts = [credential.issuer === member, requester.member === member];
		return type === "permit" ? !facts.includes(false) : facts.includes(true);
	};
	switch (grantee.kind) {
		case "actor":
			return requester.key === grantee.key;
		case "credential":
			return own.some(({ kind }) => kind === grantee.credential);
		case "member":
			return own.some((one) => one.kind === grantee.credential && fromMember(one, grantee.member));
		case "department":
			return own.some((one) => one.department === grantee.department && fromMember(one, grantee.member));
		case "study": {
			const facts = [own.some((one) => one.study === grantee.study), study === grantee.study];
			return type === "permit" ? !facts.includes(false) : facts.includes(true);
		}
	}
}

/** CN38. */
function isAboutDiseases(limited: readonly string[], type: Provision["type"], named: readonly string[]): boolean {
	const inside = named.filter((disease) => limited.includes(disease));
	return type === "permit" ? named.length > 0 && inside.length === named.length : named.length === 0 || inside.length > 0;
}

/** CN41: a rule that concerns the request, narrowed by all that stands above it, and what it excepts. */
function collect(rule: Provision, asked: DecisionRequest, now: number, above: Bounds, basis: string, grants: Given[], reasons: ReasonCode[]): void {
	const isPermit = rule.type === "permit";
	const bounds: Bounds = {
		classes: classesOf(rule, above.classes),
		levels: isPermit ? [...above.levels, rule.level ?? "identified"] : above.levels,
		restrictions: [...above.restrictions, restrictionOf(rule)],
	};
	const scope = meet(bounds.restrictions);
	if (scope === undefined) {
		if (isPermit) reasons.push("CLASS_NOT_GRANTED");
		return;
	}
	if (isPermit) release(rule, asked, now, bounds, scope, basis, grants, reasons);
	for (const nested of rule.exceptions ?? []) {
		const why = whyNot(nested, asked, now, bounds.classes, false);
		if (why === undefined) collect(nested, asked, now, bounds, basis, grants, reasons);
		else if (nested.type === "permit") reasons.push(why);
	}
}

/** CN39, CN40, CN41. */
function release(
	rule: Provision,
	asked: DecisionRequest,
	now: number,
	{ classes, levels }: Bounds,
	scope: object,
	basis: string,
	grants: Given[],
	reasons: ReasonCode[],
): void {
	if (asked.model !== undefined && !(rule.models ?? []).includes(asked.model)) return void reasons.push("MODEL_NOT_NAMED");
	let level = lowest([...levels, asked.level]);
	if (asked.model === undefined && level === "compute") {
		reasons.push("MODEL_NOT_NAMED");
		level = "aggregate";
	}
	if (isHigher(asked.level, level)) reasons.push("LEVEL_TOO_HIGH");
	const own = (rule.exceptions ?? [])
		.filter((nested) => nested.type === "deny" && whyNot(nested, asked, now, classes, false) === undefined)
		.map((nested) => ({ classes: classesOf(nested, classes), records: takenBy(nested) }));
	if (own.length > 0) reasons.push("REFUSED_BY_CONSENT");
	const left = classes.filter((name) => !own.some((taken) => taken.records === undefined && taken.classes.includes(name)));
	if (left.length > 0) grants.push({ classes: left, filter: { basis, level, labels: rule.labels ?? [], ...scope, except: [] }, own });
}

/** What restricts a rule to single records. Labels do so in a refusal alone. */
function restrictionOf({ type, labels, conditions, records, authors, encounters, dataFromMs, dataToMs }: Provision): RecordException {
	const fields = { ...(type === "deny" && { labels }), conditions, records, authors, encounters, dataFromMs, dataToMs };
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function takenBy(rule: Provision): RecordException | undefined {
	const restriction = restrictionOf(rule);
	return Object.keys(restriction).length === 0 ? undefined : restriction;
}

/** All restrictions at once, as a filter's fields; undefined where lists have nothing in common. */
function meet(restrictions: readonly RecordException[]): object | undefined {
	const scope: Record<string, readonly string[] | number> = {};
	for (const [name, as] of [["labels", "anyLabel"], ["conditions"], ["records"], ["authors"], ["encounters"]] as const) {
		const lists = restrictions.map((one) => one[name]).filter((list) => list !== undefined) as (readonly string[])[];
		if (lists.length === 0) continue;
		const inAll = lists[0]!.filter((item) => lists.every((list) => list.includes(item)));
		if (inAll.length === 0) return undefined;
		scope[as ?? name] = inAll;
	}
	const [from, to] = [restrictions.flatMap((one) => one.dataFromMs ?? []), restrictions.flatMap((one) => one.dataToMs ?? [])];
	if (from.length > 0) scope["dataFromMs"] = from.sort((a, b) => b - a)[0]!;
	if (to.length > 0) scope["dataToMs"] = to.sort((a, b) => a - b)[0]!;
	return scope;
}

/** CN42: refusals at the top, whose consent may be withdrawn or on paper. */
function refusalsOf(known: readonly Known[], asked: DecisionRequest, now: number): readonly TopRefusal[] {
	return known
		.filter(({ terms: { provision } }) => provision.type === "deny" && whyNot(provision, asked, now, asked.classes, false) === undefined)
		.map(({ consent, terms: { provision } }) => ({
			basis: consent.consentId,
			classes: classesOf(provision, asked.classes),
			records: takenBy(provision),
			names: provision.purposes?.includes("ETREAT") === true,
		}));
}

function isVouchedFor({ requester }: DecisionRequest): boolean {
	return requester.credentials.some(({ kind, issuer }) => kind === "practitioner" && issuer === requester.member);
}

function isBreakGlass(asked: DecisionRequest, policy: string): boolean {
	if (!asked.emergency || asked.purpose !== "ETREAT" || asked.action !== "read" || !isVouchedFor(asked)) return false;
	return asked.model === undefined && asked.level !== "compute" && policy !== "deny";
}

/** CN45. */
function grantByPolicy(policy: string, known: readonly Known[], asked: DecisionRequest, now: number): Given | undefined {
	if (!policy.endsWith("data-for-treatment") || !["TREAT", "ETREAT"].includes(asked.purpose) || !isVouchedFor(asked)) return undefined;
	if (asked.model !== undefined || asked.level === "compute") return undefined;
	const speaks = ({ type, classes: _, ...rule }: Provision) =>
		type === "permit" && whyNot({ ...rule, type }, asked, now, ["notes"], false) === undefined;
	if (known.some(({ terms }) => speaks(terms.provision))) return undefined;
	const all = policy === "all-data-for-treatment";
	const filter = { basis: "implicit", level: asked.level, labels: all ? allLabels : [], except: [] };
	return { classes: asked.classes.filter((name) => all || name !== "other"), filter, own: [] };
}

/** CN53. */
function grantByLaw({ enrolment, chain }: DecisionState, asked: DecisionRequest, now: number): { grant: Given; endMs: number } | undefined {
	if (asked.lawfulUse === undefined || enrolment === undefined || asked.action !== "read" || asked.model !== undefined) return undefined;
	const { useId, recorded, opened } = asked.lawfulUse;
	const { terms } = opened;
	const said = [terms.useId, terms.pseudonym, terms.custodian, terms.basis, terms.chain, terms.purpose, terms.recipient.member];
	const due = [useId, recorded.pseudonym, recorded.custodian, recorded.basis, chain, asked.purpose, asked.requester.member];
	if (said.some((value, at) => value !== due[at]) || terms.pseudonym !== asked.pseudonym || terms.custodian !== enrolment.custodian) return undefined;
	if (terms.recipient.key !== undefined && terms.recipient.key !== asked.requester.key) return undefined;
	if (now < terms.startMs || now >= terms.endMs || commitLegalUse(opened) !== recorded.useCommitment) return undefined;
	const filter = { basis: "law", level: lowest([asked.level, terms.level]), labels: terms.labels, except: [] };
	return { grant: { classes: asked.classes.filter((name) => terms.classes.includes(name)), filter, own: [] }, endMs: terms.endMs };
}

/** CN43: sets grants against refusals, class by class. */
function permit(
	asked: DecisionRequest,
	grants: readonly Given[],
	refusals: readonly TopRefusal[],
	standing: readonly ReasonCode[],
	expiresAtMs: number | null,
): Decision {
	const reasons = [...standing];
	const classes = asked.classes.filter((name, at) => asked.classes.indexOf(name) === at);
	const verdicts = classes.map((name) => {
		const filters = grants.flatMap((given) => {
			if (!given.classes.includes(name)) return [];
			const against = refusals.filter((refusal) => refusal.classes.includes(name) && refusal.basis !== given.filter.basis);
			if (against.length > 0) reasons.push("REFUSED_BY_CONSENT");
			const taken = [...against, ...given.own.filter((one) => one.classes.includes(name))].map(({ records }) => records);
			return taken.includes(undefined) ? [] : [{ ...given.filter, except: taken as RecordException[] }];
		});
		if (filters.length === 0) reasons.push("CLASS_NOT_GRANTED");
		return filters.length === 0 ? ({ class: name, released: false } as const) : ({ class: name, released: true, filters } as const);
	});
	const all = verdicts.flatMap((verdict) => (verdict.released ? verdict.filters : []));
	if (all.length === 0) return refuse(asked, reasons, expiresAtMs);
	const consents = [...new Set(all.map(({ basis }) => basis))].filter((basis) => /^[0-9a-f]{32}$/.test(basis)).sort() as ConsentId[];
	if (consents.length > 0) reasons.push("PERMITTED_BY_CONSENT");
	if (all.some(({ basis }) => basis === "implicit")) reasons.push("PERMITTED_BY_IMPLICIT_POLICY");
	const shown = inOrder(reasons.filter((reason) => !onlyOfRefusals.includes(reason)));
	return { decision: "permit", classes: verdicts, consents, expiresAtMs, obligations: obligationsOf(all), reasons: shown };
}

/** CN52. */
function obligationsOf(filters: readonly RecordFilter[]): readonly Obligation[] {
	const any = (is: (filter: RecordFilter) => boolean, obligation: Obligation) => (filters.some(is) ? [obligation] : []);
	return [
		...any(({ basis }) => basis === "emergency" || basis === "law", "notify-patient"),
		...any(({ basis }) => basis === "emergency", "review-break-glass"),
		...any(({ level }) => level === "aggregate" || level === "compute" || level === "deidentified", "minimum-cohort"),
		...any(({ basis, labels }) => basis !== "patient" && labels.length > 0, "no-redisclosure"),
	];
}

function refuse(asked: DecisionRequest, reasons: readonly ReasonCode[], expiresAtMs: number | null = null): Decision {
	const classes = [...new Set(asked.classes)].map((name) => ({ class: name, released: false as const }));
	const told = inOrder(reasons.filter((reason) => !reason.startsWith("PERMITTED")));
	return { decision: "deny", classes, consents: [], expiresAtMs, obligations: [], reasons: told };
}

/** Why something else was not given: a permit does not list it. */
const onlyOfRefusals: readonly ReasonCode[] = [
	...(["ERASED", "ROTATED", "NOT_ENROLLED", "REVOKED", "EXPIRED", "NOT_YET_VALID", "ACTION_NOT_GRANTED", "PURPOSE_DIFFERS"] as const),
	...(["GRANTEE_DIFFERS", "DISEASE_DIFFERS", "MODEL_NOT_NAMED", "REFUSED_BY_IMPLICIT_POLICY"] as const),
];

function inOrder(reasons: readonly ReasonCode[]): readonly ReasonCode[] {
	const order =
		"PERMITTED_BY_CONSENT PERMITTED_BY_IMPLICIT_POLICY PERMITTED_TO_PATIENT PERMITTED_BY_EMERGENCY PERMITTED_BY_LAW ERASED ROTATED NOT_ENROLLED TERMS_MISSING TERMS_ALTERED REFUSED_BY_CONSENT REVOKED EXPIRED NOT_YET_VALID ACTION_NOT_GRANTED PURPOSE_DIFFERS GRANTEE_DIFFERS DISEASE_DIFFERS MODEL_NOT_NAMED LEVEL_TOO_HIGH CLASS_NOT_GRANTED REFUSED_BY_IMPLICIT_POLICY";
	return order.split(" ").filter((reason) => reasons.includes(reason as ReasonCode)) as ReasonCode[];
}

/** CN43, CN44, CN51: the highest level at which a filter lets the record out, or undefined. */
export function admitPlainly(filters: readonly RecordFilter[], record: RecordFacts): string | undefined {
	const levels = filters.filter((filter) => fits(filter, record)).map(({ level }) => level);
	return [...levelsUp].reverse().find((level) => levels.includes(level));
}

function fits({ labels, anyLabel, except, ...filter }: RecordFilter, record: RecordFacts): boolean {
	const named = record.labels.filter((label) => labels.includes(label)).length === record.labels.length;
	return named && matches({ ...filter, ...(anyLabel && { labels: anyLabel }) }, record, false) && except.every((one) => !matches(one, record, true));
}

function matches({ labels, conditions, records, authors, encounters, dataFromMs, dataToMs }: RecordException, record: RecordFacts, unsaid: boolean) {
	const meets = (given: readonly string[] | undefined, said: readonly string[], silent: boolean) =>
		given === undefined || (said.length === 0 ? silent : said.filter((item) => given.includes(item)).length > 0);
	const { dataTimeMs: time } = record;
	return (
		meets(labels, record.labels, false) &&
		meets(conditions, record.conditions, false) &&
		meets(records, [record.ref], false) &&
		meets(authors, record.authors, unsaid) &&
		meets(encounters, record.encounter === null ? [] : [record.encounter], unsaid) &&
		((dataFromMs === undefined && dataToMs === undefined) ||
			(time === null ? unsaid : !(dataFromMs !== undefined && time < dataFromMs) && !(dataToMs !== undefined && time >= dataToMs)))
	);
}
