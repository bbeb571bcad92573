import { fill } from "../texts/texts.ts";
import { usePortal, useSession } from "./PortalProvider.tsx";

/** What a helper is called: as the person called them in this browser, or as the demonstration knows; the ledger has keys alone. */
export function useHelperName(): (key: string) => string {
	const { texts, memory } = usePortal();
	const { knownHelpers } = useSession();
	return (key) =>
		memory()?.helperNames?.[key] ??
		knownHelpers.find((known) => known.key === key)?.name ??
		fill(texts.looked.unknown, { key: `${key.slice(0, 8)}…` });
}
