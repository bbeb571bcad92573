import { GateError } from "./errors.ts";

/**
 * The bytes `[start, end)` that a range names in an object of a size; its form is checked before.
 *
 * Source: RFC 9110 §14.1.2, one range. What lies beyond the end is left out; a range without any byte of the object is not satisfiable.
 *
 * @throws {@link GateError} `GATE_RANGE_UNSATISFIABLE`.
 */
export function resolveRange(range: string | undefined, sizeBytes: number): { readonly start: number; readonly end: number } {
	if (range === undefined) return { start: 0, end: sizeBytes };
	const [first = "", last = ""] = range.slice("bytes=".length).split("-");
	const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
	const end = first === "" || last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
	if (start < end) return { start, end };
	throw new GateError("GATE_RANGE_UNSATISFIABLE", "expected a range with bytes of the object", { sizeBytes });
}
