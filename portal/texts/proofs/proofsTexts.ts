import type { Language } from "../texts.ts";
import { proofsDe } from "./de.ts";
import { type ProofsTexts, proofsEn } from "./en.ts";

export const proofsTexts: Readonly<Record<Language, ProofsTexts>> = { en: proofsEn, de: proofsDe };
