import { Badge, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { DataClass, Provision } from "#contracts";
import type { ConsentsView, ConsentView } from "../core/deskTypes.ts";
import { granteeNames } from "../parts/granteeName.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useConsents } from "../parts/queries.ts";
import { Loaded } from "../parts/States.tsx";
import { StopRule } from "../parts/StopRule.tsx";
import { fill } from "../texts/texts.ts";

export function Sharing() {
	const { texts } = usePortal();
	const { house } = useSession();
	const consents = useConsents();
	return (
		<section>
			<h1>{texts.sharing.title}</h1>
			<p className="lead">{fill(texts.sharing.lead, { house: house.name })}</p>
			<div className="actions">
				<Button component={Link} to="/who-can-see-what/new">
					{texts.sharing.add}
				</Button>
			</div>
			<Loaded query={consents}>{(view) => <Rules view={view} />}</Loaded>
		</section>
	);
}

function Rules({ view: { consents } }: { readonly view: ConsentsView }) {
	const { texts, formats } = usePortal();
	const active = consents.filter(({ status }) => status === "active");
	const ended = consents.filter(({ status }) => status !== "active");
	return (
		<>
			{active.length === 0 ? null : <Glance rules={active} />}
			<h2>{texts.sharing.active}</h2>
			{active.length === 0 ? <p className="state">{texts.sharing.none}</p> : null}
			<ul className="rules">
				{active.map((consent) => (
					<Rule key={consent.consentId} consent={consent} />
				))}
			</ul>
			{ended.length === 0 ? null : (
				<details>
					<summary>
						{texts.sharing.ended} ({formats.number(ended.length)})
					</summary>
					<ul className="rules">
						{ended.map((consent) => (
							<Rule key={consent.consentId} consent={consent} />
						))}
					</ul>
				</details>
			)}
		</>
	);
}

/** Whether a permit opens a kind at all; what is not named by kind is everything but what is sorted nowhere. */
function opens({ classes }: Provision, kind: DataClass): boolean {
	return classes === undefined ? kind !== "other" : classes.includes(kind);
}

/** How far a permit opens the kinds that it names. */
function reachOf({
	level,
	conditions,
	records,
	exceptions,
	authors,
	encounters,
	dataFromMs,
	dataToMs,
}: Provision): "yes" | "some" | "numbers" | "nameless" {
	if (level === "aggregate" || level === "compute") return "numbers";
	if (level === "deidentified" || level === "pseudonymised") return "nameless";
	const restrictions = [conditions, records, authors, encounters, dataFromMs, dataToMs];
	return restrictions.some((restriction) => restriction !== undefined) || (exceptions?.length ?? 0) > 0 ? "some" : "yes";
}

/** Kinds of data × rules: whether a rule opens a kind, whole or in part. What is not named here is not open. */
function Glance({ rules }: { readonly rules: readonly ConsentView[] }) {
	const portal = usePortal();
	const { texts, formats } = portal;
	const open = rules.flatMap(({ consentId, terms, validUntil }) => (terms?.provision.type === "permit" ? [{ consentId, terms, validUntil }] : []));
	if (open.length === 0) return null;
	const kinds = Object.keys(texts.classes) as DataClass[];
	return (
		<div className="card">
			<h2>{texts.sharing.grid}</h2>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than the page is moved by keys */}
			<section className="table-scroll" tabIndex={0} aria-label={texts.sharing.grid}>
				<table className="glance">
					<thead>
						<tr>
							<th scope="col">{texts.record.kind}</th>
							{open.map(({ consentId, terms, validUntil }) => (
								<th key={consentId} scope="col">
									{granteeNames(terms.provision.grantees, portal)}
									<span className="faint"> {fill(texts.sharing.until, { date: formats.day(validUntil) })}</span>
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{kinds
							.filter((kind) => open.some(({ terms }) => opens(terms.provision, kind)))
							.map((kind) => (
								<tr key={kind}>
									<th scope="row">{texts.classes[kind]}</th>
									{open.map(({ consentId, terms: { provision } }) => (
										<td key={consentId} className={opens(provision, kind) ? "yes" : "no"}>
											{opens(provision, kind) ? texts.sharing[reachOf(provision)] : "–"}
										</td>
									))}
								</tr>
							))}
					</tbody>
				</table>
			</section>
			<p>
				{texts.sharing.closed}{" "}
				{kinds
					.filter((kind) => !open.some(({ terms }) => opens(terms.provision, kind)))
					.map((kind) => texts.classes[kind])
					.join(", ")}
			</p>
		</div>
	);
}

function Rule({ consent }: { readonly consent: ConsentView }) {
	const portal = usePortal();
	const { texts, formats } = portal;
	const { consentId, status, validUntil, custodial, terms, sentences } = consent;
	const ends = { active: undefined, revoked: texts.sharing.stopped, expired: texts.sharing.expired, withdrawn: texts.sharing.withdrawn }[status];
	return (
		<li className="card rule" data-consent={consentId} data-status={status}>
			<div className="rule-top">
				<h3>{terms?.title ?? (status === "active" ? texts.sharing.altered : texts.sharing.ended)}</h3>
				{ends === undefined ? null : (
					<Badge className="badge" color="gray" variant="light">
						{ends}
					</Badge>
				)}
			</div>
			<p>
				{terms === undefined ? "" : `${granteeNames(terms.provision.grantees, portal)}, `}
				{fill(texts.sharing.until, { date: formats.day(validUntil) })}
				{custodial ? `. ${texts.sharing.paper}` : ""}
			</p>
			{sentences.length === 0 ? null : (
				<details>
					<summary>{texts.sharing.details}</summary>
					<ul>
						{sentences.map((sentence) => (
							<li key={sentence}>{sentence}</li>
						))}
					</ul>
				</details>
			)}
			{status === "active" ? <RuleActions consent={consent} /> : null}
		</li>
	);
}

function RuleActions({ consent: { consentId, custodial, terms } }: { readonly consent: ConsentView }) {
	const { texts } = usePortal();
	return (
		<StopRule consentId={consentId}>
			{custodial || terms === undefined ? null : (
				<Button variant="default" component={Link} to={`/who-can-see-what/${consentId}`}>
					{texts.sharing.change}
				</Button>
			)}
		</StopRule>
	);
}
