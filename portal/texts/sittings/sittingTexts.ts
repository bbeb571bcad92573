import type { Language } from "../texts.ts";
import { sittingsDe } from "./de.ts";
import { type SittingTexts, sittingsEn } from "./en.ts";

export const sittingTexts: Readonly<Record<Language, SittingTexts>> = { en: sittingsEn, de: sittingsDe };
