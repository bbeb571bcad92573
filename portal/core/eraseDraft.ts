import type { DataClass } from "#contracts";

/** What is to be erased: the whole record, or some kinds of data. */
export type EraseWhat = "all" | readonly DataClass[];

export interface EraseForm {
	readonly reach: "all" | "some";
	readonly kinds: readonly DataClass[];
	/** Has read what follows. */
	readonly hasRead: boolean;
	/** The word that is typed, so that nothing is erased by a slip. */
	readonly word: string;
}

export const emptyEraseForm: EraseForm = { reach: "some", kinds: [], hasRead: false, word: "" };

export type EraseFault = "noKind" | "notRead" | "noWord";

/** What still stands in the way of signing. @param asked - The word to type, in the person's language. */
export function faultOfErase({ reach, kinds, hasRead, word }: EraseForm, asked: string): EraseFault | undefined {
	if (reach === "some" && kinds.length === 0) return "noKind";
	if (!hasRead) return "notRead";
	return word.trim().toUpperCase() === asked ? undefined : "noWord";
}

export function whatOfErase({ reach, kinds }: EraseForm): EraseWhat {
	return reach === "all" ? "all" : kinds;
}
