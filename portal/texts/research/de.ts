import type { ResearchTexts } from "./en.ts";

export const researchDe: ResearchTexts = {
	research: {
		lead: "Hier sagen Sie, was die Forschung mit Ihren Daten tun darf. Ohne eine Regel von Ihnen bekommt sie nichts.",
		may: "Was die Forschung darf",
		kinds: {
			count: {
				title: "Mich mitzählen",
				what: "Forschende fragen, wie viele Menschen eine Krankheit haben. Sie bekommen eine Zahl über viele Menschen, etwas unscharf gemacht. Nichts über Sie allein verlässt das Haus.",
				rule: "Die Forschung darf mich in Statistiken mitzählen. Nichts über mich allein verlässt das Haus.",
			},
			nameless: {
				title: "Meine Daten ohne meinen Namen",
				what: "Forschende bekommen Daten vieler Menschen. Namen, genaue Tage und Orte sind entfernt. Sie gehen für mindestens elf Menschen hinaus, nie für Sie allein.",
				rule: "Die Forschung darf meine Daten ohne meinen Namen haben, zusammen mit denen vieler anderer.",
			},
			trial: {
				title: "Studien zu neuen Arzneien",
				what: "Eine Studie bekommt Daten vieler Menschen ohne Namen, um zu prüfen, ob eine neue Arznei wirkt.",
				rule: "Studien zu neuen Arzneien dürfen meine Daten ohne meinen Namen haben.",
			},
		},
		states: { yes: "Das erlauben Sie.", no: "Dazu haben Sie nein gesagt.", none: "Das erlauben Sie nicht." },
		allow: "Das erlauben",
		refuse: "Zu aller Forschung nein sagen",
		refuseTitle: "Keine Forschung darf meine Daten verwenden.",
		saidNo: "Sie haben zur Forschung nein gesagt",
		noWins: "Das geht vor jeder Regel, die ja sagt. Ein Gesetz kann eine Nutzung trotzdem anordnen. Sie stünde auf der Liste der Zugriffe.",
		stopNo:
			"Sie unterschreiben, dass Ihr Nein jetzt endet. Dann zählen Ihre anderen Regeln wieder. Wo Sie keine haben, bekommt die Forschung weiterhin nichts.",
		asked: "Was die Forschung gefragt hat",
		nobody: "Keine Forschung hat nach Ihnen gefragt.",
		sum: "An {part} Antworten hatten Sie teil. {without} Mal fragte die Forschung und bekam nichts von Ihnen.",
		limit: "Sie sehen, dass die Forschung gefragt hat und nach welcher Art von Daten. Was dabei herauskam, steht nicht auf dieser Liste.",
	},
};
