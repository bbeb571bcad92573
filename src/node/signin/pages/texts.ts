/** What the pages say, each sentence in every language. Placeholders stand in braces. */
const table = {
	allowTitle: { en: "{app} asks to see health data", de: "{app} möchte Gesundheitsdaten sehen" },
	allowAsks: { en: "{app} asks {house} for access in your name.", de: "{app} bittet {house} um Zugriff in Ihrem Namen." },
	allowSends: { en: "You will be sent back to {target}.", de: "Danach gelangen Sie zurück zu {target}." },
	allowWhat: { en: "What it asks for", de: "Worum es geht" },
	allowNarrow: {
		en: "Untick what it should not have. Consents still decide: an app never sees more than you may see yourself.",
		de: "Nehmen Sie heraus, was sie nicht haben soll. Einwilligungen entscheiden weiterhin: Eine App sieht nie mehr als Sie selbst.",
	},
	allowPurpose: {
		en: "Purpose: {purpose}. Each use is written down and the patient can see it.",
		de: "Zweck: {purpose}. Jede Nutzung wird aufgeschrieben, und die Patientin oder der Patient kann sie sehen.",
	},
	allowSitting: { en: "Access ends after one hour.", de: "Der Zugriff endet nach einer Stunde." },
	allowOffline: { en: "Keep access for 90 days without asking again", de: "Zugriff 90 Tage lang ohne neue Frage behalten" },
	signInTitle: { en: "Sign in", de: "Anmelden" },
	signInPasskey: { en: "Use a passkey", de: "Passkey verwenden" },
	signInName: { en: "Sign-in name", de: "Anmeldename" },
	signInPassphrase: { en: "Passphrase", de: "Passphrase" },
	signInWithPassphrase: { en: "Sign in with passphrase", de: "Mit Passphrase anmelden" },
	signInWorking: { en: "Working. This takes a few seconds.", de: "Einen Moment, das dauert ein paar Sekunden." },
	signedInAs: { en: "Signed in as {name}", de: "Angemeldet als {name}" },
	patientTitle: { en: "Whose record", de: "Wessen Akte" },
	patientId: { en: "Patient number at {house}", de: "Patientennummer bei {house}" },
	patientFixed: { en: "Patient {patient}, as you opened it.", de: "Patient {patient}, wie von Ihnen geöffnet." },
	patientOwn: { en: "Your own record.", de: "Ihre eigene Akte." },
	allow: { en: "Allow", de: "Erlauben" },
	deny: { en: "Do not allow", de: "Nicht erlauben" },
	noScript: {
		en: "Your key signs in this browser, so this page needs its script. Nothing of it comes from elsewhere.",
		de: "Ihr Schlüssel unterschreibt in diesem Browser, deshalb braucht diese Seite ihr Skript. Nichts davon kommt von anderswo.",
	},
	problemTitle: { en: "This did not work", de: "Das hat nicht geklappt" },
	problemBack: { en: "Close this page and start again from the app.", de: "Schließen Sie diese Seite und beginnen Sie in der App von vorn." },
	problemCode: { en: "Code for your operator: {code}", de: "Code für den Betrieb: {code}" },
	failRefused: { en: "Name, passphrase or passkey do not fit together.", de: "Name, Passphrase oder Passkey passen nicht zusammen." },
	failTooOften: {
		en: "Too many tries. Wait a while and try again.",
		de: "Zu viele Versuche. Warten Sie eine Weile und versuchen Sie es dann noch einmal.",
	},
	failExpired: { en: "This page is too old. Start again from the app.", de: "Diese Seite ist zu alt. Beginnen Sie in der App von vorn." },
	failStanding: {
		en: "You have no current credential here. Ask your institution.",
		de: "Sie haben hier keinen gültigen Nachweis. Fragen Sie Ihre Einrichtung.",
	},
	failPatient: { en: "Name the patient first.", de: "Nennen Sie zuerst die Patientin oder den Patienten." },
	failNothing: { en: "Tick at least one thing, or do not allow.", de: "Wählen Sie mindestens eines aus oder erlauben Sie es nicht." },
	failOther: { en: "That did not work ({code}). Try again.", de: "Das hat nicht geklappt ({code}). Versuchen Sie es noch einmal." },
	keeperTitle: { en: "Keep your signing key", de: "Ihren Signaturschlüssel aufbewahren" },
	keeperExplain: {
		en: "Your key stays with you. {house} keeps it locked: only your passkey or passphrase opens it, in your browser.",
		de: "Ihr Schlüssel bleibt Ihrer. {house} bewahrt ihn verschlossen auf: Nur Ihr Passkey oder Ihre Passphrase öffnet ihn, in Ihrem Browser.",
	},
	keeperPasskey: { en: "Lock it with a passkey", de: "Mit einem Passkey verschließen" },
	keeperPassphrase: { en: "Lock it with a passphrase", de: "Mit einer Passphrase verschließen" },
	keeperDone: { en: "Done. Your key's public half is:", de: "Fertig. Die öffentliche Hälfte Ihres Schlüssels ist:" },
	keeperNoPrf: {
		en: "This passkey cannot lock a key. Use a passphrase.",
		de: "Dieser Passkey kann keinen Schlüssel verschließen. Nehmen Sie eine Passphrase.",
	},
	keeperShort: { en: "Use at least 15 characters.", de: "Nehmen Sie mindestens 15 Zeichen." },
	keeperLong: { en: "Use at most 256 characters.", de: "Nehmen Sie höchstens 256 Zeichen." },
	keeperCommon: {
		en: "Many people use this passphrase, or parts of it. Choose another.",
		de: "Viele verwenden diese Passphrase oder ihre Teile. Wählen Sie eine andere.",
	},
	keeperHouseWords: {
		en: "This is hardly more than names that everybody here knows. Choose another.",
		de: "Das ist kaum mehr als Namen, die hier alle kennen. Wählen Sie eine andere.",
	},
	inviteTitle: { en: "Connect your wallet with {house}", de: "Ihre Wallet mit {house} verbinden" },
	inviteExplain: {
		en: "Your wallet is a secret of 24 words. Whoever has them can act for you. Write them down and keep them safe.",
		de: "Ihre Wallet ist ein Geheimnis aus 24 Wörtern. Wer sie hat, kann für Sie handeln. Schreiben Sie sie auf und bewahren Sie sie gut auf.",
	},
	inviteNew: { en: "Make a new wallet", de: "Neue Wallet machen" },
	inviteOld: { en: "I have 24 words", de: "Ich habe 24 Wörter" },
	inviteWords: { en: "Your 24 words", de: "Ihre 24 Wörter" },
	inviteWritten: { en: "I have written them down", de: "Ich habe sie aufgeschrieben" },
	inviteConnect: { en: "Connect", de: "Verbinden" },
	inviteCheckWord: { en: "Type word {number} of your list", de: "Tippen Sie Wort {number} Ihrer Liste" },
	inviteCheckWrong: {
		en: "That is not the word at that place. Look at your list.",
		de: "Das ist nicht das Wort an dieser Stelle. Sehen Sie auf Ihrer Liste nach.",
	},
	inviteWordsWrong: {
		en: "These are not 24 words of a wallet. One is missing, misspelt or in another place.",
		de: "Das sind nicht 24 Wörter einer Wallet. Eines fehlt, ist falsch geschrieben oder steht an anderer Stelle.",
	},
	inviteDone: { en: "Your wallet is connected.", de: "Ihre Wallet ist verbunden." },
	providerGo: { en: "Sign in with {name}", de: "Anmelden mit {name}" },
	providerWhy: {
		en: "Your house wants you to sign in there. It opens in a window of its own. Come back here afterwards.",
		de: "Ihre Einrichtung möchte, dass Sie sich dort anmelden. Es öffnet sich ein eigenes Fenster. Kommen Sie danach hierher zurück.",
	},
	providerDone: { en: "I have signed in there", de: "Ich habe mich dort angemeldet" },
	providerClose: {
		en: "You are signed in. Close this window and go on in the other one.",
		de: "Sie sind angemeldet. Schließen Sie dieses Fenster und machen Sie im anderen weiter.",
	},
	providerFailed: {
		en: "You are not signed in there, or not as the person who was invited.",
		de: "Sie sind dort nicht angemeldet, oder nicht als die eingeladene Person.",
	},
	inviteReplaced: {
		en: "We found your former key. The new one takes its place in seven days. Until then whoever has the former one can stop it. Sign in again after that.",
		de: "Es gibt einen früheren Schlüssel von Ihnen. Der neue tritt in sieben Tagen an seine Stelle. Bis dahin kann, wer den früheren hat, das aufhalten. Melden Sie sich danach wieder an.",
	},
	inviteOn: { en: "Go on", de: "Weiter" },
	inviteInvalid: {
		en: "This invitation was used, is over, or never was. Ask at the desk.",
		de: "Diese Einladung wurde benutzt, ist abgelaufen oder gab es nie. Fragen Sie am Empfang.",
	},
} as const;

export type TextName = keyof typeof table;
export type Language = "en" | "de";

/** One sentence, its placeholders filled. */
export function say(language: Language, name: TextName, facts: Readonly<Record<string, string>> = {}): string {
	return table[name][language].replace(/\{(\w+)\}/g, (_, fact: string) => facts[fact] ?? "");
}

/** Sentences for a page's script, placeholders as they stand. */
export function textsFor(language: Language, names: readonly TextName[]): Readonly<Record<string, string>> {
	return Object.fromEntries(names.map((name) => [name, table[name][language]]));
}

const purposeWords: Readonly<Record<string, Record<Language, string>>> = {
	TREAT: { en: "treatment", de: "Behandlung" },
	HPAYMT: { en: "payment", de: "Abrechnung" },
	HOPERAT: { en: "running the institution", de: "Betrieb der Einrichtung" },
	PUBHLTH: { en: "public health", de: "öffentliche Gesundheit" },
	PATSFTY: { en: "patient safety", de: "Patientensicherheit" },
	HRESCH: { en: "research", de: "Forschung" },
	CLINTRCH: { en: "a clinical trial", de: "klinische Studie" },
	PATRQT: { en: "your own request", de: "auf Ihren Wunsch" },
};

export function sayPurpose(language: Language, purpose: string): string {
	return purposeWords[purpose]?.[language] ?? purpose;
}
