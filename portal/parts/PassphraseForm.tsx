import { Button, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { usePortal } from "./PortalProvider.tsx";

/** Both as a person typed them; the name without what does not count. */
export interface Login {
	readonly name: string;
	readonly passphrase: string;
}

interface PassphraseFormProps {
	/** What the button says. */
	readonly go: string;
	/** A new one is chosen here, or the one that is known is asked for. */
	readonly kind: "new" | "current";
	readonly isWorking?: boolean;
	/** Above the fields. */
	readonly why?: string;
	/** Between fields and button: what came of it. */
	readonly children?: ReactNode;
	/** @param clear - Takes the pass phrase out of its field. */
	readonly onLogin: (login: Login, clear: () => void) => void;
}

/** The two fields of a pass phrase, for signing in and for leaving a new one. */
export function PassphraseForm({ go, kind, isWorking = false, why, children, onLogin }: PassphraseFormProps) {
	const { texts } = usePortal();
	const [name, setName] = useState("");
	const [passphrase, setPassphrase] = useState("");
	const isNew = kind === "new";
	const submit = (event: FormEvent) => {
		event.preventDefault();
		onLogin({ name: name.trim().toLowerCase(), passphrase }, () => setPassphrase(""));
	};
	return (
		<form className="stack" onSubmit={submit}>
			{why === undefined ? null : <p>{why}</p>}
			<TextInput
				label={texts.signIn.name}
				value={name}
				onChange={(event) => setName(event.currentTarget.value)}
				autoComplete="username"
				autoCapitalize="none"
				spellCheck={false}
				{...(isNew ? { minLength: 3, maxLength: 64 } : {})}
				required
				maw={420}
			/>
			<TextInput
				label={texts.signIn.phrase}
				type="password"
				value={passphrase}
				onChange={(event) => setPassphrase(event.currentTarget.value)}
				autoComplete={isNew ? "new-password" : "current-password"}
				required
				maw={420}
			/>
			{children}
			<p>
				<Button type="submit" loading={isWorking}>
					{go}
				</Button>
			</p>
		</form>
	);
}
