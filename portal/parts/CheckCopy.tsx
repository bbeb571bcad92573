import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { proofsTexts } from "../texts/proofs/proofsTexts.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";
import { Failure, Loading } from "./States.tsx";
import { useWords } from "./useWords.ts";
import { Verdict } from "./Verdict.tsx";

/** A list that was saved anywhere in the network, checked here: whoever doubts one clinic's page takes another one's. */
export function CheckCopy() {
	const { texts, formats, desk } = usePortal();
	const words = useWords(proofsTexts);
	const [isShort, setShort] = useState(false);
	const check = useMutation({
		mutationFn: ({ history, pins }: { readonly history: string; readonly pins: string }) => desk.checkCopy(history, pins),
	});
	const take = async (files: readonly File[]) => {
		const pins = files.find(({ name }) => /\.pins\b.*\.json$/.test(name));
		const history = files.find((file) => file !== pins && file.name.endsWith(".json"));
		setShort(pins === undefined || history === undefined);
		check.reset();
		if (pins !== undefined && history !== undefined) check.mutate({ history: await history.text(), pins: await pins.text() });
	};
	const found = check.data;
	return (
		<div className="card">
			<p>{words.copy.lead}</p>
			<p>
				<label htmlFor="copy-files">{words.copy.files}</label>{" "}
				<input id="copy-files" type="file" accept=".json" multiple onChange={(event) => void take([...(event.currentTarget.files ?? [])])} />
			</p>
			{isShort ? <p role="alert">{words.copy.both}</p> : null}
			{check.isPending ? <Loading label={texts.looked.checking} /> : null}
			{check.error === null ? null : <Failure error={check.error} />}
			{found === undefined ? null : (
				<>
					<p>
						<strong>{fill(words.copy.whose, { house: found.house })}</strong>
					</p>
					<Verdict summary={{ ...found, seen: null, checkMs: 0 }} />
					{found.newestAtMs === null || found.verdict === "refused" ? null : (
						<p>{fill(words.copy.found, { count: formats.number(found.total), date: formats.time(found.newestAtMs) })}</p>
					)}
				</>
			)}
		</div>
	);
}
