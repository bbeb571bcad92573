import type { Widened } from "../widened.ts";

/** Words about how everything is checked, in English; they come with the pages that say them. */
export const proofsEn = {
	proofs: {
		title: "How this is checked",
		lead: "You do not have to trust the clinic. Your device checks its list of looks like this.",
		chain: "Each look is a line. Each line names the line before it. A line that is taken out leaves a gap, and your device sees it.",
		grow: "The list may only grow. The clinic has to send a mark of its list to all others at least each time it has grown. A changed list does not fit the mark.",
		sign: "The other members run the same steps again and sign if all is right. Your device asks for at least half of them.",
		keep: "Your device keeps what it saw last. If the list shrinks or a line changes, the next check fails.",
		not: "What it cannot show",
		notAfter: "It cannot show what a person does with your data once they have seen it.",
		notScript:
			"This page comes from the clinic, too. A bad clinic could send a false page at your first visit, or change the guard that keeps this one. So you can save the list and check it with some other program.",
		pins: "What your device keeps",
		pinLedger: "Key of the ledger",
		pinValidators: "Members who decide, as your device keeps them",
		pinMembers: "Members who sign",
		you: "Your name on the ledger",
	},
	copy: {
		title: "Check a saved list",
		lead: "Did you save a list, here or at some other clinic of the network? You can check it on this page. It is the same check, and your device uses the keys that it keeps. So you need not trust the page of the clinic that the list is from.",
		files: "The two files that you saved:",
		both: "Please choose both files at once. The name of one ends with .pins.json.",
		whose: "A list of {house}",
		found: "Looks on it: {count}. The last one was on {date}.",
	},
};

export type ProofsTexts = Widened<typeof proofsEn>;
