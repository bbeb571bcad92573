import type { CivilDay, Pseudonym, PublicKey } from "#base";
import { type Formats, fill, type Texts } from "../texts/texts.ts";

/** Most helpers and guardians that the ledger lets run at a time; a test holds it to the contract's. */
export const helpersMax = 8;

/** What the form of a new helper holds; it survives a reload. */
export interface HelperForm {
	/** What the person calls the helper; kept in this browser alone. */
	readonly name: string;
	/** The key that the helper made for this relationship, hex. */
	readonly code: string;
	/** Last day, `YYYY-MM-DD`. */
	readonly until: string;
}

/** What is signed: the key and the last day. */
export interface HelperDraft {
	readonly key: PublicKey;
	readonly until: CivilDay;
}

export type HelperFault = "noName" | "badCode" | "ownCode" | "badDay";

/** A code as people paste it: spaces and capitals do not matter. */
export function readCode(typed: string): string {
	return typed.replaceAll(/\s/g, "").toLowerCase();
}

export function isCode(code: string): boolean {
	return /^[0-9a-f]{64}$/.test(code);
}

/** What still stands in the way of signing. */
export function faultOfHelper({ name, code, until }: HelperForm, own: Pseudonym, today: string): HelperFault | undefined {
	if (name.trim() === "") return "noName";
	if (!isCode(readCode(code))) return "badCode";
	if (readCode(code) === own) return "ownCode";
	const isDay = /^\d{4}-\d{2}-\d{2}$/.test(until) && !Number.isNaN(Date.parse(until));
	return isDay && until >= today ? undefined : "badDay";
}

export function draftOfHelper({ code, until }: HelperForm): HelperDraft {
	return { key: readCode(code) as PublicKey, until: until as CivilDay };
}

interface Words {
	readonly texts: Texts;
	readonly formats: Formats;
	readonly name: string;
	readonly house: string;
}

/** What the person's key signs when a helper is named, made from the very draft that is signed. */
export function describeHelper({ key, until }: HelperDraft, { texts, formats, name, house }: Words): readonly string[] {
	const { signs } = texts.helpers;
	return [
		fill(signs.who, { name, house }),
		fill(signs.key, { key: `${key.slice(0, 8)} … ${key.slice(-8)}` }),
		fill(signs.until, { date: formats.day(until) }),
		signs.may,
		signs.erase,
		signs.mayNot,
		signs.log,
		signs.end,
	];
}
