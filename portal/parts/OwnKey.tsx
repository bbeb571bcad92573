import { Alert, Button, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Unlocking } from "../core/deskTypes.ts";
import { addressForPasskeys, askOwnPasskey } from "../core/passkeys.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";
import { Failure } from "./States.tsx";

/** The ways to one's own key: passkey, passphrase, the 24 words. */
export function OwnKey() {
	const { texts, house, api, unlock } = usePortal();
	const [failure, setFailure] = useState<unknown>();
	const address = addressForPasskeys(location);
	const byPasskey = () => {
		setFailure(undefined);
		askOwnPasskey(api).then((answer) => unlock({ by: "passkey", answer }), setFailure);
	};
	return (
		<div className="card">
			<h2>{texts.signIn.own}</h2>
			<p>{fill(texts.signIn.ownLead, { house: house?.name ?? "" })}</p>
			{failure === undefined ? null : <Failure error={failure} />}
			{address === undefined ? (
				<p>
					<Button onClick={byPasskey}>{texts.signIn.passkey}</Button>
				</p>
			) : (
				<Alert color="gray" variant="light">
					<OtherAddress address={address} />
				</Alert>
			)}
			<Passphrase onUnlock={unlock} />
			<Words onUnlock={unlock} />
			<details>
				<summary>{texts.signIn.fresh}</summary>
				<p>{texts.signIn.freshWhy}</p>
			</details>
		</div>
	);
}

function OtherAddress({ address }: { readonly address: string }) {
	const { texts } = usePortal();
	const [before = "", after = ""] = texts.signIn.address.split("{address}");
	return (
		<p>
			{before}
			<a href={`${address}${location.pathname}`}>{address}</a>
			{after}
		</p>
	);
}

interface Unlocks {
	readonly onUnlock: (unlocking: Unlocking) => void;
}

function Passphrase({ onUnlock }: Unlocks) {
	const { texts } = usePortal();
	const [name, setName] = useState("");
	const [passphrase, setPassphrase] = useState("");
	const submit = (event: FormEvent) => {
		event.preventDefault();
		setPassphrase("");
		onUnlock({ by: "passphrase", name: name.trim().toLowerCase(), passphrase });
	};
	return (
		<details>
			<summary>{texts.signIn.passphrase}</summary>
			<form className="stack" onSubmit={submit}>
				<TextInput
					label={texts.signIn.name}
					value={name}
					onChange={(event) => setName(event.currentTarget.value)}
					autoComplete="username"
					autoCapitalize="none"
					spellCheck={false}
					required
					maw={420}
				/>
				<TextInput
					label={texts.signIn.phrase}
					type="password"
					value={passphrase}
					onChange={(event) => setPassphrase(event.currentTarget.value)}
					autoComplete="current-password"
					required
					maw={420}
				/>
				<p>
					<Button type="submit">{texts.signIn.go}</Button>
				</p>
			</form>
		</details>
	);
}

function Words({ onUnlock }: Unlocks) {
	const { texts } = usePortal();
	const [words, setWords] = useState("");
	const submit = (event: FormEvent) => {
		event.preventDefault();
		setWords("");
		onUnlock({ by: "words", words });
	};
	return (
		<details>
			<summary>{texts.signIn.words}</summary>
			<p>{texts.signIn.wordsWhy}</p>
			<form className="stack" onSubmit={submit}>
				<Textarea
					label={texts.signIn.wordsLabel}
					value={words}
					onChange={(event) => setWords(event.currentTarget.value)}
					rows={4}
					autoComplete="off"
					autoCapitalize="none"
					spellCheck={false}
					required
				/>
				<p>
					<Button type="submit">{texts.signIn.wordsGo}</Button>
				</p>
			</form>
		</details>
	);
}
