import { Alert, Button, Checkbox, Radio, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { DataClass } from "#contracts";
import { type EraseForm, type EraseWhat, emptyEraseForm, faultOfErase, whatOfErase } from "../core/eraseDraft.ts";
import type { ErasedPart, ErasureView, ProvedErasure } from "../core/patientDeskTypes.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useErase, useErasure } from "../parts/queries.ts";
import { Failure, Loaded } from "../parts/States.tsx";
import { useWords } from "../parts/useWords.ts";
import { eraseTexts } from "../texts/erase/eraseTexts.ts";
import { fill } from "../texts/texts.ts";

/** The person's own erasure: what will and will not happen, what the law holds, a deliberate act, and the receipt. */
export function Erase() {
	const { texts } = usePortal();
	const words = useWords(eraseTexts);
	const { house } = useSession();
	const erasure = useErasure();
	const erase = useErase();
	return (
		<section>
			<h1>{texts.app.erase}</h1>
			<p className="lead">{fill(words.erase.lead, { house: house.name })}</p>
			{erase.data === undefined ? null : <Done part={erase.data} />}
			<Loaded query={erasure}>{(view) => (view.erased === null ? <Ask view={view} erase={erase} /> : <Receipt erased={view.erased} />)}</Loaded>
		</section>
	);
}

function Ask({ view: { holds }, erase }: { readonly view: ErasureView; readonly erase: ReturnType<typeof useErase> }) {
	const words = useWords(eraseTexts);
	const [form, setForm] = useState<EraseForm>(emptyEraseForm);
	// Another choice is another act: what was confirmed for the one does not count for the other.
	const choose = (part: Partial<EraseForm>) => setForm({ ...form, hasRead: false, word: "", ...part });
	return (
		<>
			<Holds holds={holds} />
			<fieldset className="card">
				<legend>{words.erase.what}</legend>
				<Radio.Group aria-label={words.erase.what} value={form.reach} onChange={(value) => choose({ reach: value as EraseForm["reach"] })}>
					<div className="stack">
						<Radio value="some" label={words.erase.some} />
						<Radio value="all" label={words.erase.all} />
					</div>
				</Radio.Group>
				{form.reach === "all" ? null : <Kinds kinds={form.kinds} choose={choose} />}
			</fieldset>
			<Follows what={whatOfErase(form)} />
			{holds.length > 0 ? <p className="state">{words.erase.held}</p> : <Confirm form={form} setForm={setForm} erase={erase} />}
		</>
	);
}

function Holds({ holds }: Pick<ErasureView, "holds">) {
	const { formats } = usePortal();
	const words = useWords(eraseTexts);
	if (holds.length === 0) return <p className="state">{words.erase.noHold}</p>;
	return (
		<Alert color="orange" variant="light" title={words.erase.hold} role="status">
			<ul className="plain">
				{holds.map(({ basis, untilMs }) => (
					<li key={`${basis}${untilMs}`}>
						<q>{basis}</q> <strong>{fill(words.erase.holdUntil, { date: formats.day(untilMs) })}</strong>
					</li>
				))}
			</ul>
			<p>{words.erase.holdWhy}</p>
		</Alert>
	);
}

function Kinds({ kinds, choose }: { readonly kinds: readonly DataClass[]; readonly choose: (part: Partial<EraseForm>) => void }) {
	const { texts } = usePortal();
	const words = useWords(eraseTexts);
	const every = Object.keys(texts.classes) as DataClass[];
	return (
		<Checkbox.Group
			aria-label={words.erase.some}
			value={[...kinds]}
			onChange={(chosen) => choose({ kinds: every.filter((kind) => chosen.includes(kind)) })}
		>
			<div className="ticks">
				{every.map((kind) => (
					<Checkbox key={kind} value={kind} label={texts.classes[kind]} />
				))}
			</div>
		</Checkbox.Group>
	);
}

function Follows({ what }: { readonly what: EraseWhat }) {
	const words = useWords(eraseTexts);
	const { will, willAll, willSome, willNot } = words.erase;
	return (
		<div className="cards">
			<div className="card">
				<h2>{words.erase.happens}</h2>
				<ul>
					{[...Object.values(will), ...Object.values(what === "all" ? willAll : willSome)].map((sentence) => (
						<li key={sentence}>{sentence}</li>
					))}
				</ul>
			</div>
			<div className="card">
				<h2>{words.erase.happensNot}</h2>
				<ul>
					{Object.values(willNot).map((sentence) => (
						<li key={sentence}>{sentence}</li>
					))}
				</ul>
			</div>
		</div>
	);
}

interface ConfirmProps {
	readonly form: EraseForm;
	readonly setForm: (form: EraseForm) => void;
	readonly erase: ReturnType<typeof useErase>;
}

function Confirm({ form, setForm, erase }: ConfirmProps) {
	const { texts } = usePortal();
	const words = useWords(eraseTexts);
	const { house } = useSession();
	const what = whatOfErase(form);
	const fault = faultOfErase(form, words.erase.word);
	if (fault === "noKind") return <p className="state">{words.erase.noKind}</p>;
	const named = what === "all" ? "" : what.map((kind) => texts.classes[kind]).join(", ");
	return (
		<Alert color="red" variant="light" title={words.erase.confirm}>
			<p>{texts.grant.read}</p>
			<p>
				<strong>
					{what === "all" ? fill(words.erase.signsAll, { house: house.name }) : fill(words.erase.signsSome, { house: house.name, kinds: named })}
				</strong>
			</p>
			<Checkbox checked={form.hasRead} label={words.erase.hasRead} onChange={(event) => setForm({ ...form, hasRead: event.currentTarget.checked })} />
			<TextInput
				label={fill(words.erase.type, { word: words.erase.word })}
				value={form.word}
				onChange={(event) => setForm({ ...form, word: event.currentTarget.value })}
				autoComplete="off"
				maw={320}
			/>
			<div className="actions">
				<Button
					color="red"
					disabled={fault !== undefined}
					loading={erase.isPending}
					onClick={() => erase.mutate(what, { onSuccess: () => setForm(emptyEraseForm) })}
				>
					{words.erase.now}
				</Button>
			</div>
			{erase.error === null ? null : <Failure error={erase.error} />}
		</Alert>
	);
}

/** What the institution answered; of some kinds there is no receipt on the ledger, and the list of accesses holds it. */
function Done({ part: { what, unreadableSinceMs, unreadableInBackupsFromMs } }: { readonly part: ErasedPart }) {
	const { texts, formats } = usePortal();
	const words = useWords(eraseTexts);
	if (what === "all") return null;
	return (
		<Alert color="green" variant="light" title={words.erase.done} role="status">
			<p>{fill(words.erase.doneSome, { kinds: what.map((kind) => texts.classes[kind]).join(", "), date: formats.time(unreadableSinceMs) })}</p>
			<p>{fill(words.erase.backups, { date: formats.time(unreadableInBackupsFromMs) })}</p>
			<p>
				{words.erase.onList} <Link to="/who-looked">{texts.app.looked}</Link>
			</p>
		</Alert>
	);
}

/** The receipt on the ledger, proved in this browser. */
function Receipt({ erased }: { readonly erased: ProvedErasure }) {
	const { texts, formats } = usePortal();
	const words = useWords(eraseTexts);
	const { unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs, recordedAtMs, standing } = erased;
	return (
		<div className="card" data-erased={standing}>
			<h2>{texts.erased.receipt}</h2>
			<p>{fill(words.erase.doneAll, { date: formats.time(unreadableSinceMs) })}</p>
			<p>{fill(words.erase.backups, { date: formats.time(unreadableInBackupsFromMs) })}</p>
			<p>
				{fill(words.erase.listUntil, { date: formats.day(auditKeyHeldUntilMs) })} <Link to="/who-looked">{texts.app.looked}</Link>
			</p>
			<p>{fill(standing === "witnessed" ? words.erase.proved : words.erase.provedByOne, { date: formats.time(recordedAtMs) })}</p>
		</div>
	);
}
