import { Badge } from "@mantine/core";
import type { RefusalTally } from "../../core/officerDeskTypes.ts";
import { refusedHours, refusedPeople } from "../../core/refusalView.ts";
import { Overseen } from "../../parts/officer/Overseen.tsx";
import { useNameOf, useStaffTexts } from "../../parts/officer/useStaff.ts";
import { usePortal } from "../../parts/PortalProvider.tsx";
import { fill } from "../../texts/texts.ts";

const hoursShown = 48;
const peopleShown = 50;

/** Who was turned away, how often, and when it was more than usual. */
export function Refusals() {
	const { desk } = usePortal();
	const { refusals: words } = useStaffTexts();
	return (
		<section>
			<h1>{words.title}</h1>
			<p className="lead">{words.lead}</p>
			<Overseen name="refusals" ask={() => desk.refusals()}>
				{(tallies) => (tallies.length === 0 ? <p className="state">{words.none}</p> : <Refused tallies={tallies} />)}
			</Overseen>
		</section>
	);
}

function Refused({ tallies }: { readonly tallies: readonly RefusalTally[] }) {
	const { formats } = usePortal();
	const { refusals: words, actions, purposes, live } = useStaffTexts();
	const nameOf = useNameOf();
	const causes: Readonly<Record<string, string>> = { "ledger-stale": live.stale, relabelling: live.sorting };
	return (
		<>
			<h2>{words.hours}</h2>
			<Hours tallies={tallies} />
			<h2>{words.people}</h2>
			<ul className="rules">
				{refusedPeople(tallies)
					.slice(0, peopleShown)
					.map(({ requester, total, peak, isSpike, asked, lastHourMs }) => (
						<li key={requester} className="card">
							<div className="access-top">
								<h3>{nameOf(requester)}</h3>
								{isSpike ? (
									<Badge className="badge" color="red" variant="light">
										{words.spike}
									</Badge>
								) : null}
								<span>{fill(words.total, { count: formats.number(total) })}</span>
							</div>
							{isSpike ? <p>{words.spikeWhy}</p> : null}
							<p className="faint">
								{fill(words.peak, { count: formats.number(peak.count), date: formats.time(peak.hourMs) })} · {words.last}: {formats.time(lastHourMs)}
							</p>
							<ul>
								{asked.map(({ action, purpose, reason, count }) => (
									<li key={`${action}${purpose}${reason}`}>
										{fill(words.asked, { action: actions[action], purpose: purposes[purpose] })}: {formats.number(count)}
										{causes[reason] === undefined ? "" : ` (${causes[reason]})`}
									</li>
								))}
							</ul>
						</li>
					))}
			</ul>
		</>
	);
}

const width = 720;
const height = 120;

function Hours({ tallies }: { readonly tallies: readonly RefusalTally[] }) {
	const { formats } = usePortal();
	const { refusals: words } = useStaffTexts();
	const hours = refusedHours(tallies, Date.now(), hoursShown);
	const most = hours.reduce((peak, hour) => (hour.count >= peak.count ? hour : peak));
	const total = hours.reduce((sum, { count }) => sum + count, 0);
	const step = width / hoursShown;
	const label = fill(words.chart, { total: formats.number(total), most: formats.number(most.count), date: formats.time(most.hourMs) });
	return (
		<figure className="card">
			<svg className="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
				<line className="chart-grid" x1="0" x2={width} y1={height - 1} y2={height - 1} />
				{hours.map(({ hourMs, count }, at) => {
					const tall = most.count === 0 ? 0 : (count / most.count) * (height - 6);
					return <rect key={hourMs} className="chart-bar" x={at * step + 1} width={step - 2} y={height - 1 - tall} height={tall} />;
				})}
			</svg>
			<figcaption className="faint">{label}</figcaption>
		</figure>
	);
}
