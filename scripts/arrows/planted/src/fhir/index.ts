import type { Word } from "#contracts";

export const allowed: Word = "a type may pass";
export { rules } from "#contracts";
