import { formatsOf, type Language } from "../texts/texts.ts";
import { writeDates } from "./writtenDates.ts";

/** A sentence as it is shown, and the language it is in. */
export interface Told {
	readonly text: string;
	readonly lang: Language;
}

type Rule = readonly [pattern: RegExp, german: (places: readonly string[]) => string];

/** Sentences that node and verifier say in English, whole, with what stands in their places. */
const rules: readonly Rule[] = [
	[/^This record may be incomplete by the patient's choice\.$/, () => "Diese Akte kann auf Wunsch des Patienten unvollständig sein."],
	[
		/^(\d+) newest entries are signed by the custodian but not yet anchored on the ledger$/,
		([count]) => `Die neuesten Einträge (${count}) hat die Einrichtung unterschrieben, aber noch nicht im Register verankert.`,
	],
	[
		/^this shows the state of (\S+); accesses after that are not in it$/,
		([at]) => `Das ist der Stand vom ${at}; spätere Einblicke stehen nicht darin.`,
	],
	[
		/^the log (\S+) was closed; later accesses stand in (\S+)$/,
		([log, next]) => `Die Liste ${log} wurde geschlossen; spätere Einblicke stehen in ${next}.`,
	],
	[/^the log (\S+) was closed$/, ([log]) => `Die Liste ${log} wurde geschlossen.`],
	[
		/^the custodian declared (\d+) entries of the log (\S+) lost; yours among them cannot be shown$/,
		([count, log]) => `Die Einrichtung hat ${count} Einträge der Liste ${log} für verloren erklärt; Ihre darunter lassen sich nicht zeigen.`,
	],
	[
		/^the custodian's clock went back between entries; their order is that of the log$/,
		() => "Die Uhr der Einrichtung ging zwischen Einträgen zurück; ihre Reihenfolge ist die der Liste.",
	],
];

/**
 * A sentence of the node or the verifier in the reader's language. What is not known by heart stays as it came, and is said to be English: half
 * a translation of a medical sentence would be worse than none.
 */
export function tellIn(language: Language, sentence: string): Told {
	if (language === "en") return { text: writeDates(sentence, formatsOf("en")), lang: "en" };
	for (const [pattern, german] of rules) {
		const found = pattern.exec(sentence);
		if (found !== null) return { text: german(found.slice(1).map((place) => writeDates(place, formatsOf("de")))), lang: "de" };
	}
	return { text: sentence, lang: "en" };
}
