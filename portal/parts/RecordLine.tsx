import type { RecordItem } from "../core/deskTypes.ts";
import { valueText } from "../core/units.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

/** One thing of a record. Whatever the record holds is shown as text. */
export function RecordLine({ item, withDate = true }: { readonly item: RecordItem; readonly withDate?: boolean }) {
	const { texts, formats, language } = usePortal();
	const { title, values, kind, date, author, text, number, low, high } = item;
	const value = valueText(values, language);
	const isOutside = number !== undefined && ((low !== undefined && number < low) || (high !== undefined && number > high));
	return (
		<li className="item">
			<div className="item-top">
				<strong>{title}</strong>
				{value === "" ? null : <span className={isOutside ? "value value-outside" : "value"}>{value}</span>}
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
