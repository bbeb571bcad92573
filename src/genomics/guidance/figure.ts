import { type Quantity, quantities } from "./details.ts";

export type Comparison = "=" | "<=" | ">=" | "<" | ">";

/** A figure that a guideline names: a share of another dose, or amounts with their unit. */
export interface Figure {
	readonly quantity: Quantity;
	/** Whether the values are factors of the usual value (`0.75` is 75 % of it). */
	readonly factor: boolean;
	readonly comparison: Comparison;
	/** Several where the guideline gives several, as doses per kilogram or per day. */
	readonly values: readonly FigureValue[];
}

export interface FigureValue {
	readonly minimum: number;
	readonly maximum: number;
	/** Of further steps or alternatives of the same unit, in order. */
	readonly more: readonly number[];
	/** As `mg/kg/day`; empty for factors and numbers without one. */
	readonly unit: string;
}

const form = /^([a-z0-9-]+?)(\*?)(<=|>=|<|>|=|)([0-9].*)$/;
const valueForm = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?((?:,\d+(?:\.\d+)?)*)([%a-zA-Z][a-zA-Z0-9/]*|\/week|\/day|)$/;

/** `start*0.5-0.75`, `dose<=20mg/day`, `normal>=75mg/m2/day|1.5mg/kg/day`; undefined where the text has another form. */
export function parseFigure(text: string): Figure | undefined {
	const [, quantity, star, comparison, rest] = form.exec(text) ?? [];
	if (quantity === undefined || rest === undefined || !(quantity in quantities) || (star === "" && comparison === "")) return undefined;
	const values = rest.split("|").map(parseValue);
	if (values.some((value) => value === undefined || (star === "*" && value.unit !== ""))) return undefined;
	return {
		...{ quantity: quantity as Quantity, factor: star === "*" },
		comparison: (comparison === "" ? "=" : comparison) as Comparison,
		values: values as FigureValue[],
	};
}

function parseValue(text: string): FigureValue | undefined {
	const [, from, to, more, unit] = valueForm.exec(text) ?? [];
	if (from === undefined) return undefined;
	return {
		...{ minimum: Number(from), maximum: Number(to ?? from), unit: unit ?? "" },
		more: (more ?? "").split(",").filter(Boolean).map(Number),
	};
}
