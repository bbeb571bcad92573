import type { Formats } from "../texts/texts.ts";

const dates = /\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)?(?![\w-])/g;

/** A sentence of the node, the verifier or a guideline, its days and instants as people of the language read them; what is no date stays as it came. */
export function writeDates(text: string, { day, time }: Pick<Formats, "day" | "time">): string {
	return text.replace(dates, (date) => {
		const at = Date.parse(date);
		if (Number.isNaN(at)) return date;
		return date.includes("T") ? time(at) : day(date);
	});
}
