import { Alert, Badge, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ConsentId } from "#base";
import type { ConsentTerms, DataClass, Provision } from "#contracts";
import type { ConsentsView, ConsentView, GrantDraft } from "../core/deskTypes.ts";
import { opensKind, withoutKind } from "../core/grantDraft.ts";
import { granteeNames } from "../parts/granteeName.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useConsents, useDescription, useSign } from "../parts/queries.ts";
import { Failure, Loaded } from "../parts/States.tsx";
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
	const [taken, setTaken] = useState<Taken>();
	const open = rules.flatMap(({ consentId, custodial, terms, validUntil }) =>
		terms?.provision.type === "permit" ? [{ consentId, custodial, terms, validUntil }] : [],
	);
	if (open.length === 0) return null;
	const kinds = Object.keys(texts.classes) as DataClass[];
	return (
		<div className="card">
			<h2>{texts.sharing.grid}</h2>
			<p>{texts.sharing.narrowHow}</p>
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
							.filter((kind) => open.some(({ terms }) => opensKind(terms.provision, kind)))
							.map((kind) => (
								<tr key={kind}>
									<th scope="row">{texts.classes[kind]}</th>
									{open.map((rule) => (
										<td key={rule.consentId} className={opensKind(rule.terms.provision, kind) ? "yes" : "no"}>
											<Cell rule={rule} kind={kind} onTake={setTaken} />
										</td>
									))}
								</tr>
							))}
					</tbody>
				</table>
			</section>
			{taken === undefined ? null : <Narrow key={`${taken.consentId}/${taken.kind}`} taken={taken} done={() => setTaken(undefined)} />}
			<p>
				{texts.sharing.closed}{" "}
				{kinds
					.filter((kind) => !open.some(({ terms }) => opensKind(terms.provision, kind)))
					.map((kind) => texts.classes[kind])
					.join(", ")}
			</p>
		</div>
	);
}

/** One kind of data that is to be taken out of one rule. */
interface Taken {
	readonly consentId: ConsentId;
	readonly kind: DataClass;
	readonly who: string;
	readonly draft: GrantDraft;
}

interface CellProps {
	readonly rule: Pick<ConsentView, "consentId" | "custodial" | "validUntil"> & { readonly terms: ConsentTerms };
	readonly kind: DataClass;
	readonly onTake: (taken: Taken) => void;
}

/** How far a rule opens a kind; pressed, the kind is taken out of it. What is on paper is changed on paper, and a rule's last kind by stopping the rule. */
function Cell({ rule: { consentId, custodial, terms, validUntil }, kind, onTake }: CellProps) {
	const portal = usePortal();
	const { texts } = portal;
	const { provision, title } = terms;
	if (!opensKind(provision, kind)) return "–";
	const reach = texts.sharing[reachOf(provision)];
	const draft = custodial ? undefined : withoutKind({ title, provision, validUntil }, kind, Object.keys(texts.classes) as DataClass[]);
	if (draft === undefined) return reach;
	const who = granteeNames(provision.grantees, portal);
	return (
		<button
			type="button"
			className="cell"
			aria-label={`${reach}. ${fill(texts.sharing.narrow, { kind: texts.classes[kind], who })}`}
			onClick={() => onTake({ consentId, kind, who, draft })}
		>
			{reach}
		</button>
	);
}

/** What is signed when a kind is taken out of a rule; the second click signs it. */
function Narrow({ taken: { consentId, kind, who, draft }, done }: { readonly taken: Taken; readonly done: () => void }) {
	const { texts } = usePortal();
	const sign = useSign();
	const description = useDescription(draft);
	return (
		<Alert color="orange" variant="light" title={fill(texts.sharing.narrow, { kind: texts.classes[kind], who })} role="alert">
			<p>{texts.grant.read}</p>
			<ul className="sentences">
				{(description.data ?? []).map((sentence) => (
					<li key={sentence}>{sentence}</li>
				))}
			</ul>
			{sign.error === null ? null : <Failure error={sign.error} />}
			<div className="actions">
				<Button
					color="red"
					disabled={description.data === undefined || description.isPlaceholderData}
					loading={sign.isPending}
					onClick={() => sign.mutate({ changes: consentId, draft }, { onSuccess: done })}
				>
					{texts.grant.sign}
				</Button>
				<Button variant="default" disabled={sign.isPending} onClick={done} autoFocus>
					{texts.sharing.stopKeep}
				</Button>
			</div>
		</Alert>
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
