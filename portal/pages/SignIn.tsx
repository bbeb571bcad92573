import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Actor } from "../core/actors.ts";
import { PortalError } from "../core/errors.ts";
import { usePortal } from "../parts/PortalProvider.tsx";
import { Failure, Loading } from "../parts/States.tsx";
import { fill } from "../texts/texts.ts";

/** Choosing one of the demonstration's people. Only the demonstration's node answers with people at all. */
export function SignIn() {
	const { texts, house, actors, actorsFailure, failure } = usePortal();
	const [search, setSearch] = useState("");
	const wanted = search.trim().toLowerCase();
	const shown = actors.filter(({ kind, name, member, isClinician }) => {
		const mayEnter = kind === "patient" || (isClinician === true && member === house?.member);
		return mayEnter && name.toLowerCase().includes(wanted);
	});
	const isClosed = actorsFailure instanceof PortalError && actorsFailure.nodeCode === "NODE_NOT_FOUND";
	return (
		<section>
			<h1>{texts.signIn.title}</h1>
			<p className="lead">{fill(texts.signIn.lead, { house: house?.name ?? "" })}</p>
			<p>{texts.signIn.key}</p>
			{failure === undefined ? null : <Failure error={failure} />}
			{isClosed ? <p className="state">{texts.signIn.closed}</p> : null}
			{actorsFailure !== null && actorsFailure !== undefined && !isClosed ? <Failure error={actorsFailure} /> : null}
			{actors.length === 0 && (actorsFailure === null || actorsFailure === undefined) ? <Loading /> : null}
			{actors.length === 0 ? null : (
				<>
					<TextInput label={texts.signIn.search} value={search} onChange={(event) => setSearch(event.currentTarget.value)} maw={420} />
					{shown.length === 0 ? <p className="state">{texts.signIn.none}</p> : null}
					<People title={texts.signIn.people} people={shown.filter(({ kind }) => kind === "patient")} />
					<People title={texts.signIn.staff} people={shown.filter(({ kind }) => kind === "staff")} />
				</>
			)}
		</section>
	);
}

function People({ title, people }: { readonly title: string; readonly people: readonly Actor[] }) {
	const { texts, signIn } = usePortal();
	if (people.length === 0) return null;
	return (
		<>
			<h2>{title}</h2>
			<ul className="people">
				{people.map(({ key, name, about }) => (
					<li key={key}>
						<Button
							variant="default"
							fullWidth
							onClick={() => void signIn(key)}
							aria-label={fill(texts.signIn.start, { name })}
							aria-describedby={`about-${key}`}
						>
							{name}
						</Button>
						<span id={`about-${key}`} className="faint" lang="en">
							{about}
						</span>
					</li>
				))}
			</ul>
		</>
	);
}
