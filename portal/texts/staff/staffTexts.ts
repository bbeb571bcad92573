import type { Language } from "../texts.ts";
import { staffDe } from "./de.ts";
import { type StaffTexts, staffEn } from "./en.ts";

export type { StaffTexts } from "./en.ts";

export const staffTexts: Readonly<Record<Language, StaffTexts>> = { en: staffEn, de: staffDe };
