import { tellIn } from "../core/nodeSentences.ts";
import { usePortal } from "./PortalProvider.tsx";

/** A sentence that the node or the verifier said, in the reader's language where we know it, else marked as the one it is in. */
export function NodeText({ sentence }: { readonly sentence: string }) {
	const { language } = usePortal();
	const { text, lang } = tellIn(language, sentence);
	return <span lang={lang}>{text}</span>;
}
