import { accountTexts } from "./account/accountTexts.ts";
import { clinicTexts } from "./clinic/clinicTexts.ts";
import { de } from "./de.ts";
import { en, type Texts } from "./en.ts";
import { eraseTexts } from "./erase/eraseTexts.ts";
import { genesTexts } from "./genes/genesTexts.ts";
import { proofsTexts } from "./proofs/proofsTexts.ts";
import { researchTexts } from "./research/researchTexts.ts";
import { sittingTexts } from "./sittings/sittingTexts.ts";
import { staffTexts } from "./staff/staffTexts.ts";
import type { Language } from "./texts.ts";

/** Both languages at once: for tests. A page takes the one that is read. */
export const texts: Readonly<Record<Language, Texts>> = { en, de };

/** Words that come with their pages. */
export const byPage = [accountTexts, clinicTexts, eraseTexts, genesTexts, proofsTexts, researchTexts, sittingTexts, staffTexts] as const;

type Tree = { readonly [key: string]: string | Tree };

/** Texts with their places, in the order in which they stand. */
export function flatten(tree: Tree, path = ""): readonly (readonly [path: string, text: string])[] {
	return Object.entries(tree).flatMap(([key, value]) =>
		typeof value === "string" ? [[`${path}${key}`, value] as const] : flatten(value, `${path}${key}.`),
	);
}

/** All that is said to patients, to staff and to officers; the field's own words apart. */
export const everyText = (language: Language) => [texts[language], ...byPage.map((each) => each[language])].flatMap((tree) => flatten(tree));
