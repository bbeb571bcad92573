import { Alert } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { saveLastHome } from "../core/lastHome.ts";
import { AccessLine, requesterOf } from "../parts/AccessLine.tsx";
import { useHelperName } from "../parts/helperName.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { type CheckedHistory, useConsents, useGenes, useHelpers, useHistory, useRecord, useRisk } from "../parts/queries.ts";
import { RecordLine } from "../parts/RecordLine.tsx";
import { RecoveryNeeds, useNeedsRecovery } from "../parts/RecoveryNeeds.tsx";
import { Replacement } from "../parts/Replacement.tsx";
import { Loaded } from "../parts/States.tsx";
import { Verdict } from "../parts/Verdict.tsx";
import { fill } from "../texts/texts.ts";

/** A rule that ends within so many days is told. */
const endingDays = 30;
const dayMs = 86_400_000;
const linesShown = 3;
/** What puts something into a record. */
const filing: ReadonlySet<string> = new Set(["import", "write"]);

export function Home() {
	const { texts, formats } = usePortal();
	const { actor, house, helped } = useSession();
	const history = useHistory();
	const consents = useConsents();
	const record = useRecord();
	const active = consents.data?.consents.filter(({ status }) => status === "active") ?? [];
	const { data: checked, dataUpdatedAt: checkedAtMs } = history;
	const rules = consents.data === undefined ? undefined : active.length;
	useEffect(() => {
		// What a helper saw is not kept as what the person checked.
		if (checked === undefined || rules === undefined || helped !== undefined) return;
		const { verdict, total } = checked.summary;
		saveLastHome(sessionStorage, { house: house.name, verdict, checkedAtMs, looks: total, rules });
	}, [checked, checkedAtMs, rules, house.name, helped]);
	return (
		<section>
			{helped === undefined ? (
				<>
					<h1>{actor.name === "" ? texts.home.helloPlain : fill(texts.home.hello, { name: actor.name })}</h1>
					<p className="lead">{fill(texts.home.lead, { house: house.name })}</p>
				</>
			) : (
				<>
					<h1>{fill(texts.helpers.actsFor, { name: helped.name })}</h1>
					<p className="lead">{fill(texts.helpers.homeLead, { name: helped.name, house: house.name })}</p>
				</>
			)}
			<div className="card">
				<h2>{texts.home.needs}</h2>
				<Replacement />
				<RecoveryNeeds />
				<Loaded query={history}>{(checked) => <Needs checked={checked} />}</Loaded>
			</div>
			<Since history={history.data} />
			<div className="cards">
				<div className="card">
					<h2>{texts.home.recent}</h2>
					<Loaded query={history} label={texts.looked.checking}>
						{(checked) => <Recent checked={checked} />}
					</Loaded>
				</div>
				<div className="card">
					<h2>{texts.home.rules}</h2>
					<Loaded query={consents}>
						{() => (
							<>
								<p>
									{active.length === 0
										? texts.home.rulesNone
										: active.length === 1
											? texts.home.rulesOne
											: fill(texts.home.rulesSome, { count: formats.number(active.length) })}
								</p>
								<ul className="list">
									{active.slice(0, linesShown).map(({ consentId, terms }) => (
										<li key={consentId}>{terms?.title ?? texts.sharing.altered}</li>
									))}
								</ul>
								<Link to="/who-can-see-what">{texts.home.toRules}</Link>
							</>
						)}
					</Loaded>
				</div>
				<Risks />
				<div className="card">
					<h2>{texts.home.news}</h2>
					<Loaded query={record}>
						{({ items }) => (
							<>
								{items.length === 0 ? <p className="state">{texts.home.noNews}</p> : null}
								<ul className="plain">
									{items.slice(0, linesShown).map((item) => (
										<RecordLine key={item.id} item={item} />
									))}
								</ul>
								<Link to="/record">{texts.home.toRecord}</Link>
							</>
						)}
					</Loaded>
				</div>
			</div>
		</section>
	);
}

/** What a person should decide about: emergencies since the last look at the list, and rules that end soon. */
function Needs({ checked: { rows } }: { readonly checked: CheckedHistory }) {
	const portal = usePortal();
	const { texts, formats, memory } = portal;
	const needsRecovery = useNeedsRecovery();
	const { data } = useConsents();
	const { data: acting } = useHelpers();
	const nameOf = useHelperName();
	const lookedAtMs = memory()?.lookedAtMs ?? 0;
	const emergencies = rows.filter(({ purpose, permitted, at, kind }) => kind === "person" && purpose === "ETREAT" && permitted && at > lookedAtMs);
	const soon = Date.now() + endingDays * dayMs;
	const ending = (data?.consents ?? []).filter(({ status, validUntil }) => status === "active" && Date.parse(validUntil) < soon);
	const leaving = (acting?.helpers ?? []).filter(({ isOver, until }) => !isOver && Date.parse(until) < soon);
	if (emergencies.length + ending.length + leaving.length === 0) return needsRecovery ? null : <p className="state">{texts.home.nothing}</p>;
	return (
		<div className="stack">
			{emergencies.map((row) => (
				<Alert key={`${row.log}/${row.seq}`} color="red" variant="light" title={texts.home.emergency}>
					<p>{fill(texts.home.emergencyWhen, { who: requesterOf(row, portal).name, date: formats.time(row.at) })}</p>
					<Link to="/who-looked">{texts.home.all}</Link>
				</Alert>
			))}
			{leaving.map(({ key, until }) => (
				<Alert key={key} color="yellow" variant="light" title={texts.home.helperEnding}>
					<p>{fill(texts.home.helperWhen, { name: nameOf(key), date: formats.day(until) })}</p>
					<Link to="/who-acts-for-me">{texts.app.helpers}</Link>
				</Alert>
			))}
			{ending.map(({ consentId, validUntil, terms }) => (
				<Alert key={consentId} color="yellow" variant="light" title={texts.home.ending}>
					<p>{terms?.title}</p>
					<p>{fill(texts.home.endingWhen, { date: formats.day(validUntil) })}</p>
					<Link to="/who-can-see-what">{texts.home.toRules}</Link>
				</Alert>
			))}
		</div>
	);
}

/** What happened since the person last looked at the list: from the checked list alone. */
function Since({ history }: { readonly history: CheckedHistory | undefined }) {
	const { texts, formats, memory } = usePortal();
	const lookedAtMs = memory()?.lookedAtMs;
	if (history === undefined || lookedAtMs === undefined || history.summary.verdict === "refused") return null;
	const since = history.rows.filter(({ at }) => at > lookedAtMs);
	const looks = since.filter(({ kind, action }) => (kind === "person" || kind === "member") && !filing.has(action)).length;
	const filed = since.filter(({ action, permitted }) => permitted && filing.has(action)).length;
	return (
		<div className="card" data-since={looks + filed}>
			<h2>{fill(texts.home.since, { date: formats.time(lookedAtMs) })}</h2>
			{looks + filed === 0 ? <p className="state">{texts.home.sinceNothing}</p> : null}
			{looks === 0 ? null : <p>{looks === 1 ? texts.home.sinceLook : fill(texts.home.sinceLooks, { count: formats.number(looks) })}</p>}
			{filed === 0 ? null : <p>{filed === 1 ? texts.home.sinceFiled : fill(texts.home.sinceFiledMore, { count: formats.number(filed) })}</p>}
			<Link to="/who-looked">{texts.home.all}</Link>
		</div>
	);
}

/** What was computed on the person's word stands here; nothing is computed by opening the first page. */
function Risks() {
	const { texts, formats } = usePortal();
	const { data: risk } = useRisk({ isAsked: false });
	const { data: genes } = useGenes({ isAsked: false });
	const first = risk?.risks[0];
	const drivers = (risk?.factors ?? []).filter(({ logOdds }) => logOdds > 0).slice(0, linesShown);
	const speaking = genes?.genes.filter(({ drugs }) => drugs.length > 0).length ?? 0;
	return (
		<div className="card">
			<h2>{texts.home.risks}</h2>
			<p>
				{first === undefined
					? texts.home.riskAsk
					: fill(texts.home.riskIs, { percent: formats.percent(first.probability), years: formats.number(first.years) })}
				{drivers.length === 0 ? "" : ` ${fill(texts.home.riskBy, { factors: drivers.map(({ factor }) => texts.myRisk.factors[factor]).join(", ") })}`}
			</p>
			<p>
				<Link to="/heart-risk">{texts.app.risk}</Link>
			</p>
			<p>{speaking === 0 ? texts.home.genesAsk : fill(texts.home.genesAre, { count: formats.number(speaking) })}</p>
			<Link to="/genes">{texts.app.genes}</Link>
		</div>
	);
}

function Recent({ checked: { rows, summary } }: { readonly checked: CheckedHistory }) {
	const { texts } = usePortal();
	const others = rows.filter(({ kind }) => kind === "person" || kind === "member");
	return (
		<>
			<Verdict summary={summary} brief />
			{others.length === 0 && summary.verdict !== "refused" ? <p className="state">{texts.home.noneAsked}</p> : null}
			<ul className="accesses">
				{others.slice(0, linesShown).map((row) => (
					<AccessLine key={`${row.log}/${row.seq}`} row={row} />
				))}
			</ul>
			<Link to="/who-looked">{texts.home.all}</Link>
		</>
	);
}
