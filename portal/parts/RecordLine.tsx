import type { RecordItem } from "../core/deskTypes.ts";
import { valueText } from "../core/units.ts";
import { outsideOf } from "../core/usualRange.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

/** One thing of a record. Whatever the record holds is shown as text. */
export function RecordLine({ item, withDate = true }: { readonly item: RecordItem; readonly withDate?: boolean }) {
	const { texts, formats, language } = usePortal();
	const { title, values, kind, date, author, text, number, low, high } = item;
	const value = valueText(values, language);
	const outside = outsideOf({ number, low, high });
	return (
		<li className="item">
			<div className="item-top">
				<strong>{title}</strong>
				{value === "" ? null : (
					<span className={outside === undefined ? "value" : "value value-outside"}>
						{value}
						{outside === undefined ? null : <span className="value-side"> ({texts.record[outside]})</span>}
					</span>
				)}
			</div>
			<p className="faint">
				{[
					texts.classes[kind],
					...(withDate && date !== "" ? [formats.day(date)] : []),
					...(author === "" ? [] : [fill(texts.record.by, { who: author })]),
				].join(" · ")}
			</p>
			{text === undefined ? null : (
				<details>
					<summary>{texts.record.text}</summary>
					<p className="note">{text}</p>
				</details>
			)}
		</li>
	);
}
