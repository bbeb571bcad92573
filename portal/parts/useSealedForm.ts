import { useEffect, useRef, useState } from "react";
import { usePortal, useSession } from "./PortalProvider.tsx";

/**
 * What somebody who works here has typed about others stays through an end of the session, for this tab, until it is sent. It lies here closed under the
 * secret of who typed it: whoever signs in next at the same machine reads none of it.
 */
export function useSealedForm<Form extends object>(name: string, initial: Form) {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	const place = `aceso/draft/${name}/${pseudonym}`;
	const [form, setForm] = useState(initial);
	/** Counts what was typed: an older text that is closed later must not come after a newer one. */
	const changes = useRef(0);
	useEffect(() => {
		const kept = sessionStorage.getItem(place);
		if (kept === null) return;
		desk.openDraft(kept).then(
			(text) => {
				if (changes.current === 0) setForm((before) => ({ ...before, ...(JSON.parse(text) as Partial<Form>) }));
			},
			// Of somebody else, or damaged: it is nothing.
			() => sessionStorage.removeItem(place),
		);
	}, [desk, place]);
	const change = (part: Partial<Form>) => {
		const next = { ...form, ...part };
		const count = ++changes.current;
		setForm(next);
		void desk.sealDraft(JSON.stringify(next)).then((sealed) => {
			if (changes.current === count) sessionStorage.setItem(place, sealed);
		});
	};
	const forget = () => {
		changes.current++;
		sessionStorage.removeItem(place);
		setForm(initial);
	};
	return { form, change, forget };
}
