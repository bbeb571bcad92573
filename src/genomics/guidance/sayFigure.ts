import { quantities } from "./details.ts";
import type { Figure, FigureValue } from "./figure.ts";

const comparisonWords = { "=": "", "<=": "at most ", ">=": "at least ", "<": "below ", ">": "above " } as const;

/** `starting dose at most 20 mg/day`, `50–75% of the usual starting dose`. */
export function sayFigure({ quantity, factor, comparison, values }: Figure): string {
	const noun = quantities[quantity];
	const said = values.map((value) => (factor ? sayShare(value) : sayAmount(value))).join(" or ");
	if (!factor) return `${noun} ${comparisonWords[comparison]}${said}`;
	return `${comparisonWords[comparison]}${said} the ${noun.startsWith("usual") || noun.startsWith("standard") ? "" : "usual "}${noun}`;
}

/** Up to twice the usual is a percentage; beyond, a multiple. */
function sayShare({ minimum, maximum }: FigureValue): string {
	const percent = [...new Set([minimum, maximum])].map((value) => `${Number((value * 100).toFixed(1))}`);
	if (maximum <= 1) return `${percent.join("–")}% of`;
	return `${[...new Set([minimum, maximum])].join("–")} times`;
}

function sayAmount({ minimum, maximum, more, unit }: FigureValue): string {
	if (unit === "/day" || unit === "/week") return `${sayTimes(minimum)} a ${unit.slice(1)}`;
	const range = minimum === maximum ? `${minimum}` : `${minimum}–${maximum}`;
	return [[range, ...more].join(", "), sayUnit(unit)].filter(Boolean).join(unit === "%" ? "" : " ");
}

function sayTimes(count: number): string {
	return ["", "once", "twice"][count] ?? `${count} times`;
}

function sayUnit(unit: string): string {
	return unit.replace("m2", "m²").replace(/^ug/, "µg");
}
