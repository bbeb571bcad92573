import { Alert, Badge, Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { modelName } from "../../parts/AccessLine.tsx";
import { OfficerFailure } from "../../parts/officer/OfficerFailure.tsx";
import { rolesText, useNameOf, useStaffTexts } from "../../parts/officer/useStaff.ts";
import { isRefused, useWatch, type WatchedLine } from "../../parts/officer/useWatch.ts";
import { usePortal } from "../../parts/PortalProvider.tsx";
import { Loading } from "../../parts/States.tsx";
import { fill } from "../../texts/texts.ts";

type Shown = "all" | "refused" | "emergencies";
const shownMost = 100;

/** Each use of the door, as it comes. */
export function Live() {
	const { texts, formats } = usePortal();
	const staff = useStaffTexts();
	const { live } = staff;
	const nameOf = useNameOf();
	const [isPaused, setPaused] = useState(false);
	const [show, setShow] = useState<Shown>("all");
	const [search, setSearch] = useState("");
	const { lines, missed, hasAnswered, error } = useWatch(isPaused);
	const wanted = search.trim().toLowerCase();
	const fits = (line: WatchedLine) => {
		if (show === "refused" && line.decision === "permit") return false;
		if (show === "emergencies" && !line.isEmergency) return false;
		return wanted === "" || `${nameOf(line.requester)} ${rolesText(line.roles, staff)} ${line.requester}`.toLowerCase().includes(wanted);
	};
	const shown = lines.filter(fits).slice(0, shownMost);
	return (
		<section>
			<h1>{live.title}</h1>
			<p className="lead">{live.lead}</p>
			{error === undefined ? null : isRefused(error) ? (
				<OfficerFailure error={error} />
			) : (
				<Alert color="orange" variant="light" role="alert">
					{live.lost}
				</Alert>
			)}
			<div className="filter">
				<Button variant="default" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
					{isPaused ? live.goOn : live.pause}
				</Button>
				<NativeSelect
					label={live.show}
					value={show}
					onChange={(event) => setShow(event.currentTarget.value as Shown)}
					data={[
						{ value: "all", label: live.all },
						{ value: "refused", label: live.refused },
						{ value: "emergencies", label: live.emergencies },
					]}
				/>
				<TextInput label={live.search} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
			</div>
			<p className="faint" role="status">
				{isPaused ? live.paused : fill(live.live, { count: formats.number(lines.length) })}{" "}
				{missed === 0 ? "" : fill(live.missed, { count: formats.number(missed) })}
			</p>
			{!hasAnswered && error === undefined ? <Loading /> : null}
			{hasAnswered && lines.length === 0 ? <p className="state">{live.empty}</p> : null}
			{lines.length > 0 && shown.length === 0 ? <p className="state">{live.noFit}</p> : null}
			<ul className="plain" aria-label={texts.app.live}>
				{shown.map((line) => (
					<Line key={line.line} line={line} />
				))}
			</ul>
		</section>
	);
}

function Line({ line }: { readonly line: WatchedLine }) {
	const { texts, formats, house } = usePortal();
	const staff = useStaffTexts();
	const nameOf = useNameOf();
	const { live, common, actions, purposes } = staff;
	const { requester, roles, decision, isEmergency, atMs, action, purpose, classes, via, patient, patients, reason, model, level } = line;
	const names = { ...texts.classes, ...texts.compartments };
	const causes: Readonly<Record<string, string>> = { "ledger-stale": live.stale, relabelling: live.sorting };
	return (
		<li className={isEmergency ? "access access-emergency" : "access"} data-decision={decision}>
			<div className="access-top">
				<strong>{nameOf(requester)}</strong>
				<Badge className="badge" color={isEmergency ? "red" : decision === "permit" ? "teal" : "gray"} variant="light">
					{isEmergency ? live.emergency : decision === "permit" ? live.granted : live.turned}
				</Badge>
				<time className="faint" dateTime={new Date(atMs).toISOString()}>
					{formats.time(atMs)}
				</time>
			</div>
			<p>
				{actions[action]} {purposes[purpose]}
				{classes.length === 0 ? "" : `: ${classes.map((name) => names[name]).join(", ")}`}
			</p>
			<p className="faint">
				{[
					rolesText(roles, staff),
					...(via === house?.member ? [] : [via]),
					...(patient === "" ? [] : [fill(common.patient, { name: patient })]),
					...(patients > 1 ? [fill(live.many, { count: formats.number(patients) })] : []),
					...(level === "identified" ? [] : [staff.levels[level]]),
					...(model === "" ? [] : [modelName(model, texts)]),
					...(causes[reason] === undefined ? [] : [causes[reason]]),
				].join(" · ")}
			</p>
		</li>
	);
}
