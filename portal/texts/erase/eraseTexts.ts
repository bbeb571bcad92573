import type { Language } from "../texts.ts";
import { eraseDe } from "./de.ts";
import { type EraseTexts, eraseEn } from "./en.ts";

export const eraseTexts: Readonly<Record<Language, EraseTexts>> = { en: eraseEn, de: eraseDe };
