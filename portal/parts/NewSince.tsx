import { Button } from "@mantine/core";
import { useState } from "react";
import type { RecordItem } from "../core/deskTypes.ts";
import { newSince } from "../core/lastVisit.ts";
import { clinicTexts } from "../texts/clinic/clinicTexts.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";
import { RecordLine } from "./RecordLine.tsx";
import { useWords } from "./useWords.ts";

/** More than these are drawn when somebody asks. */
const shownAtOnce = 20;

/** What came into a chart since the visit before, and by which date that was told. */
export function NewSince({ items, sinceMs }: { readonly items: readonly RecordItem[]; readonly sinceMs: number }) {
	const { formats } = usePortal();
	const words = useWords(clinicTexts);
	const [isAll, setAll] = useState(false);
	const { filed, dated, undated } = newSince(items, sinceMs);
	const fresh = [...filed, ...dated];
	const date = formats.time(sinceMs);
	const { clinic } = words;
	return (
		<div className="card" data-new={fresh.length}>
			<h2>{fill(fresh.length === 0 ? clinic.nothingFresh : clinic.fresh, { date })}</h2>
			{filed.length === 0 ? null : <p className="faint">{clinic.freshFiled}</p>}
			{dated.length === 0 ? null : <p className="faint">{fill(clinic.freshDated, { count: formats.number(dated.length) })}</p>}
			{undated === 0 ? null : <p className="faint">{fill(clinic.freshUndated, { count: formats.number(undated) })}</p>}
			<ul className="plain">
				{(isAll ? fresh : fresh.slice(0, shownAtOnce)).map((item) => (
					<RecordLine key={item.id} item={item} />
				))}
			</ul>
			{isAll || fresh.length <= shownAtOnce ? null : (
				<Button variant="default" onClick={() => setAll(true)}>
					{fill(clinic.freshAll, { count: formats.number(fresh.length) })}
				</Button>
			)}
		</div>
	);
}
