import { Alert, Button } from "@mantine/core";
import { useState } from "react";
import { sayScope } from "../../src/node/signin/pages/scopeWords.ts";
import { smartScopesOf } from "../../src/node/signin/smartScopes.ts";
import type { AccountView, AllowedApp, KeptCopy } from "../core/accountTypes.ts";
import { addressForPasskeys, makeOwnPasskey } from "../core/passkeys.ts";
import { useAccount, useAccountAct, useKeeping } from "../parts/accountQueries.ts";
import { PassphraseForm } from "../parts/PassphraseForm.tsx";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { Replacement } from "../parts/Replacement.tsx";
import { AfterChange, ReviewWays, Sittings } from "../parts/Sittings.tsx";
import { Failure, Loaded } from "../parts/States.tsx";
import { useWords } from "../parts/useWords.ts";
import { WordsForm } from "../parts/WordsForm.tsx";
import { accountTexts } from "../texts/account/accountTexts.ts";
import { fill } from "../texts/texts.ts";

const eventsShown = 20;

/** The ways to one's key, the applications that were let in, and what happened with both. */
export function MyKey() {
	const { house } = usePortal();
	const words = useWords(accountTexts);
	const { actor, pseudonym } = useSession();
	const account = useAccount();
	return (
		<section>
			<h1>{words.keys.title}</h1>
			<p className="lead">{fill(words.keys.lead, { house: house?.name ?? "" })}</p>
			{actor.kind === "staff" ? (
				<div className="card">
					<h2>{words.keys.code}</h2>
					<p>{words.keys.codeWhy}</p>
					<p>
						<code>{pseudonym}</code>
					</p>
				</div>
			) : null}
			<Replacement />
			<ReviewWays isHere />
			<Loaded query={account}>
				{(view) => (
					<>
						<div className="card">
							<h2>{words.keys.ways}</h2>
							<Ways view={view} />
						</div>
						{actor.kind === "staff" ? null : (
							<div className="card">
								<h2>{words.keys.words}</h2>
								<CheckWords />
							</div>
						)}
						<div className="card">
							<h2>{words.keys.apps}</h2>
							<Apps apps={view.apps} />
						</div>
						<Sittings sittings={view.sittings} />
						<div className="card">
							<h2>{words.keys.everywhere}</h2>
							<Everywhere />
						</div>
						<div className="card">
							<h2>{words.keys.events}</h2>
							<Events view={view} />
						</div>
					</>
				)}
			</Loaded>
		</section>
	);
}

function Ways({ view: { copies, sittings } }: { readonly view: AccountView }) {
	const { desk, api, house } = usePortal();
	const words = useWords(accountTexts);
	const { actor } = useSession();
	const act = useAccountAct();
	const passkey = useKeeping(async () =>
		desk.keepByPasskey(await makeOwnPasskey(api, `${house?.name ?? ""}${actor.name === "" ? "" : `: ${actor.name}`}`)),
	);
	return (
		<div className="stack">
			{copies.length === 0 ? <p className="state">{words.keys.waysNone}</p> : null}
			<ul className="plain">
				{copies.map((copy) => (
					<li key={copy.id} className="item">
						<Way copy={copy} onRemove={copies.length > 1 ? () => act.mutate({ act: "remove-copy", of: copy.id }) : undefined} />
					</li>
				))}
			</ul>
			{act.error === null ? null : <Failure error={act.error} />}
			{passkey.error === null ? null : <Failure error={passkey.error} />}
			{passkey.isSuccess ? <Done /> : null}
			{passkey.isSuccess || act.isSuccess ? <AfterChange sittings={sittings} /> : null}
			{addressForPasskeys(location) === undefined ? (
				<p>
					<Button onClick={() => passkey.mutate(undefined)} loading={passkey.isPending}>
						{words.keys.addPasskey}
					</Button>
				</p>
			) : null}
			<details>
				<summary>{words.keys.addPhrase}</summary>
				<NewPassphrase />
			</details>
		</div>
	);
}

function Done() {
	const words = useWords(accountTexts);
	return (
		<Alert color="green" variant="light" role="status">
			{words.keys.kept}
		</Alert>
	);
}

function Way({ copy, onRemove }: { readonly copy: KeptCopy; readonly onRemove: (() => void) | undefined }) {
	const { formats } = usePortal();
	const words = useWords(accountTexts);
	const [isSure, setSure] = useState(false);
	const name =
		copy.by === "passphrase" ? fill(words.keys.byPhrase, { name: copy.name }) : copy.by === "passkey" ? words.keys.byPasskey : words.keys.byProvider;
	const since = copy.keptAtMs === 0 ? "" : fill(words.keys.since, { date: formats.time(copy.keptAtMs) });
	const used = copy.usedAtMs === null ? words.keys.neverUsed : fill(words.keys.used, { date: formats.time(copy.usedAtMs) });
	return (
		<>
			<p>
				<strong>{name}</strong>
			</p>
			<p className="faint">
				{since} {used}
			</p>
			{onRemove === undefined ? null : (
				<p className="actions">
					{isSure ? (
						<>
							<Button color="red" onClick={onRemove}>
								{words.keys.removeSure}
							</Button>
							<Button variant="default" onClick={() => setSure(false)}>
								{words.keys.removeKeep}
							</Button>
						</>
					) : (
						<Button variant="default" onClick={() => setSure(true)} aria-label={`${words.keys.remove}: ${name}`}>
							{words.keys.remove}
						</Button>
					)}
				</p>
			)}
		</>
	);
}

function NewPassphrase() {
	const { desk } = usePortal();
	const words = useWords(accountTexts);
	const keeping = useKeeping(desk.keepByPassphrase);
	return (
		<PassphraseForm
			go={words.keys.keepPhrase}
			kind="new"
			why={words.keys.phraseWhy}
			isWorking={keeping.isPending}
			onLogin={(login, clear) => keeping.mutate(login, { onSuccess: clear })}
		>
			{keeping.error === null ? null : <Failure error={keeping.error} />}
			{keeping.isSuccess ? <Done /> : null}
		</PassphraseForm>
	);
}

function CheckWords() {
	const { texts, desk } = usePortal();
	const words = useWords(accountTexts);
	const [answer, setAnswer] = useState<boolean | "failed">();
	const check = (words: string) => void desk.checkWords(words).then(setAnswer, () => setAnswer("failed"));
	return (
		<div className="stack">
			<p>{words.keys.wordsWhy}</p>
			{answer === undefined ? null : (
				<Alert color={answer === true ? "green" : "red"} variant="light" role="status">
					{answer === true ? words.keys.wordsRight : answer === false ? words.keys.wordsOther : texts.faults.WALLET_WORDS_INVALID}
				</Alert>
			)}
			<details>
				<summary>{words.keys.wordsCheck}</summary>
				<WordsForm go={words.keys.wordsGo} onWords={check} />
			</details>
		</div>
	);
}

function Apps({ apps }: { readonly apps: readonly AllowedApp[] }) {
	const { formats, language } = usePortal();
	const words = useWords(accountTexts);
	const act = useAccountAct();
	if (apps.length === 0) return <p className="state">{words.keys.appsNone}</p>;
	return (
		<div className="stack">
			{act.error === null ? null : <Failure error={act.error} />}
			<ul className="plain">
				{apps.map((app) => (
					<li key={app.id} className="item">
						<p>
							<strong>{app.name}</strong>
						</p>
						<p className="faint">{fill(words.keys.appUntil, { date: formats.time(app.givenAtMs), end: formats.time(app.untilMs) })}</p>
						<p>{words.keys.appMay}</p>
						<ul className="list">
							{smartScopesOf(app.scopes).map(({ text }) => (
								<li key={text}>{sayScope(language, text)}</li>
							))}
						</ul>
						{app.patient === "" ? null : <p>{fill(words.keys.appPatient, { patient: app.patient })}</p>}
						<p className="actions">
							<Button
								variant="default"
								aria-label={`${words.keys.takeBack}: ${app.name}`}
								onClick={() => act.mutate({ act: "take-back", of: app.id })}
								loading={act.isPending}
							>
								{words.keys.takeBack}
							</Button>
						</p>
					</li>
				))}
			</ul>
			{apps.length < 2 ? null : (
				<p>
					<Button color="red" onClick={() => act.mutate({ act: "take-back-all" })} loading={act.isPending}>
						{words.keys.takeBackAll}
					</Button>
				</p>
			)}
		</div>
	);
}

function Everywhere() {
	const { signOut } = usePortal();
	const words = useWords(accountTexts);
	const act = useAccountAct();
	return (
		<div className="stack">
			<p>{words.keys.everywhereWhy}</p>
			{act.error === null ? null : <Failure error={act.error} />}
			<p>
				<Button color="red" onClick={() => act.mutate({ act: "sign-out-everywhere" }, { onSuccess: signOut })} loading={act.isPending}>
					{words.keys.everywhereGo}
				</Button>
			</p>
		</div>
	);
}

function Events({ view: { events } }: { readonly view: AccountView }) {
	const { texts, formats } = usePortal();
	const words = useWords(accountTexts);
	const [shown, setShown] = useState(eventsShown);
	return (
		<div className="stack">
			<p>{words.keys.eventsWhy}</p>
			{events.length === 0 ? <p className="state">{words.keys.eventsNone}</p> : null}
			<ul className="plain">
				{events.slice(0, shown).map(({ kind, atMs, detail }) => (
					<li key={`${atMs}/${kind}/${detail}`}>
						{formats.time(atMs)}: {words.keyEvents[kind]}
						{detail === "" ? "" : ` (${detail})`}
					</li>
				))}
			</ul>
			{events.length <= shown ? null : (
				<p>
					<Button variant="default" onClick={() => setShown(shown + eventsShown)}>
						{texts.looked.more}
					</Button>
				</p>
			)}
		</div>
	);
}
