/** An object as `JSON.parse` makes it. */
export interface JsonRecord {
	readonly [key: string]: unknown;
}

export function isPlainObject(value: unknown): value is JsonRecord {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
