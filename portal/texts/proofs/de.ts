import type { ProofsTexts } from "./en.ts";

export const proofsDe: ProofsTexts = {
	proofs: {
		title: "Wie das geprüft wird",
		lead: "Sie müssen der Einrichtung nicht vertrauen. Ihr Gerät prüft deren Liste der Zugriffe so:",
		chain: "Jeder Zugriff ist eine Zeile. Jede Zeile nennt die davor. Wer eine herausnimmt, lässt eine Lücke, und Ihr Gerät sieht sie.",
		grow: "Die Liste darf nur wachsen. Die Einrichtung muss allen anderen ein Zeichen ihrer Liste geben, wenn sie gewachsen ist. Eine geänderte Liste passt nicht zum Zeichen.",
		sign: "Die anderen Mitglieder gehen dieselben Schritte noch einmal und unterschreiben, wenn alles stimmt. Ihr Gerät verlangt mindestens die Hälfte von ihnen.",
		keep: "Ihr Gerät merkt sich, was es zuletzt sah. Wird die Liste kürzer oder eine Zeile anders, schlägt die nächste Prüfung fehl.",
		not: "Was sie nicht zeigen kann",
		notAfter: "Sie kann nicht zeigen, was jemand mit Ihren Daten macht, wenn er sie gesehen hat.",
		notScript:
			"Auch diese Seite kommt von der Einrichtung. Eine unredliche könnte beim ersten Besuch eine falsche Seite schicken oder den Wächter tauschen, der diese behält. Deshalb können Sie die Liste speichern und mit einem anderen Programm prüfen.",
		pins: "Was Ihr Gerät sich merkt",
		pinLedger: "Schlüssel des Registers",
		pinValidators: "Mitglieder, die entscheiden, wie Ihr Gerät sie behält",
		pinMembers: "Mitglieder, die unterschreiben",
		you: "Ihr Name im Register",
	},
	copy: {
		title: "Eine gespeicherte Liste prüfen",
		lead: "Haben Sie eine Liste gespeichert, hier oder bei einer anderen Einrichtung im Netz? Auf dieser Seite können Sie sie prüfen. Die Prüfung ist dieselbe, und Ihr Gerät nimmt die Schlüssel, die es behält. So müssen Sie der Seite der Einrichtung nicht trauen, von der die Liste ist.",
		files: "Die zwei Dateien, die Sie gespeichert haben:",
		both: "Bitte wählen Sie beide Dateien auf einmal. Der Name der einen endet auf .pins.json.",
		whose: "Eine Liste von: {house}",
		found: "Einblicke darauf: {count}. Der letzte war am {date}.",
	},
};
