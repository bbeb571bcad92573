import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { type Actor, aboutActor } from "../core/actors.ts";
import { PortalError } from "../core/errors.ts";
import { OwnKey } from "../parts/OwnKey.tsx";
import { usePortal } from "../parts/PortalProvider.tsx";
import { Failure } from "../parts/States.tsx";
import { fill } from "../texts/texts.ts";

/** Signing in with a key of one's own; beside it, on the demonstration's machine alone, as one of its people. */
export function SignIn() {
	const { texts, actors, actorsFailure, failure } = usePortal();
	const isClosed = actorsFailure instanceof PortalError && actorsFailure.nodeCode === "NODE_NOT_FOUND";
	return (
		<section>
			<h1>{texts.signIn.title}</h1>
			{failure === undefined ? null : <Failure error={failure} />}
			<OwnKey />
			{actorsFailure !== null && actorsFailure !== undefined && !isClosed ? <Failure error={actorsFailure} /> : null}
			{actors.length === 0 ? null : <Demonstration />}
		</section>
	);
}

function Demonstration() {
	const { texts, house, actors } = usePortal();
	const [search, setSearch] = useState("");
	const wanted = search.trim().toLowerCase();
	const shown = actors.filter(({ kind, name, member, isClinician, isOfficer }) => {
		const mayEnter = kind === "patient" || ((isClinician === true || isOfficer === true) && member === house?.member);
		return mayEnter && name.toLowerCase().includes(wanted);
	});
	return (
		<>
			<h2>{texts.signIn.demo}</h2>
			<p className="lead">{fill(texts.signIn.lead, { house: house?.name ?? "" })}</p>
			<p>{texts.signIn.key}</p>
			<TextInput label={texts.signIn.search} value={search} onChange={(event) => setSearch(event.currentTarget.value)} maw={420} />
			{shown.length === 0 ? <p className="state">{texts.signIn.none}</p> : null}
			<People title={texts.signIn.people} people={shown.filter(({ kind }) => kind === "patient")} />
			<People title={texts.signIn.staff} people={shown.filter(({ kind }) => kind === "staff")} />
		</>
	);
}

function People({ title, people }: { readonly title: string; readonly people: readonly Actor[] }) {
	if (people.length === 0) return null;
	return (
		<>
			<h3>{title}</h3>
			<ul className="people">
				{people.map((person) => (
					<Person key={person.key} person={person} />
				))}
			</ul>
		</>
	);
}

function Person({ person }: { readonly person: Actor }) {
	const { texts, signIn, language } = usePortal();
	const { key, name } = person;
	return (
		<li>
			<Button
				variant="default"
				fullWidth
				onClick={() => void signIn(key)}
				aria-label={fill(texts.signIn.start, { name })}
				aria-describedby={`about-${key}`}
			>
				{name}
			</Button>
			<span id={`about-${key}`} className="faint">
				{aboutActor(person, language)}
			</span>
		</li>
	);
}
