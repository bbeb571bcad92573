import { Alert, Button, Checkbox } from "@mantine/core";
import { useEffect, useState } from "react";
import type { BundleNotice } from "../core/bundleNotice.ts";
import type { AdoptFailure } from "../guard/guardMessages.ts";
import { fill } from "../texts/texts.ts";
import { guard, useBundle } from "./bundleQueries.ts";
import { usePortal } from "./PortalProvider.tsx";

const keptKey = "aceso/kept-page";
const colours = { replaced: "red", guard: "red", older: "red", unknown: "red", unproved: "yellow", unvouched: "yellow", newer: "blue" } as const;

/** Above every page: that the node serves another page than the one that runs, and what is known of it. */
export function BundleBanner() {
	const { notice } = useBundle();
	const { signOut, session } = usePortal();
	const [kept, setKept] = useState(() => sessionStorage.getItem(keptKey));
	const isReplaced = notice?.kind === "replaced";
	useEffect(() => {
		if (isReplaced && session !== undefined) signOut();
	}, [isReplaced, session, signOut]);
	if (notice === undefined || ("hash" in notice && notice.hash === kept)) return null;
	const keep = () => {
		if (!("hash" in notice)) return;
		sessionStorage.setItem(keptKey, notice.hash);
		setKept(notice.hash);
	};
	return (
		<div className="banner">
			<Notice notice={notice} onKeep={keep} />
		</div>
	);
}

function Notice({ notice, onKeep }: { readonly notice: BundleNotice; readonly onKeep: (() => void) | undefined }) {
	const { texts, formats } = usePortal();
	const { kind } = notice;
	const words = texts.bundle;
	const title = kind === "unproved" ? words.unknown : kind === "unvouched" ? words.title : words[kind];
	const why = {
		replaced: words.replacedWhy,
		guard: words.guardWhy,
		newer: words.newerWhy,
		older: words.olderWhy,
		unknown: words.unknownWhy,
		unproved: words.unprovedWhy,
		unvouched: words.unvouched,
	}[kind];
	return (
		<Alert color={colours[kind]} variant="light" title={title} role={colours[kind] === "red" ? "alert" : "status"} data-bundle={kind}>
			<p>{fill(why, "version" in notice ? { version: formats.number(notice.version) } : {})}</p>
			{"hash" in notice ? <Choice notice={notice} onKeep={onKeep} /> : null}
		</Alert>
	);
}

/** What is not the same, and the two ways on. Only what members stand for is taken without a second word. */
function Choice({ notice, onKeep }: { readonly notice: BundleNotice & { readonly hash: string }; readonly onKeep: (() => void) | undefined }) {
	const { texts, formats } = usePortal();
	const words = texts.bundle;
	const [isSure, setSure] = useState(notice.kind === "newer");
	const [failure, setFailure] = useState<AdoptFailure>();
	const { changed, added, removed } = "changes" in notice ? notice.changes : { changed: [], added: [], removed: [] };
	const take = () => void guard?.adopt(notice.hash).then(setFailure);
	return (
		<>
			<details>
				<summary>{words.what}</summary>
				<p>
					{fill(words.counts, {
						changed: formats.number(changed.length),
						added: formats.number(added.length),
						removed: formats.number(removed.length),
					})}
				</p>
				<ul className="list">
					{[...changed, ...added, ...removed].map((path) => (
						<li key={path}>
							<code>{path}</code>
						</li>
					))}
				</ul>
			</details>
			{failure === undefined ? null : <p role="alert">{failure === "OFFLINE" ? words.failedOffline : words.failed}</p>}
			{notice.kind === "newer" || notice.hash === "" ? null : (
				<Checkbox label={words.sure} checked={isSure} onChange={(event) => setSure(event.currentTarget.checked)} my="xs" />
			)}
			<div className="actions">
				{onKeep === undefined ? null : (
					<Button variant={notice.kind === "newer" ? "default" : "filled"} onClick={onKeep}>
						{words.keep}
					</Button>
				)}
				{notice.hash === "" ? null : (
					<Button variant={notice.kind === "newer" ? "filled" : "default"} disabled={!isSure} onClick={take}>
						{notice.kind === "newer" ? words.update : words.anyway}
					</Button>
				)}
			</div>
		</>
	);
}

/** On the page that tells how everything is checked: which page this is, since when, and who stands for it. */
export function BundleCard() {
	const { texts, formats } = usePortal();
	const { notice, pinned, release, isJudged } = useBundle();
	const words = texts.bundle;
	const vouched = release?.version === undefined ? words.unvouched : release.standing === "signed by one party" ? words.vouchedOne : words.vouched;
	const isBehind = release?.version !== undefined && release.newest !== undefined && release.newest > release.version;
	return (
		<>
			<h2>{words.title}</h2>
			<div className="card">
				{pinned === undefined ? (
					<p>{guard === undefined ? words.none : words.waiting}</p>
				) : (
					<>
						<p>{fill(words.kept, { date: formats.time(pinned.sinceMs) })}</p>
						{isJudged ? <p>{release === undefined ? words.unproved : fill(vouched, { version: formats.number(release.version ?? 0) })}</p> : null}
						{isBehind ? <p>{fill(words.behind, { version: formats.number(release.newest ?? 0) })}</p> : null}
						<dl className="pins">
							<dt>{words.print}</dt>
							<dd>
								<code>{pinned.hash}</code>
							</dd>
						</dl>
					</>
				)}
				{notice !== undefined && "hash" in notice ? <Notice notice={notice} onKeep={undefined} /> : null}
			</div>
		</>
	);
}
