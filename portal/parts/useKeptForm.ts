import { useState } from "react";

/** What was chosen stays through a reload, for this tab, until it is signed. */
export function useKeptForm<Form extends object>(name: string, initial: () => Form) {
	const [form, setForm] = useState<Form>(() => {
		const kept = sessionStorage.getItem(name);
		return kept === null ? initial() : { ...initial(), ...(JSON.parse(kept) as Partial<Form>) };
	});
	const change = (part: Partial<Form>) => {
		const next = { ...form, ...part };
		sessionStorage.setItem(name, JSON.stringify(next));
		setForm(next);
	};
	const forget = () => {
		sessionStorage.removeItem(name);
		setForm(initial());
	};
	return { form, change, forget };
}
