import { Alert, Button } from "@mantine/core";
import { useState } from "react";
import type { ConsentView } from "../core/deskTypes.ts";
import { dayAfter } from "../core/grantDraft.ts";
import { allowDraft, type ResearchKind, refuseDraft, researchKinds, researchRows, standingOf } from "../core/research.ts";
import { AccessLine } from "../parts/AccessLine.tsx";
import { DayInput } from "../parts/DayInput.tsx";
import { granteeNames } from "../parts/granteeName.ts";
import { usePortal } from "../parts/PortalProvider.tsx";
import { type CheckedHistory, useConsents, useDescription, useHistory, useSign } from "../parts/queries.ts";
import { Failure, Loaded } from "../parts/States.tsx";
import { StopRule } from "../parts/StopRule.tsx";
import { useWords } from "../parts/useWords.ts";
import { Verdict } from "../parts/Verdict.tsx";
import { researchTexts } from "../texts/research/researchTexts.ts";
import { fill } from "../texts/texts.ts";

const yearDays = 365;
const rowsAtOnce = 20;

/** What research may do with the person's data, and what it asked. */
export function Research() {
	const { texts } = usePortal();
	const words = useWords(researchTexts);
	const consents = useConsents();
	const history = useHistory();
	return (
		<section>
			<h1>{texts.app.research}</h1>
			<p className="lead">{words.research.lead}</p>
			<Loaded query={consents}>{(view) => <May consents={view.consents} />}</Loaded>
			<h2>{words.research.asked}</h2>
			<Loaded query={history} label={texts.looked.checking}>
				{(checked) => <Asked checked={checked} />}
			</Loaded>
		</section>
	);
}

function May({ consents }: { readonly consents: readonly ConsentView[] }) {
	const words = useWords(researchTexts);
	const [choice, setChoice] = useState<ResearchKind | "refuse">();
	const refusals = [...new Set(researchKinds.flatMap((kind) => standingOf(consents, kind).refusedBy))];
	return (
		<>
			<h2>{words.research.may}</h2>
			{refusals.map((rule) => (
				<div key={rule.consentId} className="card rule" data-consent={rule.consentId}>
					<h3>{words.research.saidNo}</h3>
					<RuleLine rule={rule} />
					<p>{words.research.noWins}</p>
					<StopRule consentId={rule.consentId} what={words.research.stopNo} />
				</div>
			))}
			<ul className="rules">
				{researchKinds.map((kind) => (
					<Kind key={kind} kind={kind} consents={consents} isChosen={choice === kind} choose={(on) => setChoice(on ? kind : undefined)} />
				))}
			</ul>
			{refusals.length > 0 ? null : choice === "refuse" ? (
				<Sign kind="refuse" done={() => setChoice(undefined)} />
			) : (
				<div className="actions">
					<Button variant="outline" color="red" onClick={() => setChoice("refuse")}>
						{words.research.refuse}
					</Button>
				</div>
			)}
		</>
	);
}

function RuleLine({ rule: { terms, validUntil } }: { readonly rule: ConsentView }) {
	const portal = usePortal();
	const { texts, formats } = portal;
	return (
		<p>
			{terms?.title}{" "}
			<span className="faint">{`(${granteeNames(terms?.provision.grantees, portal)}, ${fill(texts.sharing.until, { date: formats.day(validUntil) })})`}</span>
		</p>
	);
}

interface KindProps {
	readonly kind: ResearchKind;
	readonly consents: readonly ConsentView[];
	readonly isChosen: boolean;
	readonly choose: (isChosen: boolean) => void;
}

function Kind({ kind, consents, isChosen, choose }: KindProps) {
	const words = useWords(researchTexts);
	const { allowedBy, refusedBy } = standingOf(consents, kind);
	const said = words.research.kinds[kind];
	const state = refusedBy.length > 0 ? "no" : allowedBy.length > 0 ? "yes" : "none";
	return (
		<li className="card rule" data-research={kind} data-state={state}>
			<h3>{said.title}</h3>
			<p>{said.what}</p>
			<p>
				<strong>{words.research.states[state]}</strong>
			</p>
			{allowedBy.map((rule) => (
				<div key={rule.consentId}>
					<RuleLine rule={rule} />
					<StopRule consentId={rule.consentId} />
				</div>
			))}
			{state !== "none" ? null : isChosen ? (
				<Sign kind={kind} done={() => choose(false)} />
			) : (
				<div className="actions">
					<Button variant="default" onClick={() => choose(true)}>
						{words.research.allow}
					</Button>
				</div>
			)}
		</li>
	);
}

/** What is signed, in words, with its last day; then the signature. */
function Sign({ kind, done }: { readonly kind: ResearchKind | "refuse"; readonly done: () => void }) {
	const { texts } = usePortal();
	const words = useWords(researchTexts);
	const [until, setUntil] = useState(() => dayAfter(Date.now(), yearDays));
	const sign = useSign();
	const isDay = /^\d{4}-\d{2}-\d{2}$/.test(until) && until >= dayAfter(Date.now(), 0);
	const draft = kind === "refuse" ? refuseDraft(words.research.refuseTitle, until) : allowDraft(kind, words.research.kinds[kind].rule, until);
	const description = useDescription(isDay ? draft : undefined);
	return (
		<Alert color={kind === "refuse" ? "orange" : "teal"} variant="light" title={texts.grant.step4}>
			<DayInput label={texts.sharing.untilLabel} value={until} min={dayAfter(Date.now(), 0)} onDay={setUntil} />
			{isDay ? (
				<>
					<p>{texts.grant.read}</p>
					<ul className="sentences">
						{(description.data ?? []).map((sentence) => (
							<li key={sentence}>{sentence}</li>
						))}
					</ul>
				</>
			) : (
				<p role="alert">{texts.grant.badDay}</p>
			)}
			{sign.error === null ? null : <Failure error={sign.error} />}
			<div className="actions">
				<Button
					disabled={!isDay || description.data === undefined || description.isPlaceholderData}
					loading={sign.isPending}
					onClick={() => sign.mutate({ changes: undefined, draft }, { onSuccess: done })}
				>
					{texts.grant.sign}
				</Button>
				<Button variant="default" disabled={sign.isPending} onClick={done}>
					{texts.grant.back}
				</Button>
			</div>
		</Alert>
	);
}

/** Only what was checked here is counted: a list that cannot be trusted says nothing of research either. */
function Asked({ checked: { rows, summary } }: { readonly checked: CheckedHistory }) {
	const { texts, formats } = usePortal();
	const words = useWords(researchTexts);
	const [shown, setShown] = useState(rowsAtOnce);
	const asked = researchRows(rows);
	const permitted = asked.filter((row) => row.permitted).length;
	return (
		<>
			<Verdict summary={summary} brief />
			{summary.verdict === "refused" ? null : asked.length === 0 ? (
				<p className="state">{words.research.nobody}</p>
			) : (
				<>
					<p>{fill(words.research.sum, { part: formats.number(permitted), without: formats.number(asked.length - permitted) })}</p>
					<ul className="accesses">
						{asked.slice(0, shown).map((row) => (
							<AccessLine key={`${row.log}/${row.seq}`} row={row} />
						))}
					</ul>
					{asked.length <= shown ? null : (
						<Button variant="default" onClick={() => setShown(shown + rowsAtOnce)}>
							{texts.looked.more}
						</Button>
					)}
				</>
			)}
			<p className="faint">{words.research.limit}</p>
		</>
	);
}
