import {
	type DecisionRequest,
	type DecisionState,
	endOfDayMs,
	type Grantee,
	levels,
	type Provision,
	purposeParent,
	purposes,
	type RecordFacts,
} from "#contracts";

/**
 * A patient's consents as Cedar policies, for one kind of question: may this requester have this record of this class, at this level? Written
 * from consent/SPEC.md and not from its code: permit and forbid, a forbid overrides.
 *
 * Two things Cedar has no form for are written out. What a refusal excepts, it grants itself (CN42), so a refusal with permissions inside
 * is no forbid but a condition of every other permission. And lists that meet on the way down are intersected (CN41) before they are written.
 */
export function cedarPolicies({ consents, terms, implicitPolicy }: DecisionState): string {
	const written = consents
		.filter(({ status }) => status !== "revoked")
		.map(({ consentId, status, custodial, validUntil }) => {
			const provision = terms.get(consentId)?.terms.provision as Provision;
			const inForce = `context.now < ${endOfDayMs(validUntil)}`;
			return { provision, inForce, own: custodial ? ` && ${treatment}` : "", grants: status === "active" };
		});
	const policies: string[] = [];
	const guards = written.map(({ provision, inForce }) => (provision.type === "deny" ? `(${inForce} && ${whole(provision)})` : undefined));
	for (const [i, { provision, inForce, own, grants }] of written.entries()) {
		const permissions = permissionsOf(provision, unrestricted);
		if (provision.type === "deny" && !grants) policies.push(`forbid (principal, action, resource) when { ${guards[i]} };`);
		else if (provision.type === "deny" && permissions.length === 0) policies.push(`forbid (principal, action, resource) when { ${guards[i]} };`);
		if (!grants) continue;
		const others = guards.filter(
			(guard, k) => guard !== undefined && k !== i && (written[k]?.grants === true ? hasPermissions(written[k].provision) : false),
		);
		const unless = others.map((guard) => ` && !${guard}`).join("");
		for (const permission of permissions) policies.push(`permit (principal, action, resource) when { ${inForce}${own} && ${permission}${unless} };`);
	}
	const implicit = implicitCondition(implicitPolicy);
	if (implicit !== undefined) {
		const bound = guards.filter(
			(guard, k) => guard !== undefined && written[k]?.grants === true && hasPermissions((written[k] as { provision: Provision }).provision),
		);
		const applying = written
			.filter(({ provision }) => provision.type === "permit")
			.map(({ provision, inForce, own }) => `(${inForce}${own} && ${concerns(provision)})`);
		policies.push(`permit (principal, action, resource) when { ${implicit}${[...bound, ...applying].map((one) => ` && !${one}`).join("")} };`);
	}
	return policies.join("\n");
}

const treatment = '["TREAT", "ETREAT"].contains(context.purpose)';

function implicitCondition(policy: DecisionState["implicitPolicy"]): string | undefined {
	const asked = `${treatment} && principal.vouched && context.model == "" && context.level != 1`;
	if (policy === "all-data-for-treatment") return asked;
	if (policy === "normal-data-for-treatment") return `${asked} && resource.class != "other" && !resource.labelled`;
	return undefined;
}

function hasPermissions({ type, exceptions = [] }: Provision): boolean {
	return type === "permit" || exceptions.some(hasPermissions);
}

/** What stands above a provision: its conditions, the least level of its permissions, the lists that have met. */
interface Above {
	readonly conditions: readonly string[];
	readonly level: number;
	readonly lists: Lists;
}

interface Lists {
	readonly labels?: readonly string[] | undefined;
	readonly conditions?: readonly string[] | undefined;
	readonly records?: readonly string[] | undefined;
	readonly authors?: readonly string[] | undefined;
	readonly encounters?: readonly string[] | undefined;
}

const unrestricted: Above = { conditions: [], level: levels.length - 1, lists: {} };

/** A condition for each permission in the tree. */
function permissionsOf(provision: Provision, above: Above): readonly string[] {
	const permit = provision.type === "permit";
	const level = permit ? Math.min(above.level, levels.indexOf(provision.level ?? "identified")) : above.level;
	const lists = meet(above.lists, permit ? { ...provision, labels: undefined } : provision);
	const conditions = [...above.conditions, concerns(provision), classes(provision), times(provision, false)];
	const inner: Above = { conditions, level, lists };
	const nested = (provision.exceptions ?? []).flatMap((exception) => permissionsOf(exception, inner));
	if (!permit) return nested;
	const refusals = (provision.exceptions ?? []).filter(({ type }) => type === "deny").map((exception) => `!${whole(exception)}`);
	const released = [
		...conditions,
		...listConditions(lists),
		`${strings(provision.labels ?? [])}.containsAll(resource.labels)`,
		`context.level <= ${level}`,
		'!(context.level == 1 && context.model == "")',
		`(context.model == "" || ${strings(provision.models ?? [])}.contains(context.model))`,
		...refusals,
	];
	return [released.join(" && "), ...nested];
}

function meet(above: Lists, { labels, conditions, records, authors, encounters }: Lists): Lists {
	const common = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
		a === undefined ? b : b === undefined ? a : a.filter((one) => b.includes(one));
	return {
		labels: common(above.labels, labels),
		conditions: common(above.conditions, conditions),
		records: common(above.records, records),
		authors: common(above.authors, authors),
		encounters: common(above.encounters, encounters),
	};
}

/** For a grant: what a record does not say fits nothing. */
function listConditions({ labels, conditions, records, authors, encounters }: Lists): readonly string[] {
	return [
		...(labels ? [`${strings(labels)}.containsAny(resource.labels)`] : []),
		...(conditions ? [`${strings(conditions)}.containsAny(resource.conditions)`] : []),
		...(records ? [`${strings(records)}.contains(resource.ref)`] : []),
		...(authors ? [`${strings(authors)}.containsAny(resource.authors)`] : []),
		...(encounters ? [`${strings(encounters)}.contains(resource.encounter)`] : []),
	];
}

/** A refusal in full: request, class and record; what a record does not say fits. */
function whole(provision: Provision): string {
	const { labels, conditions, records, authors, encounters } = provision;
	const parts = [
		concerns(provision),
		classes(provision),
		times(provision, true),
		...(labels ? [`${strings(labels)}.containsAny(resource.labels)`] : []),
		...(conditions ? [`${strings(conditions)}.containsAny(resource.conditions)`] : []),
		...(records ? [`${strings(records)}.contains(resource.ref)`] : []),
		...(authors ? [`(!resource.authored || ${strings(authors)}.containsAny(resource.authors))`] : []),
		...(encounters ? [`(resource.encounter == "" || ${strings(encounters)}.contains(resource.encounter))`] : []),
	];
	return `(${parts.join(" && ")})`;
}

/** Whether a provision concerns a request at all: period, action, purpose, grantee, disease; for a refusal also the model. */
function concerns({ type, startMs, endMs, actions, purposes: named, grantees, diseases, models }: Provision): string {
	const parts = [
		...(startMs === undefined ? [] : [`context.now >= ${startMs}`]),
		...(endMs === undefined ? [] : [`context.now < ${endMs}`]),
		...(actions === undefined ? [] : [`${strings(actions)}.contains(context.action)`]),
		...(named === undefined
			? []
			: [
					`${strings(purposes.filter((one) => named.includes(one) || named.some((parent) => purposeParent[one] === parent)))}.contains(context.purpose)`,
				]),
		...(grantees === undefined ? [] : [`(${grantees.map((grantee) => meant(grantee, type)).join(" || ")})`]),
		...(diseases === undefined ? [] : [concernsDiseases(diseases, type)]),
		...(type === "deny" && models !== undefined ? [`${strings(models)}.contains(context.model)`] : []),
	];
	return parts.length === 0 ? "true" : parts.join(" && ");
}

function concernsDiseases(diseases: readonly string[], type: Provision["type"]): string {
	return type === "permit"
		? `(context.diseased && ${strings(diseases)}.containsAll(context.diseases))`
		: `(!context.diseased || ${strings(diseases)}.containsAny(context.diseases))`;
}

function meant(grantee: Grantee, type: Provision["type"]): string {
	const both = type === "permit" ? "&&" : "||";
	switch (grantee.kind) {
		case "actor":
			return `principal.key == "${grantee.key}"`;
		case "credential":
			return `principal.kinds.contains("${grantee.credential}")`;
		case "member":
			return type === "permit"
				? `(principal.issued.contains("${grantee.credential}@${grantee.member}") && principal.member == "${grantee.member}")`
				: `(principal.issued.contains("${grantee.credential}@${grantee.member}") || (principal.kinds.contains("${grantee.credential}") && principal.member == "${grantee.member}"))`;
		case "department":
			return type === "permit"
				? `(principal.departments.contains("${grantee.department}@${grantee.member}") && principal.member == "${grantee.member}")`
				: `(principal.departments.contains("${grantee.department}@${grantee.member}") || (principal.departmentNames.contains("${grantee.department}") && principal.member == "${grantee.member}"))`;
		case "study":
			return `(principal.studies.contains("${grantee.study}") ${both} context.study == "${grantee.study}")`;
	}
}

function classes({ type, classes: named }: Provision): string {
	if (named !== undefined) return `${strings(named)}.contains(resource.class)`;
	return type === "permit" ? 'resource.class != "other"' : "true";
}

function times({ dataFromMs, dataToMs }: Provision, ifUnknown: boolean): string {
	if (dataFromMs === undefined && dataToMs === undefined) return "true";
	const within = [
		...(dataFromMs === undefined ? [] : [`resource.time >= ${dataFromMs}`]),
		...(dataToMs === undefined ? [] : [`resource.time < ${dataToMs}`]),
	];
	return ifUnknown ? `(!resource.timed || (${within.join(" && ")}))` : `(resource.timed && ${within.join(" && ")})`;
}

function strings(values: readonly string[]): string {
	return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** The question in Cedar's form. Facts about people and records are what the gate has derived, as for us. */
export function cedarCall({ requester, ...asked }: DecisionRequest, record: RecordFacts, now: number) {
	const counting = requester.credentials.filter(({ kind, matchesPseudonym }) => kind !== "relationship" || matchesPseudonym === true);
	const principal = { type: "Person", id: requester.key };
	const resource = { type: "Record", id: record.ref };
	const person = {
		key: requester.key,
		member: requester.member,
		kinds: counting.map(({ kind }) => kind),
		issued: counting.map(({ kind, issuer }) => `${kind}@${issuer}`),
		departments: counting.flatMap(({ department, issuer }) => (department === undefined ? [] : [`${department}@${issuer}`])),
		departmentNames: counting.flatMap(({ department }) => (department === undefined ? [] : [department])),
		studies: counting.flatMap(({ study }) => (study === undefined ? [] : [study])),
		vouched: requester.credentials.some(({ kind, issuer }) => kind === "practitioner" && issuer === requester.member),
	};
	const facts = {
		class: asked.classes[0] as string,
		labels: [...record.labels],
		labelled: record.labels.length > 0,
		conditions: [...record.conditions],
		ref: record.ref,
		authors: [...record.authors],
		authored: record.authors.length > 0,
		encounter: record.encounter ?? "",
		time: record.dataTimeMs ?? 0,
		timed: record.dataTimeMs !== null,
	};
	const diseases = [...(asked.diseases ?? [])];
	return {
		principal,
		action: { type: "Action", id: "ask" },
		resource,
		context: {
			...{
				now,
				action: asked.action,
				purpose: asked.purpose,
				level: levels.indexOf(asked.level),
				model: asked.model ?? "",
				study: asked.study ?? "",
			},
			...{ diseases, diseased: diseases.length > 0 },
		},
		entities: [
			{ uid: principal, attrs: person, parents: [] },
			{ uid: resource, attrs: facts, parents: [] },
		],
	};
}
