import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { toCsv } from "../../core/csv.ts";
import type { AccountedAccess, DisclosureAccount, ProcessingAnswer } from "../../core/officerDeskTypes.ts";
import { memberName } from "../../parts/AccessLine.tsx";
import { DayInput } from "../../parts/DayInput.tsx";
import { download } from "../../parts/download.ts";
import { OfficerFailure } from "../../parts/officer/OfficerFailure.tsx";
import { useNameOf, useStaffTexts } from "../../parts/officer/useStaff.ts";
import { usePortal, useSession } from "../../parts/PortalProvider.tsx";
import { useWords } from "../../parts/useWords.ts";
import { clinicTexts } from "../../texts/clinic/clinicTexts.ts";
import { fill } from "../../texts/texts.ts";

const dayMs = 86_400_000;
/** An accounting goes back six years at most (45 CFR 164.528(a)(1)). */
const years = 6;

/** Reports to print, from what the system itself knows. */
export function Reports() {
	const { reports: words } = useStaffTexts();
	return (
		<section>
			<h1 className="not-to-print">{words.title}</h1>
			<p className="lead not-to-print">{words.lead}</p>
			<Disclosures />
			<Processing />
		</section>
	);
}

function Disclosures() {
	const { desk } = usePortal();
	const { reports: words } = useStaffTexts();
	const [localId, setLocalId] = useState("");
	const [from, setFrom] = useState(() => dayOf(Date.now() - years * 365 * dayMs));
	const [to, setTo] = useState(() => dayOf(Date.now()));
	const isPeriod = from !== "" && to !== "" && from <= to;
	const report = useMutation({
		mutationFn: (id: string) => desk.disclosures({ localId: id, fromMs: Date.parse(from), toMs: Date.parse(to) + dayMs }),
	});
	const make = (event: FormEvent) => {
		event.preventDefault();
		report.mutate(localId.trim());
	};
	return (
		<>
			<div className="card not-to-print">
				<h2>{words.disclosures}</h2>
				<p>{words.disclosuresWhy}</p>
				<Find onFound={setLocalId} />
				<form className="stack" onSubmit={make}>
					<div className="ticks">
						<TextInput label={words.localId} value={localId} onChange={(event) => setLocalId(event.currentTarget.value)} />
						<DayInput label={words.from} value={from} onDay={setFrom} />
						<DayInput label={words.to} value={to} error={isPeriod ? undefined : words.badPeriod} onDay={setTo} />
					</div>
					<div className="actions">
						<Button type="submit" disabled={localId.trim() === "" || !isPeriod} loading={report.isPending}>
							{words.make}
						</Button>
					</div>
				</form>
				{report.error === null ? null : <OfficerFailure error={report.error} />}
			</div>
			{report.data === undefined ? null : <Account localId={report.variables ?? ""} account={report.data} />}
		</>
	);
}

/** By name and birth date; the look is on the patient's list. */
function Find({ onFound }: { readonly onFound: (localId: string) => void }) {
	const { desk } = usePortal();
	const clinicWords = useWords(clinicTexts);
	const { reports: words } = useStaffTexts();
	const [who, setWho] = useState({ given: "", family: "", birthDate: "" });
	const found = useMutation({
		mutationFn: () => desk.lookUp(who),
		onSuccess: ([first]) => {
			if (first !== undefined) onFound(first);
		},
	});
	const isWhole = who.given.trim() !== "" && who.family.trim() !== "" && who.birthDate !== "";
	const submit = (event: FormEvent) => {
		event.preventDefault();
		found.mutate();
	};
	return (
		<form className="stack" onSubmit={submit}>
			<div className="ticks">
				<TextInput label={clinicWords.clinic.given} value={who.given} onChange={(event) => setWho({ ...who, given: event.currentTarget.value })} />
				<TextInput label={clinicWords.clinic.family} value={who.family} onChange={(event) => setWho({ ...who, family: event.currentTarget.value })} />
				<DayInput label={clinicWords.clinic.born} value={who.birthDate} onDay={(birthDate) => setWho({ ...who, birthDate })} />
			</div>
			<div className="actions">
				<Button type="submit" variant="default" disabled={!isWhole} loading={found.isPending}>
					{words.find}
				</Button>
				{found.data === undefined ? null : <span role="status">{found.data.length === 0 ? words.nobody : words.found}</span>}
			</div>
			{found.error === null ? null : <OfficerFailure error={found.error} />}
		</form>
	);
}

function Account({ localId, account }: { readonly localId: string; readonly account: DisclosureAccount }) {
	const { formats } = usePortal();
	const { house } = useSession();
	const { reports: words, duties } = useStaffTexts();
	const rowOf = useRowOf();
	const told = account.accesses.filter(({ duty }) => duty === "to-account");
	const rest = account.accesses.filter(({ duty }) => duty !== "to-account" && duty !== "nothing-released");
	const columns = [words.date, words.receiver, words.data, words.purpose];
	const rows = [
		[...columns, words.why],
		...account.accesses.filter(({ duty }) => duty !== "nothing-released").map((row) => [...rowOf(row), duties[row.duty]]),
	];
	const name = `disclosures-${localId.slice(0, 8)}`;
	return (
		<article className="card report">
			<h2>{words.heading}</h2>
			<p>{fill(words.patient, { id: localId, house: house.name })}</p>
			<p>{fill(words.period, { from: formats.day(account.fromMs), to: formats.day(account.toMs - dayMs) })}</p>
			<Tools name={name} csv={() => toCsv(rows)} json={account} />
			<h3>{words.must}</h3>
			{told.length === 0 ? <p>{words.mustNone}</p> : <Table label={words.must} columns={columns} rows={told.map(rowOf)} />}
			<h3>{words.rest}</h3>
			{rest.length === 0 ? (
				<p>{words.restNone}</p>
			) : (
				<Table label={words.rest} columns={[...columns, words.why]} rows={rest.map((row) => [...rowOf(row), duties[row.duty]])} />
			)}
			<p className="faint">{words.limit}</p>
		</article>
	);
}

/** The columns of 45 CFR 164.528(b)(2): when, who, what, what for. */
function useRowOf(): (access: AccountedAccess) => readonly string[] {
	const { texts, formats } = usePortal();
	const { genesis } = useSession();
	const { purposes, levels, reports: words } = useStaffTexts();
	const nameOf = useNameOf();
	const names: Readonly<Record<string, string>> = { ...texts.classes, ...texts.compartments };
	return ({ atMs, requester, requesterKind, via, compartments, level, model, purpose }) => [
		formats.time(atMs),
		`${requesterKind === "patient" ? words.thePatient : nameOf(requester)}, ${memberName(genesis.members, via)}`,
		`${compartments.map((each) => names[each] ?? each).join(", ")} (${levels[level]})${model === "" ? "" : `, ${model}`}`,
		purposes[purpose],
	];
}

interface TableProps {
	readonly label: string;
	readonly columns: readonly string[];
	readonly rows: readonly (readonly string[])[];
}

function Table({ label, columns, rows }: TableProps) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keys
		<section className="table-scroll" tabIndex={0} aria-label={label}>
			<table>
				<thead>
					<tr>
						{columns.map((column) => (
							<th key={column} scope="col">
								{column}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row, at) => (
						// biome-ignore lint/suspicious/noArrayIndexKey: rows of one report never change places
						<tr key={at}>
							{row.map((cell, column) => (
								<td key={columns[column]}>{cell}</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

function Tools({ name, csv, json }: { readonly name: string; readonly csv: () => string; readonly json: object }) {
	const { common } = useStaffTexts();
	return (
		<div className="actions not-to-print">
			<Button variant="default" onClick={() => print()}>
				{common.print}
			</Button>
			<Button variant="default" onClick={() => download(new Blob([csv()], { type: "text/csv" }), `${name}.csv`)}>
				{common.save}
			</Button>
			<Button variant="default" onClick={() => download(new Blob([JSON.stringify(json, null, "\t")], { type: "application/json" }), `${name}.json`)}>
				{common.saveJson}
			</Button>
		</div>
	);
}

function Processing() {
	const { desk } = usePortal();
	const { reports: words } = useStaffTexts();
	const report = useMutation({ mutationFn: () => desk.processing() });
	return (
		<>
			<div className="card not-to-print">
				<h2>{words.processing}</h2>
				<p>{words.processingWhy}</p>
				<div className="actions">
					<Button loading={report.isPending} onClick={() => report.mutate()}>
						{words.processingMake}
					</Button>
				</div>
				{report.error === null ? null : <OfficerFailure error={report.error} />}
			</div>
			{report.data === undefined ? null : <ProcessingReport report={report.data} />}
		</>
	);
}

function ProcessingReport({ report }: { readonly report: ProcessingAnswer }) {
	const { texts, formats } = usePortal();
	const staff = useStaffTexts();
	const { reports: words, purposes, levels, common } = staff;
	const names: Readonly<Record<string, string>> = { ...texts.classes, ...texts.compartments };
	const columns = [words.purpose, words.kinds, words.receivers, words.levels, words.count, words.lastDay];
	const rows = report.purposes.map((each) => [
		purposes[each.purpose],
		each.classes.map((name) => names[name] ?? name).join(", "),
		each.recipients.map(({ name }) => name).join(", "),
		each.levels.map((level) => levels[level]).join(", "),
		formats.number(each.uses),
		formats.day(each.lastDayMs),
	]);
	const said = (table: Readonly<Record<string, string>>, codes: readonly string[]) => codes.map((code) => <li key={code}>{table[code] ?? code}</li>);
	return (
		<article className="card report">
			<h2>{words.processing}</h2>
			<p>{fill(common.asOf, { date: formats.time(report.madeAtMs) })}</p>
			<Tools name="records-of-processing" csv={() => toCsv([columns, ...rows])} json={report} />
			<h3>{words.controller}</h3>
			<p>{report.controller.name}</p>
			<h3>{words.uses}</h3>
			{rows.length === 0 ? <p>{words.usesNone}</p> : <Table label={words.uses} columns={columns} rows={rows} />}
			<h3>{words.subjects}</h3>
			<p>{words.subjectsAre}</p>
			<h3>{words.retention}</h3>
			<p>{fill(words.retentionIs, { years: formats.number(report.retention.auditYears) })}</p>
			<h3>{words.measures}</h3>
			<ul>{said(staff.measures, report.measures)}</ul>
			<h3>{words.byHand}</h3>
			<ul>{said(staff.byHand, report.byHand)}</ul>
		</article>
	);
}

function dayOf(atMs: number): string {
	return new Date(atMs).toISOString().slice(0, 10);
}
