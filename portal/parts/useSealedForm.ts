import { useCallback, useEffect, useRef, useState } from "react";
import { usePortal } from "./PortalProvider.tsx";

/**
 * What somebody who works here has typed about others stays through an end of the session, for this tab, until it is sent. It lies here closed under the
 * secret of who typed it, in a place that only the secret leads to: whoever signs in next at the same machine reads none of it, nor about whom it was.
 *
 * @param about - Whom or what a form is about, where there are several of its name. Fixed while the form stands on a page.
 */
export function useSealedForm<Form extends object>(name: string, initial: Form, about = "") {
	const { desk } = usePortal();
	const [form, setForm] = useState(initial);
	/** Counts what was typed: an older text that is closed later must not come after a newer one. */
	const changes = useRef(0);
	const place = useCallback(async () => `aceso/draft/${name}/${await desk.draftPlace(about)}`, [desk, name, about]);
	useEffect(() => {
		const open = async () => {
			const at = await place();
			const kept = sessionStorage.getItem(at);
			if (kept === null) return;
			// Damaged: it is nothing.
			const text = await desk.openDraft(kept).catch(() => sessionStorage.removeItem(at));
			if (text !== undefined && changes.current === 0) setForm((before) => ({ ...before, ...(JSON.parse(text) as Partial<Form>) }));
		};
		void open();
	}, [desk, place]);
	const change = (part: Partial<Form>) => {
		const next = { ...form, ...part };
		const count = ++changes.current;
		setForm(next);
		void Promise.all([place(), desk.sealDraft(JSON.stringify(next))]).then(([at, sealed]) => {
			if (changes.current === count) sessionStorage.setItem(at, sealed);
		});
	};
	/** It was sent: nothing of it is kept, and it stays on the page. */
	const settle = () => {
		changes.current++;
		void place().then((at) => sessionStorage.removeItem(at));
	};
	const forget = () => {
		settle();
		setForm(initial);
	};
	return { form, change, settle, forget };
}
