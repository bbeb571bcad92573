import type { Widened } from "../widened.ts";

/** Words about the erasure, in English; they come with the pages that say them. */
export const eraseEn = {
	erase: {
		lead: "You can ask {house} to erase your record, or a part of it. This cannot be undone. We do it by destroying the keys that open it.",
		what: "What is to be erased?",
		some: "Some kinds of data",
		all: "All of my record here",
		noHold: "No law or court holds your record now. You can have it erased.",
		hold: "A legal hold keeps your record",
		holdUntil: "until {date}",
		holdWhy: "Till then nothing can be erased here. Ask the clinic who placed the hold.",
		held: "When the hold ends, you can erase here.",
		happens: "What will happen",
		happensNot: "What will not happen",
		will: {
			gone: "It can no longer be read here, by you or by us. That is at once.",
			back: "Nobody can bring it back. Old copies of the data stay locked for ever.",
			backups: "Safety copies of the keys die a bit later. The receipt names the day.",
			derived: "What was made from it here goes too, such as results of models.",
		},
		willAll: {
			rules: "All your rules here end. Nobody can act for you here any more.",
			ledger: "A receipt goes on the ledger. It says when, and nothing of you.",
			list: "The list of who looked stays for you alone. The receipt says until when.",
		},
		willSome: {
			later: "No new data of this kind can be filed for you here later.",
			mixed: "A note that belongs to more than one kind goes as well.",
			list: "The list of who looked stays. It shows what you had erased.",
		},
		willNot: {
			seen: "What others have seen or copied stays with them.",
			elsewhere: "Other clinics keep what they hold about you. You ask each one on its own.",
			log: "That someone looked is not wiped out. You can still prove it.",
			paper: "Paper and files outside of this system are not touched.",
		},
		confirm: "Please be sure",
		signsAll: "You sign that {house} erases all of your record, now and for ever.",
		signsSome: "You sign that {house} erases these kinds of your data: {kinds}.",
		hasRead: "I have read what will and will not happen.",
		type: "Type the word {word}",
		word: "ERASE",
		now: "Sign and erase now",
		noKind: "Tick at least one kind of data to go on.",
		done: "It is erased",
		doneSome: "Since {date} nobody can read this here: {kinds}.",
		doneAll: "Since {date} nobody can read your record here.",
		backups: "The last safety copy of the keys dies on {date}. From then on no copy can be read.",
		onList: "You find this on the list of who looked:",
		listUntil: "Your list of who looked is kept until {date}, for you alone:",
		proved: "The ledger has this since {date}. Your device has checked the proof. Other members have signed it.",
		provedByOne: "The ledger has this since {date}. Your device has checked the proof. The other members have yet to sign it.",
	},
};

export type EraseTexts = Widened<typeof eraseEn>;
