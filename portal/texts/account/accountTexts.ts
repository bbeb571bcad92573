import type { Language } from "../texts.ts";
import { accountDe } from "./de.ts";
import { type AccountTexts, accountEn } from "./en.ts";

export const accountTexts: Readonly<Record<Language, AccountTexts>> = { en: accountEn, de: accountDe };
