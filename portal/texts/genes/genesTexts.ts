import type { Language } from "../texts.ts";
import { genesDe } from "./de.ts";
import { type GenesTexts, genesEn } from "./en.ts";

export const genesTexts: Readonly<Record<Language, GenesTexts>> = { en: genesEn, de: genesDe };
