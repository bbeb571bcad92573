import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { DayInput } from "../parts/DayInput.tsx";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { Failure } from "../parts/States.tsx";
import { useWords } from "../parts/useWords.ts";
import { clinicTexts } from "../texts/clinic/clinicTexts.ts";

/** Whom a clinician treats, and the way to anybody else: by name and birth date, which is on the patient's list of looks. */
export function Patients() {
	const { formats } = usePortal();
	const words = useWords(clinicTexts);
	const { patients } = useSession();
	return (
		<section>
			<h1>{words.clinic.title}</h1>
			<p className="lead">{words.clinic.lead}</p>
			{patients.length === 0 ? <p className="state">{words.clinic.none}</p> : null}
			<ul className="rules">
				{patients.map(({ localId, name, birthDate }) => (
					<li key={localId} className="card">
						<Link to="/patients/$localId" params={{ localId }}>
							{name}
						</Link>
						<p className="faint">{formats.day(birthDate)}</p>
					</li>
				))}
			</ul>
			<LookUp />
		</section>
	);
}

function LookUp() {
	const { desk } = usePortal();
	const words = useWords(clinicTexts);
	const [who, setWho] = useState({ given: "", family: "", birthDate: "" });
	const found = useMutation({ mutationFn: () => desk.lookUp(who) });
	const submit = (event: FormEvent) => {
		event.preventDefault();
		found.mutate();
	};
	const isWhole = who.given.trim() !== "" && who.family.trim() !== "" && who.birthDate !== "";
	return (
		<form className="card" onSubmit={submit}>
			<h2>{words.clinic.find}</h2>
			<p>{words.clinic.findWhy}</p>
			<div className="ticks">
				<TextInput label={words.clinic.given} value={who.given} onChange={(event) => setWho({ ...who, given: event.currentTarget.value })} />
				<TextInput label={words.clinic.family} value={who.family} onChange={(event) => setWho({ ...who, family: event.currentTarget.value })} />
				<DayInput label={words.clinic.born} value={who.birthDate} onDay={(birthDate) => setWho({ ...who, birthDate })} />
			</div>
			<div className="actions">
				<Button type="submit" disabled={!isWhole} loading={found.isPending}>
					{words.clinic.search}
				</Button>
			</div>
			{found.error === null ? null : <Failure error={found.error} />}
			{found.data?.length === 0 ? <p role="status">{words.clinic.nobody}</p> : null}
			<ul>
				{found.data?.map((localId) => (
					<li key={localId}>
						<Link to="/patients/$localId" params={{ localId }}>
							{words.clinic.open} ({localId.slice(0, 8)})
						</Link>
					</li>
				))}
			</ul>
		</form>
	);
}
