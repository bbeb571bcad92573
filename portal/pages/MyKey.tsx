import { Alert, Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { sayScope } from "../../src/node/signin/pages/scopeWords.ts";
import { smartScopesOf } from "../../src/node/signin/smartScopes.ts";
import type { AccountView, AllowedApp, KeptCopy } from "../core/accountTypes.ts";
import { addressForPasskeys, makeOwnPasskey } from "../core/passkeys.ts";
import { useAccount, useAccountAct, useKeeping } from "../parts/accountQueries.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { Replacement } from "../parts/Replacement.tsx";
import { AfterChange, ReviewWays, Sittings } from "../parts/Sittings.tsx";
import { Failure, Loaded } from "../parts/States.tsx";
import { WordsForm } from "../parts/WordsForm.tsx";
import { fill } from "../texts/texts.ts";

const eventsShown = 20;

/** The ways to one's key, the applications that were let in, and what happened with both. */
export function MyKey() {
	const { texts, house } = usePortal();
	const { actor, pseudonym } = useSession();
	const account = useAccount();
	return (
		<section>
			<h1>{texts.keys.title}</h1>
			<p className="lead">{fill(texts.keys.lead, { house: house?.name ?? "" })}</p>
			{actor.kind === "staff" ? (
				<div className="card">
					<h2>{texts.keys.code}</h2>
					<p>{texts.keys.codeWhy}</p>
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
							<h2>{texts.keys.ways}</h2>
							<Ways view={view} />
						</div>
						{actor.kind === "staff" ? null : (
							<div className="card">
								<h2>{texts.keys.words}</h2>
								<CheckWords />
							</div>
						)}
						<div className="card">
							<h2>{texts.keys.apps}</h2>
							<Apps apps={view.apps} />
						</div>
						<Sittings sittings={view.sittings} />
						<div className="card">
							<h2>{texts.keys.everywhere}</h2>
							<Everywhere />
						</div>
						<div className="card">
							<h2>{texts.keys.events}</h2>
							<Events view={view} />
						</div>
					</>
				)}
			</Loaded>
		</section>
	);
}

function Ways({ view: { copies, sittings } }: { readonly view: AccountView }) {
	const { texts, desk, api, house } = usePortal();
	const { actor } = useSession();
	const act = useAccountAct();
	const passkey = useKeeping(async () =>
		desk.keepByPasskey(await makeOwnPasskey(api, `${house?.name ?? ""}${actor.name === "" ? "" : `: ${actor.name}`}`)),
	);
	return (
		<div className="stack">
			{copies.length === 0 ? <p className="state">{texts.keys.waysNone}</p> : null}
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
						{texts.keys.addPasskey}
					</Button>
				</p>
			) : null}
			<details>
				<summary>{texts.keys.addPhrase}</summary>
				<NewPassphrase />
			</details>
		</div>
	);
}

function Done() {
	const { texts } = usePortal();
	return (
		<Alert color="green" variant="light" role="status">
			{texts.keys.kept}
		</Alert>
	);
}

function Way({ copy, onRemove }: { readonly copy: KeptCopy; readonly onRemove: (() => void) | undefined }) {
	const { texts, formats } = usePortal();
	const [isSure, setSure] = useState(false);
	const name =
		copy.by === "passphrase" ? fill(texts.keys.byPhrase, { name: copy.name }) : copy.by === "passkey" ? texts.keys.byPasskey : texts.keys.byProvider;
	const since = copy.keptAtMs === 0 ? "" : fill(texts.keys.since, { date: formats.time(copy.keptAtMs) });
	const used = copy.usedAtMs === null ? texts.keys.neverUsed : fill(texts.keys.used, { date: formats.time(copy.usedAtMs) });
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
								{texts.keys.removeSure}
							</Button>
							<Button variant="default" onClick={() => setSure(false)}>
								{texts.keys.removeKeep}
							</Button>
						</>
					) : (
						<Button variant="default" onClick={() => setSure(true)} aria-label={`${texts.keys.remove}: ${name}`}>
							{texts.keys.remove}
						</Button>
					)}
				</p>
			)}
		</>
	);
}

function NewPassphrase() {
	const { texts, desk } = usePortal();
	const [name, setName] = useState("");
	const [passphrase, setPassphrase] = useState("");
	const keeping = useKeeping(desk.keepByPassphrase);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		keeping.mutate({ name: name.trim().toLowerCase(), passphrase }, { onSuccess: () => setPassphrase("") });
	};
	return (
		<form className="stack" onSubmit={submit}>
			<p>{texts.keys.phraseWhy}</p>
			<TextInput
				label={texts.signIn.name}
				value={name}
				onChange={(event) => setName(event.currentTarget.value)}
				autoComplete="username"
				autoCapitalize="none"
				spellCheck={false}
				minLength={3}
				maxLength={64}
				required
				maw={420}
			/>
			<TextInput
				label={texts.signIn.phrase}
				type="password"
				value={passphrase}
				onChange={(event) => setPassphrase(event.currentTarget.value)}
				autoComplete="new-password"
				required
				maw={420}
			/>
			{keeping.error === null ? null : <Failure error={keeping.error} />}
			{keeping.isSuccess ? <Done /> : null}
			<p>
				<Button type="submit" loading={keeping.isPending}>
					{texts.keys.keepPhrase}
				</Button>
			</p>
		</form>
	);
}

function CheckWords() {
	const { texts, desk } = usePortal();
	const [answer, setAnswer] = useState<boolean | "failed">();
	const check = (words: string) => void desk.checkWords(words).then(setAnswer, () => setAnswer("failed"));
	return (
		<div className="stack">
			<p>{texts.keys.wordsWhy}</p>
			{answer === undefined ? null : (
				<Alert color={answer === true ? "green" : "red"} variant="light" role="status">
					{answer === true ? texts.keys.wordsRight : answer === false ? texts.keys.wordsOther : texts.faults.WALLET_WORDS_INVALID}
				</Alert>
			)}
			<details>
				<summary>{texts.keys.wordsCheck}</summary>
				<WordsForm go={texts.keys.wordsGo} onWords={check} />
			</details>
		</div>
	);
}

function Apps({ apps }: { readonly apps: readonly AllowedApp[] }) {
	const { texts, formats, language } = usePortal();
	const act = useAccountAct();
	if (apps.length === 0) return <p className="state">{texts.keys.appsNone}</p>;
	return (
		<div className="stack">
			{act.error === null ? null : <Failure error={act.error} />}
			<ul className="plain">
				{apps.map((app) => (
					<li key={app.id} className="item">
						<p>
							<strong>{app.name}</strong>
						</p>
						<p className="faint">{fill(texts.keys.appUntil, { date: formats.time(app.givenAtMs), end: formats.time(app.untilMs) })}</p>
						<p>{texts.keys.appMay}</p>
						<ul className="list">
							{smartScopesOf(app.scopes).map(({ text }) => (
								<li key={text}>{sayScope(language, text)}</li>
							))}
						</ul>
						{app.patient === "" ? null : <p>{fill(texts.keys.appPatient, { patient: app.patient })}</p>}
						<p className="actions">
							<Button
								variant="default"
								aria-label={`${texts.keys.takeBack}: ${app.name}`}
								onClick={() => act.mutate({ act: "take-back", of: app.id })}
								loading={act.isPending}
							>
								{texts.keys.takeBack}
							</Button>
						</p>
					</li>
				))}
			</ul>
			{apps.length < 2 ? null : (
				<p>
					<Button color="red" onClick={() => act.mutate({ act: "take-back-all" })} loading={act.isPending}>
						{texts.keys.takeBackAll}
					</Button>
				</p>
			)}
		</div>
	);
}

function Everywhere() {
	const { texts, signOut } = usePortal();
	const act = useAccountAct();
	return (
		<div className="stack">
			<p>{texts.keys.everywhereWhy}</p>
			{act.error === null ? null : <Failure error={act.error} />}
			<p>
				<Button color="red" onClick={() => act.mutate({ act: "sign-out-everywhere" }, { onSuccess: signOut })} loading={act.isPending}>
					{texts.keys.everywhereGo}
				</Button>
			</p>
		</div>
	);
}

function Events({ view: { events } }: { readonly view: AccountView }) {
	const { texts, formats } = usePortal();
	const [shown, setShown] = useState(eventsShown);
	return (
		<div className="stack">
			<p>{texts.keys.eventsWhy}</p>
			{events.length === 0 ? <p className="state">{texts.keys.eventsNone}</p> : null}
			<ul className="plain">
				{events.slice(0, shown).map(({ kind, atMs, detail }) => (
					<li key={`${atMs}/${kind}/${detail}`}>
						{formats.time(atMs)}: {texts.keyEvents[kind]}
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
