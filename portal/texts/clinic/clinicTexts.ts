import type { Language } from "../texts.ts";
import { clinicDe } from "./de.ts";
import { type ClinicTexts, clinicEn } from "./en.ts";

export const clinicTexts: Readonly<Record<Language, ClinicTexts>> = { en: clinicEn, de: clinicDe };
