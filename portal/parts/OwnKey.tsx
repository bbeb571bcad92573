import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Unlocking } from "../core/deskTypes.ts";
import { addressForPasskeys, askOwnPasskey } from "../core/passkeys.ts";
import { fill } from "../texts/texts.ts";
import { PassphraseForm } from "./PassphraseForm.tsx";
import { usePortal } from "./PortalProvider.tsx";
import { Failure } from "./States.tsx";
import { WordsForm } from "./WordsForm.tsx";

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
			<Provider />
			<Passphrase onUnlock={unlock} />
			<Words onUnlock={unlock} />
			<details>
				<summary>{texts.signIn.fresh}</summary>
				<p>{texts.signIn.freshWhy}</p>
			</details>
		</div>
	);
}

/** Where somebody was before they went to the provider, for this tab. */
const beforeKey = "aceso/before-provider";

/** The house's own sign-in, where it has one for those who work here. */
function Provider() {
	const { texts, api, unlock } = usePortal();
	const { data } = useQuery({
		queryKey: ["provider"],
		queryFn: () => api.get<{ readonly name: string | null }>("/signin/provider"),
		staleTime: Number.POSITIVE_INFINITY,
	});
	const navigate = useNavigate();
	const isBack = useRef(location.hash === "#provider");
	useEffect(() => {
		if (!isBack.current) return;
		isBack.current = false;
		// The provider leads back to the first page; whoever was on another goes on there.
		const path = sessionStorage.getItem(beforeKey) ?? location.pathname;
		sessionStorage.removeItem(beforeKey);
		void navigate({ to: path, replace: true });
		void unlock({ by: "provider" });
	}, [unlock, navigate]);
	if (data === undefined || data.name === null) return null;
	return (
		<p>
			<Button component="a" href="/signin/provider/begin" variant="default" onClick={() => sessionStorage.setItem(beforeKey, location.pathname)}>
				{fill(texts.signIn.provider, { name: data.name })}
			</Button>
		</p>
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
	return (
		<details>
			<summary>{texts.signIn.passphrase}</summary>
			<PassphraseForm
				go={texts.signIn.go}
				kind="current"
				onLogin={(login, clear) => {
					clear();
					onUnlock({ by: "passphrase", ...login });
				}}
			/>
		</details>
	);
}

function Words({ onUnlock }: Unlocks) {
	const { texts } = usePortal();
	return (
		<details>
			<summary>{texts.signIn.words}</summary>
			<p>{texts.signIn.wordsWhy}</p>
			<WordsForm go={texts.signIn.wordsGo} onWords={(words) => onUnlock({ by: "words", words })} />
		</details>
	);
}
