import type { Language } from "../texts.ts";
import { researchDe } from "./de.ts";
import { type ResearchTexts, researchEn } from "./en.ts";

export const researchTexts: Readonly<Record<Language, ResearchTexts>> = { en: researchEn, de: researchDe };
