import { z } from "zod";
import { type CivilDay, type ConsentId, type Digest, isPublicKey, type MemberId, type Pseudonym, type PublicKey, type Signature } from "#base";
import { type ContractName, ContractRefusal } from "./contract.ts";
import { dayNumber } from "./day.ts";

/**
 * The scalar fields of transaction bodies. Only checks that cannot depend on the engine's Unicode tables, locale or clock are used
 * (PROTOCOL §3): literals, enums, bounded lengths, plain ASCII patterns without flags, bounded numbers.
 */
const hex = (lengthBytes: number) =>
	z.string().regex(lengthBytes === 16 ? /^[0-9a-f]{32}$/ : lengthBytes === 32 ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{128}$/);

const typed = <T>(schema: z.ZodType<string>): z.ZodType<T> => schema as z.ZodType<unknown> as z.ZodType<T>;

export const memberIdField = typed<MemberId>(z.string().regex(/^[a-z][a-z0-9-]{1,39}$/));
export const publicKeyField = typed<PublicKey>(hex(32));
export const pseudonymField = typed<Pseudonym>(hex(32));
export const signatureField = typed<Signature>(hex(64));
export const digestField = typed<Digest>(hex(32));
export const consentIdField = typed<ConsentId>(hex(16));
/** 16 random bytes, hex: credentials, proposals, legal uses. */
export const randomIdField: z.ZodType<string> = hex(16);
/** `YYYY-MM-DD`; whether the calendar has it is {@link requireDay}'s to say. */
export const dayField = typed<CivilDay>(z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/));
/** 1–120 UTF-16 units: names of institutions, the one field that is not ASCII. It is shown, never compared. */
export const nameField: z.ZodType<string> = z.string().min(1).max(120);
/** A short ASCII identifier: studies, departments, models, versions, logs. */
export const codeField: z.ZodType<string> = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/);
/** UTC milliseconds. Canonical JSON has already refused fractions. */
export const instantField: z.ZodType<number> = z.number().min(0).max(253402300799999);
export const countField: z.ZodType<number> = z.number().min(0).max(9007199254740991);

/** Refuses a key that no signature could ever be valid under. */
export function requireKey(contract: ContractName, code: string, key: PublicKey): void {
	if (!isPublicKey(key)) throw new ContractRefusal(contract, code, "expected a public key that is a canonical encoding and not of small order");
}

/** Refuses a day that the calendar does not have or that is already over at `timeMs`; returns its number. */
export function requireDay(contract: ContractName, code: string, day: CivilDay, timeMs: number): number {
	const number = dayNumber(day);
	if (number < 0) throw new ContractRefusal(contract, code, "expected a day that the Gregorian calendar has, from 1970 on");
	if ((number + 1) * 86_400_000 <= timeMs) throw new ContractRefusal(contract, code, "expected a last day that is not over yet");
	return number;
}
