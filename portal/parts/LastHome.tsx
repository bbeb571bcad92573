import { Alert } from "@mantine/core";
import type { LastHome as Home } from "../core/lastHome.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

/** In place of the first page while the node cannot be reached: what was checked last in this window, and how long ago. */
export function LastHome({ home }: { readonly home: Home }) {
	const { texts, formats } = usePortal();
	const { house, verdict, checkedAtMs, looks, rules } = home;
	const found = { verified: texts.looked.verified, "signed by one party": texts.looked.oneParty, refused: texts.looked.refused }[verdict];
	return (
		<section data-last-home={verdict}>
			<h1>{texts.state.lastTitle}</h1>
			<Alert color="orange" variant="light" title={texts.state.offline} role="alert">
				{fill(texts.state.offlineWhy, { house })}
			</Alert>
			<div className="card">
				<p>{fill(texts.state.lastWhen, { date: formats.time(checkedAtMs), age: formats.age(Date.now() - checkedAtMs) })}</p>
				<ul className="list">
					<li>{found}</li>
					<li>{fill(texts.state.lastLooks, { count: formats.number(looks) })}</li>
					<li>{fill(texts.state.lastRules, { count: formats.number(rules) })}</li>
				</ul>
				<p className="faint">{texts.state.lastNot}</p>
			</div>
		</section>
	);
}
