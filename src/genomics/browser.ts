/** What a browser takes of genomics: the names of what guidelines say, so that it can be said in the reader's language. Nothing is looked up there. */
export type { Action } from "./guidance/actions.ts";
export type { AdviceStatus } from "./guidance/adviseOn.ts";
export type { AdviceCodes, Gist } from "./guidance/adviseOnAll.ts";
export type { Condition } from "./guidance/conditions.ts";
export type { Detail, details, NameDetail, Quantity } from "./guidance/details.ts";
export type { Effect } from "./guidance/effect.ts";
export type { EffectDirection, EffectQualifier, EffectSubject, effectOutcomes } from "./guidance/effects.ts";
export type { Figure } from "./guidance/figure.ts";
export type { Population, Strength } from "./guidance/guidanceTable.ts";
export type { Statement } from "./guidance/statement.ts";
export type { Adjustment } from "./interactions/adjustForMedicines.ts";
