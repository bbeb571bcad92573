/** Who the demonstration's people are, in German: what `story` and `does` say, by the English sentence. Everybody's stands here; a test looks. */
const german: Readonly<Record<string, string>> = {
	"Has every clinical input of all five PREVENT models, of one recent day, and is eligible for them.":
		"Hat alle Eingaben der fünf PREVENT-Modelle, von einem Tag der letzten Zeit, und kommt für sie infrage.",
	"Survived a heart attack: the risk equations must refuse him, and two hospitals hold parts of his record.":
		"Hat einen Herzinfarkt überlebt: Die Risikomodelle müssen ihn ablehnen, und zwei Häuser haben Teile seiner Akte.",
	"Lives with heart failure: eligible by age, refused by the equations for that reason.":
		"Lebt mit einem schwachen Herzen: vom Alter her passend, von den Modellen deswegen abgelehnt.",
	"Is the mother and guardian of Emma and signs for her until Emma is of age.":
		"Ist Emmas Mutter und gesetzliche Vertreterin und unterschreibt für sie, bis Emma volljährig ist.",
	"Is nine years old: her mother consents for her, and no research may read her.":
		"Ist neun Jahre alt: Ihre Mutter willigt für sie ein, und keine Forschung darf ihre Akte lesen.",
	"Has appointed his wife Ingrid to act for him.": "Hat seine Frau Ingrid benannt, für ihn zu handeln.",
	"Acts for her husband Walter as his delegate, and has a record of her own.": "Handelt für ihren Mann Walter und hat eine eigene Akte.",
	"Is party to a lawsuit: a legal hold stands against the erasure of his record and is shown to him.":
		"Führt einen Rechtsstreit: Eine gesetzliche Sperre hält seine Akte fest und wird ihm gezeigt.",
	"Has lung cancer with tumour variants, and an inherited variant that a drug trial must never see.":
		"Hat Lungenkrebs mit Veränderungen im Tumor und eine ererbte, die eine Arzneistudie nie sehen darf.",
	"Has colon cancer with tumour variants and Lynch syndrome in his germline; an outside laboratory sequenced him.":
		"Hat Darmkrebs mit Veränderungen im Tumor und ein ererbtes Lynch-Syndrom; ein fremdes Labor hat sequenziert.",
	"Is treated for depression and alcohol dependence: nothing of it leaves under a general grant.":
		"Wird wegen Depression und Alkoholabhängigkeit behandelt: Nichts davon geht mit einer allgemeinen Erlaubnis hinaus.",
	"Has a record with sexual health, reproductive health and violence in it.": "In ihrer Akte stehen sexuelle Gesundheit, Schwangerschaft und Gewalt.",
	"Lives well with HIV: the label covers drug, laboratory and diagnosis.": "Lebt gut mit HIV: Die Kennzeichnung gilt für Arznei, Labor und Diagnose.",
	"Is 92 years old: de-identified, his age reads 90 or more and no year tells it.":
		"Ist 92 Jahre alt: Ohne Namen weitergegeben, heißt es 90 oder älter, und kein Jahr verrät es.",
	"Lives under a ZIP prefix with fewer than 20,000 people: three digits would already be too many.":
		"Lebt in einem Postleitzahlgebiet mit weniger als 20.000 Menschen: Schon drei Ziffern wären zu viel.",
	"Wears a glucose sensor and a step counter, and writes messages to his clinic.":
		"Trägt einen Zuckersensor und einen Schrittzähler und schreibt seiner Einrichtung Nachrichten.",
	cardiologist: "Kardiologin",
	"general physician": "Allgemeinarzt",
	"emergency physician": "Notärztin",
	"researcher of the lung tumour trial": "forscht in der Studie zu Lungentumoren",
	"researcher of population health": "forscht zur Gesundheit der Bevölkerung",
	"compliance officer": "prüft, ob die Regeln eingehalten werden",
	"Is one of the many whom a tumour study needs before anything may leave.":
		"Ist eine oder einer der vielen, die eine Tumorstudie braucht, bevor etwas hinausgehen darf.",
	"Is an ordinary patient with an ordinary record.": "Hat eine gewöhnliche Akte.",
};

/** The sentence in both languages. */
export function inBothLanguages(english: string): { readonly about: string; readonly aboutDe: string } {
	return { about: english, aboutDe: german[english] ?? english };
}
