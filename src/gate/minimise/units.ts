import { numberOf } from "#fhir";

/** UCUM atoms that clinical records use, the metric ones with any prefix. Source: The Unified Code for Units of Measure 2.1. */
const metric = "g|mol|L|l|m|s|Hz|J|W|V|A|K|Cel|Pa|bar|osm|eq|U|\\[IU\\]|\\[iU\\]|m\\[Hg\\]|m\\[H2O\\]|kat|Bq|Gy|Sv|cal|B|N|\\[arb'U\\]|\\[CFU\\]";
const plain = "%|min|h|d|wk|mo|a|deg|\\[in_i\\]|\\[lb_av\\]|\\[ft_i\\]|\\[degF\\]|\\[pH\\]|\\[drp\\]|\\[diop\\]|1|10\\*\\d{0,2}|10\\^\\d{1,2}";
const prefix = "(?:da|[YZEPTGMkhdcmunpfazy])?";
/** Annotations are free text in UCUM; these few are closed here. */
const annotation = "\\{(?:score|copies|copy|steps|count|ratio|INR|nominal|index|cells|beats|breaths|tbl|puff|dose|#|T-score|creat|1\\.73_m2)\\}";
const term = `(?:(?:${prefix}(?:${metric})|${plain})(?:-?[1-4])?(?:${annotation})?|${annotation})`;
const ucum = new RegExp(`^/?${term}(?:[./]${term}){0,4}$`);
const words: ReadonlySet<string> = new Set(
	"(score) pH M/uL K/uL IU/L IU/mL year years yr month months week weeks day days hour hours minute minutes percent".split(" "),
);

/** A UCUM code of known atoms: a name in its place is not a unit. */
function isUcum(text: unknown): text is string {
	return typeof text === "string" && ucum.test(text);
}

/** A unit as people write it: a UCUM code, or one of a few words and spellings that UCUM lacks. */
export function isUnit(text: unknown): text is string {
	return isUcum(text) || (typeof text === "string" && words.has(text));
}

const comparators: ReadonlySet<unknown> = new Set([undefined, "<", "<=", ">=", ">"]);

/** A number without its unit, or `5` for `< 5`, says something else: a quantity of which one cannot be read goes whole. */
export function isUnreadableQuantity(quantity: object): boolean {
	const { value, comparator, unit, code } = quantity as { value?: unknown; comparator?: unknown; unit?: unknown; code?: unknown };
	if (numberOf(value) === undefined) return false;
	if (!comparators.has(comparator)) return true;
	return (unit !== undefined || code !== undefined) && !isUnit(code) && !isUnit(unit);
}
