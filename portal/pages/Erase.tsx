import { Alert, Button, Checkbox, Radio, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { DataClass } from "#contracts";
import { type EraseForm, type EraseWhat, emptyEraseForm, faultOfErase, whatOfErase } from "../core/eraseDraft.ts";
import type { ErasedPart, ErasureView, ProvedErasure } from "../core/patientDeskTypes.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useErase, useErasure } from "../parts/queries.ts";
import { Failure, Loaded } from "../parts/States.tsx";
import { fill } from "../texts/texts.ts";

/** The person's own erasure: what will and will not happen, what the law holds, a deliberate act, and the receipt. */
export function Erase() {
	const { texts } = usePortal();
	const { house } = useSession();
	const erasure = useErasure();
	const erase = useErase();
	return (
		<section>
			<h1>{texts.app.erase}</h1>
			<p className="lead">{fill(texts.erase.lead, { house: house.name })}</p>
			{erase.data === undefined ? null : <Done part={erase.data} />}
			<Loaded query={erasure}>{(view) => (view.erased === null ? <Ask view={view} erase={erase} /> : <Receipt erased={view.erased} />)}</Loaded>
		</section>
	);
}

function Ask({ view: { holds }, erase }: { readonly view: ErasureView; readonly erase: ReturnType<typeof useErase> }) {
	const { texts } = usePortal();
	const [form, setForm] = useState<EraseForm>(emptyEraseForm);
	// Another choice is another act: what was confirmed for the one does not count for the other.
	const choose = (part: Partial<EraseForm>) => setForm({ ...form, hasRead: false, word: "", ...part });
	return (
		<>
			<Holds holds={holds} />
			<fieldset className="card">
				<legend>{texts.erase.what}</legend>
				<Radio.Group aria-label={texts.erase.what} value={form.reach} onChange={(value) => choose({ reach: value as EraseForm["reach"] })}>
					<div className="stack">
						<Radio value="some" label={texts.erase.some} />
						<Radio value="all" label={texts.erase.all} />
					</div>
				</Radio.Group>
				{form.reach === "all" ? null : <Kinds kinds={form.kinds} choose={choose} />}
			</fieldset>
			<Follows what={whatOfErase(form)} />
			{holds.length > 0 ? <p className="state">{texts.erase.held}</p> : <Confirm form={form} setForm={setForm} erase={erase} />}
		</>
	);
}

function Holds({ holds }: Pick<ErasureView, "holds">) {
	const { texts, formats } = usePortal();
	if (holds.length === 0) return <p className="state">{texts.erase.noHold}</p>;
	return (
		<Alert color="orange" variant="light" title={texts.erase.hold} role="status">
			<ul className="plain">
				{holds.map(({ basis, untilMs }) => (
					<li key={`${basis}${untilMs}`}>
						<q>{basis}</q> <strong>{fill(texts.erase.holdUntil, { date: formats.day(untilMs) })}</strong>
					</li>
				))}
			</ul>
			<p>{texts.erase.holdWhy}</p>
		</Alert>
	);
}

function Kinds({ kinds, choose }: { readonly kinds: readonly DataClass[]; readonly choose: (part: Partial<EraseForm>) => void }) {
	const { texts } = usePortal();
	const every = Object.keys(texts.classes) as DataClass[];
	return (
		<Checkbox.Group
			aria-label={texts.erase.some}
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
	const { texts } = usePortal();
	const { will, willAll, willSome, willNot } = texts.erase;
	return (
		<div className="cards">
			<div className="card">
				<h2>{texts.erase.happens}</h2>
				<ul>
					{[...Object.values(will), ...Object.values(what === "all" ? willAll : willSome)].map((sentence) => (
						<li key={sentence}>{sentence}</li>
					))}
				</ul>
			</div>
			<div className="card">
				<h2>{texts.erase.happensNot}</h2>
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
	const { house } = useSession();
	const what = whatOfErase(form);
	const fault = faultOfErase(form, texts.erase.word);
	if (fault === "noKind") return <p className="state">{texts.erase.noKind}</p>;
	const named = what === "all" ? "" : what.map((kind) => texts.classes[kind]).join(", ");
	return (
		<Alert color="red" variant="light" title={texts.erase.confirm}>
			<p>{texts.grant.read}</p>
			<p>
				<strong>
					{what === "all" ? fill(texts.erase.signsAll, { house: house.name }) : fill(texts.erase.signsSome, { house: house.name, kinds: named })}
				</strong>
			</p>
			<Checkbox checked={form.hasRead} label={texts.erase.hasRead} onChange={(event) => setForm({ ...form, hasRead: event.currentTarget.checked })} />
			<TextInput
				label={fill(texts.erase.type, { word: texts.erase.word })}
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
					{texts.erase.now}
				</Button>
			</div>
			{erase.error === null ? null : <Failure error={erase.error} />}
		</Alert>
	);
}

/** What the institution answered; of some kinds there is no receipt on the ledger, and the list of accesses holds it. */
function Done({ part: { what, unreadableSinceMs, unreadableInBackupsFromMs } }: { readonly part: ErasedPart }) {
	const { texts, formats } = usePortal();
	if (what === "all") return null;
	return (
		<Alert color="green" variant="light" title={texts.erase.done} role="status">
			<p>{fill(texts.erase.doneSome, { kinds: what.map((kind) => texts.classes[kind]).join(", "), date: formats.time(unreadableSinceMs) })}</p>
			<p>{fill(texts.erase.backups, { date: formats.time(unreadableInBackupsFromMs) })}</p>
			<p>
				{texts.erase.onList} <Link to="/who-looked">{texts.app.looked}</Link>
			</p>
		</Alert>
	);
}

/** The receipt on the ledger, proved in this browser. */
function Receipt({ erased }: { readonly erased: ProvedErasure }) {
	const { texts, formats } = usePortal();
	const { unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs, recordedAtMs, standing } = erased;
	return (
		<div className="card" data-erased={standing}>
			<h2>{texts.erase.receipt}</h2>
			<p>{fill(texts.erase.doneAll, { date: formats.time(unreadableSinceMs) })}</p>
			<p>{fill(texts.erase.backups, { date: formats.time(unreadableInBackupsFromMs) })}</p>
			<p>
				{fill(texts.erase.listUntil, { date: formats.day(auditKeyHeldUntilMs) })} <Link to="/who-looked">{texts.app.looked}</Link>
			</p>
			<p>{fill(standing === "witnessed" ? texts.erase.proved : texts.erase.provedByOne, { date: formats.time(recordedAtMs) })}</p>
		</div>
	);
}
