import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newestRules } from "./rules.ts";

interface Definition {
	readonly type: string;
	readonly [field: string]: unknown;
}
interface Inspectable {
	readonly _zod: { readonly def: Definition };
}

const permittedChecks = ["min_length", "max_length", "greater_than", "less_than"];

/** Why a schema is not of the allow-list of PROTOCOL §3, by path. */
function objections(schema: unknown, path = "body"): readonly string[] {
	const { def } = (schema as Inspectable)._zod;
	const own = checkObjections(def, path);
	switch (def.type) {
		case "object": {
			const catchall = (def["catchall"] as Inspectable | undefined)?._zod.def.type;
			const strict = catchall === "never" ? [] : [`${path}: not strict`];
			return [...own, ...strict, ...Object.entries(def["shape"] as object).flatMap(([key, value]) => objections(value, `${path}.${key}`))];
		}
		case "array":
			return [...own, ...objections(def["element"], `${path}[]`)];
		case "optional":
			return [...own, ...objections(def["innerType"], path)];
		case "union":
			return [...own, ...(def["options"] as readonly unknown[]).flatMap((option, at) => objections(option, `${path}|${at}`))];
		case "string":
		case "number":
		case "boolean":
		case "enum":
		case "literal":
			return own;
		default:
			return [...own, `${path}: ${def.type}`];
	}
}

function checkObjections(def: Definition, path: string): readonly string[] {
	const found: string[] = [];
	if (def["coerce"] === true) found.push(`${path}: coerces`);
	if (def["format"] !== undefined) found.push(`${path}: format ${def["format"]}`);
	for (const check of (def["checks"] ?? []) as readonly { readonly _zod: { readonly def: Record<string, unknown> } }[]) {
		const { check: name, format, pattern } = check._zod.def;
		if (name === "string_format" && format === "regex") {
			const { source, flags } = pattern as RegExp;
			if (flags !== "" || /[^ -~]|\\[pPuwWdDsSbB]/.test(source) || !/^\^.*\$$/.test(source)) found.push(`${path}: pattern`);
		} else if (!permittedChecks.includes(String(name))) found.push(`${path}: check ${String(name)} ${String(format ?? "")}`);
	}
	return found;
}

describe("[RU3] bodies are checked by nothing that could differ", () => {
	const actions = Object.values(newestRules.contracts).flatMap(({ name, actions }) =>
		Object.entries(actions).map(([action, { schema }]) => [`${name}.${action}`, schema] as const),
	);

	it.each(actions)("%s", (_, schema) => {
		expect(objections(schema)).toEqual([]);
	});

	it("every contract stands under its own name", () => {
		for (const [name, contract] of Object.entries(newestRules.contracts)) expect(contract.name).toBe(name);
	});

	it.each([
		["a loose object", z.object({})],
		["a transform", z.strictObject({ a: z.string().transform((text) => text.length) })],
		["a default", z.strictObject({ a: z.string().default("x") })],
		["a catch", z.strictObject({ a: z.string().catch("x") })],
		["coercion", z.strictObject({ a: z.coerce.number() })],
		["a format", z.strictObject({ a: z.email() })],
		["a safe integer, which is a format", z.strictObject({ a: z.int() })],
		["trimming", z.strictObject({ a: z.string().trim() })],
		["a refinement", z.strictObject({ a: z.string().refine((text) => text !== "") })],
		["a flagged pattern", z.strictObject({ a: z.string().regex(/^a$/i) })],
		["a pattern with Unicode classes", z.strictObject({ a: z.string().regex(/^\w$/) })],
		["an open pattern", z.strictObject({ a: z.string().regex(/a/) })],
		["a record", z.record(z.string(), z.string())],
		["a date", z.strictObject({ a: z.array(z.date()) })],
	])("%s is found", (_, schema) => {
		expect(objections(schema)).not.toEqual([]);
	});
});
