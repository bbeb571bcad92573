/** Words about where one's key is open; they come with the pages that need them. */
export const sittingsEn = {
	title: "Where your key is open",
	why: "Each line is a place where you signed in. Close what you do not know. A closed page forgets your key within a minute.",
	none: "There is no other place.",
	here: "This page",
	unknown: "A browser we do not know",
	byPasskey: "by passkey",
	byPassphrase: "by passphrase",
	byProvider: "by your workplace",
	since: "Open since {date}. Last heard of {seen}.",
	close: "Close",
	closeOthers: "Close all others",
	closed: "Done. Your key is open here alone.",
	changed: "You changed how your key is opened. Do you want to close it in all other places?",
	reviewTitle: "Please look through the ways to your key",
	reviewWhy: "{house} had to bring back a safety copy. A way that you removed before may be back. Remove each way that is not yours.",
	reviewGo: "Look at the ways",
	reviewDone: "I looked. They are all mine.",
};

export type SittingTexts = typeof sittingsEn;
