import { Button, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { usePortal } from "./PortalProvider.tsx";

interface WordsFormProps {
	/** What the button says. */
	readonly go: string;
	/** They leave the field with this. */
	readonly onWords: (words: string) => void;
}

/** The one field for the 24 words: nothing completes, corrects or keeps them. */
export function WordsForm({ go, onWords }: WordsFormProps) {
	const { texts } = usePortal();
	const [words, setWords] = useState("");
	const submit = (event: FormEvent) => {
		event.preventDefault();
		setWords("");
		onWords(words);
	};
	return (
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
				<Button type="submit">{go}</Button>
			</p>
		</form>
	);
}
