/** A value with the usual range that its own record names, where it names one. */
export interface Ranged {
	readonly number?: number | undefined;
	readonly low?: number | undefined;
	readonly high?: number | undefined;
}

/** On which side of the usual range a value lies; undefined inside of it, and where value or range are not known. */
export function outsideOf({ number, low, high }: Ranged): "below" | "above" | undefined {
	if (number === undefined) return undefined;
	if (low !== undefined && number < low) return "below";
	return high !== undefined && number > high ? "above" : undefined;
}
