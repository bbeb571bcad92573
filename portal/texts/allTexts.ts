import { de } from "./de.ts";
import { en, type Texts } from "./en.ts";
import type { Language } from "./texts.ts";

/** Both languages at once: for tests. A page takes the one that is read. */
export const texts: Readonly<Record<Language, Texts>> = { en, de };
