import { Badge } from "@mantine/core";
import type { ReactNode } from "react";
import type { HealthAnswer } from "../../core/officerDeskTypes.ts";
import { memberName } from "../../parts/AccessLine.tsx";
import { Overseen } from "../../parts/officer/Overseen.tsx";
import { useStaffTexts } from "../../parts/officer/useStaff.ts";
import { usePortal, useSession } from "../../parts/PortalProvider.tsx";
import { fill } from "../../texts/texts.ts";

/** A ledger that was not looked at for longer lets nobody read (PROTOCOL §5). */
const freshMs = 30_000;
/** Entries that wait longer than this for their mark are overdue: one may be written each minute. */
const overdueMs = 5 * 60_000;
/** Copies and checks that are older are to be made anew. */
const careMs = 7 * 24 * 3_600_000;

/** How ledger, logs, keys and copies are. */
export function Health() {
	const { desk } = usePortal();
	const { health: words } = useStaffTexts();
	return (
		<section>
			<h1>{words.title}</h1>
			<p className="lead">{words.lead}</p>
			<Overseen name="health" ask={() => desk.health()}>
				{(health) => (
					<div className="cards">
						<LedgerPart health={health} />
						{health.logs.map((log) => (
							<LogPart key={log.log} log={log} nowMs={health.atMs} />
						))}
						<Keys health={health} />
						<Care health={health} />
					</div>
				)}
			</Overseen>
		</section>
	);
}

function Part({ title, isGood, children }: { readonly title: string; readonly isGood: boolean; readonly children: ReactNode }) {
	const { health: words } = useStaffTexts();
	return (
		<div className="card" data-good={isGood}>
			<div className="access-top">
				<h2>{title}</h2>
				<Badge className="badge" color={isGood ? "green" : "orange"} variant="light">
					{isGood ? words.good : words.look}
				</Badge>
			</div>
			{children}
		</div>
	);
}

function LedgerPart({ health: { ledger } }: { readonly health: HealthAnswer }) {
	const { formats } = usePortal();
	const { genesis } = useSession();
	const { health: words } = useStaffTexts();
	const { height, timeMs, logSize, stalenessMs, standing, witnesses, asked, logRoot } = ledger;
	const found = witnesses.filter(({ cosigned }) => cosigned).length;
	const isFresh = stalenessMs <= freshMs;
	const said = { found: formats.number(found), all: formats.number(witnesses.length), asked: formats.number(asked) };
	const vouched = standing === "agreed" ? words.agreed : fill(standing === "witnessed" ? words.witnessed : words.alone, said);
	return (
		<Part title={words.ledger} isGood={isFresh && standing !== "signed by one party"}>
			<p>{fill(words.height, { height: formats.number(height), date: formats.time(timeMs) })}</p>
			<p>{fill(words.entries, { count: formats.number(logSize) })}</p>
			<p>{fill(isFresh ? words.fresh : words.old, { seconds: formats.number(Math.round(stalenessMs / 1000)) })}</p>
			<p>{vouched}</p>
			<ul>
				{witnesses.map(({ member, cosigned }) => (
					<li key={member}>{fill(cosigned ? words.vouches : words.silent, { member: memberName(genesis.members, member) })}</li>
				))}
			</ul>
			<p>
				<code>{logRoot}</code>
			</p>
		</Part>
	);
}

function LogPart({ log, nowMs }: { readonly log: HealthAnswer["logs"][number]; readonly nowMs: number }) {
	const { formats } = usePortal();
	const { health: words } = useStaffTexts();
	const { status, entries = log.anchoredEntries, anchoredEntries, anchoredAtMs, lostEntries } = log;
	const waiting = entries - anchoredEntries;
	const isOverdue = status === "open" && waiting > 0 && nowMs - anchoredAtMs > overdueMs;
	return (
		<Part title={fill(words.log, { log: log.log })} isGood={!isOverdue && lostEntries === 0}>
			<p>{fill(words.logOpen, { count: formats.number(entries), anchored: formats.number(anchoredEntries) })}</p>
			<p>{anchoredAtMs === 0 ? words.neverAnchored : fill(words.anchored, { date: formats.time(anchoredAtMs) })}</p>
			{waiting === 0 ? null : <p>{fill(words.waiting, { count: formats.number(waiting) })}</p>}
			{isOverdue ? <p>{words.overdue}</p> : null}
			{status === "open" ? null : <p>{words.logClosed}</p>}
			{lostEntries === 0 ? null : <p>{fill(words.lost, { count: formats.number(lostEntries) })}</p>}
		</Part>
	);
}

function Keys({ health: { keyring, isRelabelling } }: { readonly health: HealthAnswer }) {
	const { health: words } = useStaffTexts();
	return (
		<Part title={words.keys} isGood={keyring.answers && !isRelabelling}>
			<p>{keyring.answers ? words.keysAnswer : words.keysSilent}</p>
			{isRelabelling ? <p>{words.sorting}</p> : null}
		</Part>
	);
}

function Care({ health: { audit, backup, keyBackup, atMs } }: { readonly health: HealthAnswer }) {
	const { formats } = usePortal();
	const { health: words } = useStaffTexts();
	const isFresh = (done: { readonly atMs: number } | null) => done !== null && atMs - done.atMs < careMs;
	const at = (done: { readonly atMs: number } | null, text: string, none: string) =>
		done === null ? none : fill(text, { date: formats.time(done.atMs) });
	const audited =
		audit === null || audit.findings === 0
			? at(audit, words.audit, words.noAudit)
			: fill(words.auditBad, { date: formats.time(audit.atMs), count: formats.number(audit.findings) });
	return (
		<Part title={words.care} isGood={isFresh(audit) && audit?.findings === 0 && isFresh(backup) && isFresh(keyBackup)}>
			<p>{audited}</p>
			<p>{at(backup, words.backup, words.noBackup)}</p>
			<p>{at(keyBackup, words.keyBackup, words.noKeyBackup)}</p>
		</Part>
	);
}
