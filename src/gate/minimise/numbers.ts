import { isRawNumber, numberOf, type RawNumber } from "#fhir";

/** A double has at most 17 significant digits; sign, point and an exponent come on top. A longer spelling is a place to write something into. */
const spellingMax = 23;

/** A number of a magnitude below `limit`, spelt as it was where that says no more than precision; undefined for any other value. */
export function numberBelow(value: unknown, limit: number): number | RawNumber | undefined {
	const number = numberOf(value);
	if (number === undefined || !(Math.abs(number) < limit)) return undefined;
	return isRawNumber(value) && value.rawJSON.length <= spellingMax ? value : number;
}
