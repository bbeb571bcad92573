import type { Language } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

/** The words that come with a page, in the reader's language. */
export function useWords<Words>(words: Readonly<Record<Language, Words>>): Words {
	return words[usePortal().language];
}
