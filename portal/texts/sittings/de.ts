import type { SittingTexts } from "./en.ts";

export const sittingsDe: SittingTexts = {
	title: "Wo Ihr Schlüssel offen ist",
	why: "Jede Zeile ist ein Ort, an dem Sie sich angemeldet haben. Schließen Sie, was Sie nicht kennen. Eine geschlossene Seite vergisst Ihren Schlüssel in einer Minute.",
	none: "Es gibt keinen anderen Ort.",
	here: "Diese Seite",
	unknown: "Ein Browser, den wir nicht kennen",
	byPasskey: "mit Passkey",
	byPassphrase: "mit Passphrase",
	byProvider: "über Ihren Arbeitsplatz",
	since: "Offen seit {date}. Zuletzt gemeldet {seen}.",
	close: "Schließen",
	closeOthers: "Alle anderen schließen",
	closed: "Fertig. Ihr Schlüssel ist nur noch hier offen.",
	changed: "Sie haben geändert, wie man Ihren Schlüssel öffnet. Wollen Sie ihn überall sonst schließen?",
	reviewTitle: "Bitte sehen Sie die Wege zu Ihrem Schlüssel durch",
	reviewWhy:
		"{house} musste eine Sicherung zurückholen. Ein Weg, den Sie entfernt hatten, kann wieder da sein. Entfernen Sie jeden, der nicht Ihrer ist.",
	reviewGo: "Die Wege ansehen",
	reviewDone: "Ich habe nachgesehen. Es sind alles meine.",
};
