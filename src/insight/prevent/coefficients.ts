import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Digest, sha256Hex } from "#base";
import { InsightError } from "../errors.ts";
import {
	type PreventHorizon,
	type PreventModel,
	type PreventOutcome,
	type PreventSex,
	preventHorizons,
	preventModels,
	preventOutcomes,
} from "./model.ts";
import { type PreventTerm, preventTerms } from "./terms.ts";

/** One fitted equation: log-odds = constant + Σ coefficient × term. */
export interface Equation {
	readonly constant: number;
	readonly coefficients: readonly { readonly term: PreventTerm; readonly beta: number }[];
}

export interface EquationKey {
	readonly model: PreventModel;
	readonly horizonYears: PreventHorizon;
	readonly sex: PreventSex;
	readonly outcome: PreventOutcome;
}

const tableSchema = z.strictObject({
	format: z.literal("aceso/prevent-coefficients/1"),
	version: z.literal("2023"),
	source: z.string(),
	equations: z.record(z.string(), z.partialRecord(z.enum(["constant", ...preventTerms]), z.string().regex(/^-?\d+\.\d+$/))),
});

const bytes = readFileSync(new URL("../../../knowledge/equations/prevent/prevent-2023.json", import.meta.url));

/** SHA-256 of the coefficient table's bytes. */
export const coefficientsHash = sha256Hex(bytes) as Digest;

const equations = readEquations();

export function getEquation(key: EquationKey): Equation {
	return equations.get(nameOf(key)) as Equation;
}

function nameOf({ model, horizonYears, sex, outcome }: EquationKey): string {
	return `${model}/${horizonYears}/${sex}/${outcome}`;
}

function readEquations(): ReadonlyMap<string, Equation> {
	const table = tableSchema.safeParse(JSON.parse(bytes.toString("utf8")));
	if (!table.success) throw new InsightError("INSIGHT_KNOWLEDGE_INVALID", "expected the table of PREVENT coefficients, found another form");
	const all = new Map<string, Equation>();
	for (const model of preventModels)
		for (const horizonYears of preventHorizons)
			for (const sex of ["female", "male"] as const)
				for (const outcome of preventOutcomes) {
					const name = nameOf({ model, horizonYears, sex, outcome });
					all.set(name, readEquation(name, table.data.equations[name] ?? {}));
				}
	return all;
}

function readEquation(name: string, betas: Readonly<Partial<Record<PreventTerm | "constant", string>>>): Equation {
	if (betas.constant === undefined) throw new InsightError("INSIGHT_KNOWLEDGE_INVALID", "expected a constant in every equation", { at: name });
	const coefficients = preventTerms.flatMap((term) => {
		const beta = betas[term];
		return beta === undefined ? [] : [{ term, beta: Number(beta) }];
	});
	return { constant: Number(betas.constant), coefficients };
}
