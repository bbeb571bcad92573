import { readFileSync } from "node:fs";

export type Word = string;
export const rules = readFileSync;
