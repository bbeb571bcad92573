import { Button, SegmentedControl } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { AccessRow } from "../core/deskTypes.ts";
import { AccessLine } from "../parts/AccessLine.tsx";
import { download } from "../parts/download.ts";
import { NodeText } from "../parts/NodeText.tsx";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { type CheckedHistory, useHistory } from "../parts/queries.ts";
import { Loaded } from "../parts/States.tsx";
import { faultOf, Verdict } from "../parts/Verdict.tsx";
import { fill } from "../texts/texts.ts";

type Filter = "others" | "mine" | "all";
const shownAtOnce = 25;

export function WhoLooked() {
	const { texts, remember } = usePortal();
	const { house } = useSession();
	const history = useHistory();
	const client = useQueryClient();
	const summary = history.data?.summary;
	// Seen is what was shown as it stands, not what could not be believed.
	useEffect(() => {
		if (summary?.seen !== null && summary?.seen !== undefined) remember({ lookedAtMs: Date.now() });
	}, [summary, remember]);
	return (
		<section>
			<h1>{texts.looked.title}</h1>
			<p className="lead">{fill(texts.looked.lead, { house: house.name })}</p>
			<Loaded query={history} label={texts.looked.checking}>
				{(checked) => (
					<>
						<Verdict summary={checked.summary} />
						<div className="actions">
							<Button
								variant="default"
								loading={history.isFetching}
								onClick={() => void client.invalidateQueries({ queryKey: ["person", "history"] })}
							>
								{texts.looked.again}
							</Button>
							<SaveCopy />
						</div>
						<Steps checked={checked} />
						{checked.summary.verdict === "refused" ? null : <Accesses rows={checked.rows} />}
						<p className="faint">{texts.looked.limit}</p>
					</>
				)}
			</Loaded>
		</section>
	);
}

function Steps({ checked: { summary } }: { readonly checked: CheckedHistory }) {
	const { texts, formats } = usePortal();
	const { checks, total, checkMs, asOfMs, warnings } = summary;
	return (
		<details className="steps">
			<summary>{texts.looked.steps}</summary>
			<ol>
				{checks.map(({ name, ok, code }) => (
					<li key={name} className={ok ? "step-ok" : "step-bad"}>
						<span aria-hidden="true">{ok ? "✓" : "✗"}</span> {texts.checks[name]}:{" "}
						{ok ? texts.sharing.yes : `${texts.sharing.no}. ${faultOf(code, texts)}`}
					</li>
				))}
			</ol>
			<p>{fill(texts.looked.took, { total: formats.number(total), seconds: formats.number(Math.round(checkMs / 10) / 100) })}</p>
			{asOfMs === null ? null : <p>{fill(texts.looked.asOf, { date: formats.time(asOfMs) })}</p>}
			{warnings.map((warning) => (
				<p key={warning}>
					<NodeText sentence={warning} />
				</p>
			))}
		</details>
	);
}

function Accesses({ rows }: { readonly rows: readonly AccessRow[] }) {
	const { texts } = usePortal();
	const [filter, setFilter] = useState<Filter>("others");
	const [shown, setShown] = useState(shownAtOnce);
	const isOther = ({ kind }: AccessRow) => kind === "person" || kind === "member";
	const wanted = filter === "all" ? rows : rows.filter((row) => isOther(row) === (filter === "others"));
	return (
		<>
			<div className="filter">
				<SegmentedControl
					aria-label={texts.looked.show}
					value={filter}
					onChange={(value) => {
						setFilter(value as Filter);
						setShown(shownAtOnce);
					}}
					data={[
						{ value: "others", label: texts.looked.others },
						{ value: "mine", label: texts.looked.mine },
						{ value: "all", label: texts.looked.everyone },
					]}
				/>
			</div>
			{wanted.length === 0 ? <p className="state">{filter === "others" ? texts.home.noneAsked : texts.looked.none}</p> : null}
			<ul className="accesses">
				{wanted.slice(0, shown).map((row) => (
					<AccessLine key={`${row.log}/${row.seq}`} row={row} withPlace />
				))}
			</ul>
			{wanted.length > shown ? (
				<Button variant="default" onClick={() => setShown(shown + 4 * shownAtOnce)}>
					{texts.looked.more}
				</Button>
			) : null}
		</>
	);
}

/** The history as it came and what it was checked against, as two files that another program takes. */
function SaveCopy() {
	const { texts, desk } = usePortal();
	const { actor, house, helped, pseudonym } = useSession();
	const [isSaved, setSaved] = useState(false);
	const save = async () => {
		const { history, pins } = await desk.exportHistory();
		const name = `${helped === undefined ? actor.key : pseudonym.slice(0, 16)}-${house.member}`;
		download(history, `${name}.history.json`);
		download(pins, `${name}.pins.json`);
		setSaved(true);
	};
	return (
		<>
			<Button variant="default" onClick={() => void save()}>
				{texts.looked.save}
			</Button>
			{isSaved ? <p role="status">{texts.looked.saveWhy}</p> : null}
		</>
	);
}
