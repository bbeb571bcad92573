import { Button, Checkbox, NativeSelect, Radio, TextInput } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ConsentId } from "#base";
import type { DataClass, Provision, SensitivityLabel } from "#contracts";
import { aboutActor } from "../core/actors.ts";
import {
	changedDraft,
	dayAfter,
	draftOfForm,
	emptyForm,
	faultOfForm,
	type GrantForm,
	type Preset,
	presetClasses,
	presets,
} from "../core/grantDraft.ts";
import { memberName } from "../parts/AccessLine.tsx";
import { DayInput } from "../parts/DayInput.tsx";
import { granteeNames } from "../parts/granteeName.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useConsents, useDescription, useSign } from "../parts/queries.ts";
import { Failure, Loaded } from "../parts/States.tsx";
import { useKeptForm } from "../parts/useKeptForm.ts";

const spans = { week: 7, month: 30, quarter: 90, year: 365 } as const;
type Span = keyof typeof spans;

/** A new rule, or a change of one: chosen by presets, read in words, signed with the person's key. */
export function Grant({ changes }: { readonly changes: string | undefined }) {
	const { texts } = usePortal();
	const consents = useConsents();
	if (changes === undefined) return <GrantFormPage changes={undefined} before={undefined} />;
	return (
		<Loaded query={consents}>
			{(view) => {
				const consent = view.consents.find(({ consentId, status }) => consentId === changes && status === "active");
				if (consent?.terms === undefined) return <p className="state">{texts.sharing.altered}</p>;
				return <GrantFormPage key={consent.version} changes={consent.consentId} before={{ ...consent.terms, validUntil: consent.validUntil }} />;
			}}
		</Loaded>
	);
}

interface Before {
	readonly title: string;
	readonly provision: Provision;
	readonly validUntil: string;
}

function GrantFormPage({ changes, before }: { readonly changes: ConsentId | undefined; readonly before: Before | undefined }) {
	const portal = usePortal();
	const { texts } = portal;
	const { house, pseudonym } = useSession();
	const navigate = useNavigate();
	const sign = useSign();
	const { form, change, forget } = useKeptForm(`aceso/grant/${pseudonym}/${changes ?? "new"}`, () =>
		before === undefined
			? emptyForm(Date.now())
			: {
					...emptyForm(Date.now()),
					classes: before.provision.classes ?? presetClasses.care,
					labels: before.provision.labels ?? [],
					until: before.validUntil,
				},
	);
	const fault = faultOfForm(before === undefined ? form : { ...form, preset: "care" }, Date.now());
	const title =
		before?.title ??
		{ care: texts.grant.careTitle, heart: texts.grant.heartTitle, one: texts.grant.oneTitle, count: texts.grant.countTitle }[form.preset];
	const draft = before === undefined ? draftOfForm(form, { member: house.member, title }) : changedDraft(before.provision, form, title);
	const description = useDescription(fault === undefined ? draft : undefined);
	const signNow = () =>
		sign.mutate(
			{ changes, draft },
			{
				onSuccess: () => {
					forget();
					void navigate({ to: "/who-can-see-what" });
				},
			},
		);
	return (
		<section>
			<h1>{before === undefined ? texts.grant.title : texts.grant.changeTitle}</h1>
			<fieldset className="card">
				<legend>{texts.grant.step1}</legend>
				{before === undefined ? <Whom form={form} change={change} /> : <p>{granteeNames(before.provision.grantees, portal)}</p>}
			</fieldset>
			<What form={form} change={change} />
			<Until form={form} change={change} />
			<div className="card">
				<h2>{texts.grant.step4}</h2>
				{fault === undefined ? (
					<>
						<p>{texts.grant.read}</p>
						<ul className="sentences">
							{(description.data ?? []).map((sentence) => (
								<li key={sentence}>{sentence}</li>
							))}
						</ul>
					</>
				) : (
					<p role="alert">{fault === "pick" && form.person !== "" ? texts.helpers.badCode : texts.grant[fault]}</p>
				)}
				{sign.error === null ? null : <Failure error={sign.error} />}
				<div className="actions">
					<Button
						disabled={fault !== undefined || description.data === undefined || description.isPlaceholderData}
						loading={sign.isPending}
						onClick={signNow}
					>
						{texts.grant.sign}
					</Button>
					<Button variant="default" component={Link} to="/who-can-see-what">
						{texts.grant.back}
					</Button>
				</div>
			</div>
		</section>
	);
}

interface PartProps {
	readonly form: GrantForm;
	readonly change: (part: Partial<GrantForm>) => void;
}

function Whom({ form, change }: PartProps) {
	const { texts, actors, house, language } = usePortal();
	const { genesis } = useSession();
	const people = actors.filter(({ kind, publicKey }) => kind === "staff" && publicKey !== undefined);
	return (
		<>
			<Radio.Group
				aria-label={texts.grant.step1}
				value={form.preset}
				onChange={(value) => change({ preset: value as Preset, classes: presetClasses[value as Preset] })}
			>
				<div className="stack">
					{presets.map((preset) => (
						<Radio key={preset} value={preset} label={texts.grant[preset]} />
					))}
				</div>
			</Radio.Group>
			{form.preset === "one" && people.length === 0 ? (
				<TextInput
					label={texts.grant.code}
					description={texts.grant.codeWhy}
					value={form.person}
					onChange={(event) => change({ person: event.currentTarget.value })}
					autoComplete="off"
					spellCheck={false}
				/>
			) : null}
			{form.preset === "one" && people.length > 0 ? (
				<NativeSelect
					label={texts.grant.person}
					value={form.person}
					onChange={(event) => change({ person: event.currentTarget.value })}
					data={[
						{ value: "", label: "–" },
						...people.map((person) => ({
							value: person.publicKey as string,
							label: `${person.name} (${aboutActor(person, language)}${person.member === house?.member ? "" : `, ${memberName(genesis.members, person.member ?? "")}`})`,
						})),
					]}
				/>
			) : null}
		</>
	);
}

function What({ form: { classes, labels }, change }: PartProps) {
	const { texts } = usePortal();
	const all = (Object.keys(texts.classes) as DataClass[]).filter((kind) => kind !== "other");
	return (
		<fieldset className="card">
			<legend>{texts.grant.step2}</legend>
			<Checkbox.Group
				aria-label={texts.grant.step2}
				value={[...classes]}
				onChange={(chosen) => change({ classes: all.filter((kind) => chosen.includes(kind)) })}
			>
				<div className="ticks">
					{all.map((kind) => (
						<Checkbox key={kind} value={kind} label={texts.classes[kind]} />
					))}
				</div>
			</Checkbox.Group>
			<div className="actions">
				<Button variant="subtle" onClick={() => change({ classes: all })}>
					{texts.grant.all}
				</Button>
				<Button variant="subtle" onClick={() => change({ classes: [] })}>
					{texts.grant.noneTicked}
				</Button>
			</div>
			<details open={labels.length > 0}>
				<summary>{texts.grant.private}</summary>
				<p>{texts.grant.privateWhy}</p>
				<Checkbox.Group aria-label={texts.grant.private} value={[...labels]} onChange={(chosen) => change({ labels: chosen as SensitivityLabel[] })}>
					<div className="ticks">
						{(Object.keys(texts.labels) as SensitivityLabel[]).map((label) => (
							<Checkbox key={label} value={label} label={texts.labels[label]} />
						))}
					</div>
				</Checkbox.Group>
			</details>
		</fieldset>
	);
}

function Until({ form: { until }, change }: PartProps) {
	const { texts, formats } = usePortal();
	const span = (Object.keys(spans) as Span[]).find((each) => dayAfter(Date.now(), spans[each]) === until);
	const [isOwn, setOwn] = useState(span === undefined);
	return (
		<fieldset className="card">
			<legend>{texts.grant.step3}</legend>
			<Radio.Group
				aria-label={texts.grant.step3}
				value={isOwn ? "own" : (span ?? "own")}
				onChange={(value) => {
					setOwn(value === "own");
					if (value !== "own") change({ until: dayAfter(Date.now(), spans[value as Span]) });
				}}
			>
				<div className="ticks">
					{(Object.keys(spans) as Span[]).map((each) => (
						<Radio key={each} value={each} label={texts.grant[each]} />
					))}
					<Radio value="own" label={texts.grant.own} />
				</div>
			</Radio.Group>
			{isOwn ? (
				<DayInput label={texts.sharing.untilLabel} value={until} min={dayAfter(Date.now(), 0)} onDay={(day) => change({ until: day })} />
			) : (
				<p>
					{texts.sharing.untilLabel}: {formats.day(until)}
				</p>
			)}
		</fieldset>
	);
}
