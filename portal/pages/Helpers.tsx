import { Alert, Badge, Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Pseudonym, PublicKey } from "#base";
import { dayAfter } from "../core/grantDraft.ts";
import { describeHelper, draftOfHelper, faultOfHelper, type HelperForm, helpersMax, isCode, readCode } from "../core/helperDraft.ts";
import type { Helper, HelpersView } from "../core/patientDeskTypes.ts";
import { DayInput } from "../parts/DayInput.tsx";
import { useHelperName } from "../parts/helperName.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useEndHelper, useHelpers, useNameHelper } from "../parts/queries.ts";
import { Failure, Loaded } from "../parts/States.tsx";
import { useKeptForm } from "../parts/useKeptForm.ts";
import { fill } from "../texts/texts.ts";

const yearDays = 365;

/** Who acts for the person: listed as the ledger has it, named and ended by the person's own key. */
export function Helpers() {
	const { texts } = usePortal();
	const { house, helped } = useSession();
	const helpers = useHelpers();
	return (
		<section>
			<h1>{texts.app.helpers}</h1>
			<p className="lead">{fill(texts.helpers.lead, { house: house.name })}</p>
			<Loaded query={helpers}>{(view) => <Listed view={view} />}</Loaded>
			{helped === undefined ? <HelpSomeone /> : null}
		</section>
	);
}

function Listed({ view }: { readonly view: HelpersView }) {
	const { texts, formats } = usePortal();
	const { helped } = useSession();
	const { helpers, isOwnKey } = view;
	const running = helpers.filter(({ isOver }) => !isOver).length;
	return (
		<>
			<h2>{texts.helpers.now}</h2>
			{helpers.length === 0 ? <p className="state">{texts.helpers.none}</p> : null}
			<ul className="rules">
				{helpers.map((helper) => (
					<HelperCard key={helper.key} helper={helper} isOwnKey={isOwnKey} />
				))}
			</ul>
			{!isOwnKey ? (
				<p className="state">{helped === undefined ? texts.helpers.notOwn : fill(texts.helpers.notOwnHelped, { name: helped.name })}</p>
			) : running >= helpersMax ? (
				<p className="state">{fill(texts.helpers.full, { most: formats.number(helpersMax) })}</p>
			) : (
				<NameHelper />
			)}
		</>
	);
}

function HelperCard({ helper: { key, kind, until, isOver }, isOwnKey }: { readonly helper: Helper; readonly isOwnKey: boolean }) {
	const { texts, formats } = usePortal();
	const nameOf = useHelperName();
	const [isAsking, setAsking] = useState(false);
	const end = useEndHelper();
	const mayEnd = isOwnKey && (kind === "delegate" || isOver);
	return (
		<li className="card rule" data-helper={key}>
			<div className="rule-top">
				<h3>{nameOf(key)}</h3>
				{isOver ? (
					<Badge className="badge" color="gray" variant="light">
						{texts.helpers.over}
					</Badge>
				) : null}
			</div>
			<p>
				{kind === "delegate" ? texts.helpers.named : texts.helpers.guardian}, {fill(texts.sharing.until, { date: formats.day(until) })}
			</p>
			{kind === "guardian" && !isOver ? <p className="faint">{texts.helpers.guardianStays}</p> : null}
			{!mayEnd ? null : isAsking ? (
				<Alert color="orange" variant="light" title={texts.helpers.end} role="alert">
					<p>{fill(texts.helpers.endWhat, { name: nameOf(key) })}</p>
					<div className="actions">
						<Button color="red" loading={end.isPending} onClick={() => end.mutate(key)} autoFocus>
							{texts.helpers.endSure}
						</Button>
						<Button variant="default" disabled={end.isPending} onClick={() => setAsking(false)}>
							{texts.sharing.stopKeep}
						</Button>
					</div>
				</Alert>
			) : (
				<div className="actions">
					<Button variant="outline" color="red" onClick={() => setAsking(true)}>
						{texts.helpers.end}
					</Button>
				</div>
			)}
			{end.error === null ? null : <Failure error={end.error} />}
		</li>
	);
}

function NameHelper() {
	const { texts, formats } = usePortal();
	const { house, pseudonym } = useSession();
	const name = useNameHelper();
	const { form, change, forget } = useKeptForm<HelperForm>(`aceso/helper/${pseudonym}`, () => ({
		...{ name: "", code: "" },
		until: dayAfter(Date.now(), yearDays),
	}));
	const fault = faultOfHelper(form, pseudonym, dayAfter(Date.now(), 0));
	const draft = draftOfHelper(form);
	const called = form.name.trim();
	const isUntouched = called === "" && form.code === "";
	const signNow = () => name.mutate({ draft, name: called }, { onSuccess: forget });
	return (
		<fieldset className="card">
			<legend>{texts.helpers.add}</legend>
			<p>{texts.helpers.addHow}</p>
			<OwnCode code={pseudonym} />
			<Known change={change} />
			<TextInput
				label={texts.helpers.name}
				description={texts.helpers.nameWhy}
				value={form.name}
				onChange={(event) => change({ name: event.currentTarget.value })}
				maw={420}
			/>
			<TextInput
				label={texts.helpers.code}
				value={form.code}
				onChange={(event) => change({ code: event.currentTarget.value })}
				autoComplete="off"
				spellCheck={false}
			/>
			<DayInput label={texts.sharing.untilLabel} value={form.until} min={dayAfter(Date.now(), 0)} onDay={(until) => change({ until })} />
			{fault === undefined ? (
				<>
					<p>{texts.grant.read}</p>
					<ul className="sentences">
						{describeHelper(draft, { texts, formats, name: called, house: house.name }).map((sentence) => (
							<li key={sentence}>{sentence}</li>
						))}
					</ul>
				</>
			) : isUntouched ? null : (
				<p role="alert">{fault === "badDay" ? texts.grant.badDay : texts.helpers[fault]}</p>
			)}
			{name.error === null ? null : <Failure error={name.error} />}
			{name.isSuccess && isUntouched ? <p role="status">{texts.helpers.done}</p> : null}
			<div className="actions">
				<Button disabled={fault !== undefined} loading={name.isPending} onClick={signNow}>
					{texts.grant.sign}
				</Button>
			</div>
		</fieldset>
	);
}

function OwnCode({ code }: { readonly code: string }) {
	const { texts } = usePortal();
	return (
		<p>
			{texts.helpers.own} <code>{code}</code>
		</p>
	);
}

/** People of the demonstration, with the codes that they would hand over themselves. */
function Known({ change }: { readonly change: (part: Partial<HelperForm>) => void }) {
	const { texts } = usePortal();
	const { knownHelpers } = useSession();
	if (knownHelpers.length === 0) return null;
	return (
		<NativeSelect
			label={texts.helpers.pick}
			defaultValue=""
			onChange={(event) => {
				const chosen = knownHelpers.find(({ key }) => key === event.currentTarget.value);
				if (chosen !== undefined) change({ name: chosen.name, code: chosen.key });
			}}
			data={[{ value: "", label: "–" }, ...knownHelpers.map(({ key, name }) => ({ value: key, label: name }))]}
			maw={420}
		/>
	);
}

/** The other side: the code by which this person would act for somebody else, and acting for whoever has named it. */
function HelpSomeone() {
	const { texts, desk, memory } = usePortal();
	const { pseudonym } = useSession();
	const [theirs, setTheirs] = useState("");
	const [name, setName] = useState("");
	const [mine, setMine] = useState<PublicKey>();
	const act = useActFor();
	const code = readCode(theirs);
	const isUsable = isCode(code) && code !== pseudonym;
	const known = Object.entries(memory()?.helpedNames ?? {});
	return (
		<div className="card">
			<h2>{texts.helpers.other}</h2>
			{known.length === 0 ? null : (
				<ul className="plain">
					{known.map(([person, called]) => (
						<li key={person} className="actions">
							<Button loading={act.isPending} onClick={() => act.mutate({ person: person as Pseudonym, name: called })}>
								{fill(texts.helpers.actFor, { name: called })}
							</Button>
						</li>
					))}
				</ul>
			)}
			<p>{texts.helpers.otherHow}</p>
			<TextInput
				label={texts.helpers.theirs}
				value={theirs}
				onChange={(event) => {
					setTheirs(event.currentTarget.value);
					setMine(undefined);
				}}
				autoComplete="off"
				spellCheck={false}
			/>
			<div className="actions">
				<Button variant="default" disabled={!isUsable} onClick={() => void desk.helperCode(code).then(setMine)}>
					{texts.helpers.make}
				</Button>
			</div>
			{mine === undefined ? null : (
				<>
					<p role="status">
						{texts.helpers.yours} <code>{mine}</code>
					</p>
					<p>{texts.helpers.actHow}</p>
					<TextInput
						label={texts.helpers.theirName}
						description={texts.helpers.nameWhy}
						value={name}
						maxLength={80}
						onChange={(event) => setName(event.currentTarget.value)}
						maw={420}
					/>
					<div className="actions">
						<Button
							disabled={name.trim() === ""}
							loading={act.isPending}
							onClick={() => act.mutate({ person: code as Pseudonym, name: name.trim() })}
						>
							{name.trim() === "" ? texts.helpers.act : fill(texts.helpers.actFor, { name: name.trim() })}
						</Button>
					</div>
				</>
			)}
			{act.error === null ? null : <Failure error={act.error} />}
		</div>
	);
}

/** Proved before anything is asked; from then on every page is about the other person. */
function useActFor() {
	const { actFor } = usePortal();
	const navigate = useNavigate();
	return useMutation({
		mutationFn: ({ person, name }: { readonly person: Pseudonym; readonly name: string }) => actFor(person, name),
		onSuccess: () => navigate({ to: "/" }),
	});
}
