import type { JsonValue } from "#base";

/** One step of a change to a JSON document. Source: RFC 6902, without `test`; `from` and `path` are JSON pointers (RFC 6901). */
export type PatchStep =
	| { readonly op: "add"; readonly path: string; readonly value: JsonValue }
	| { readonly op: "replace"; readonly path: string; readonly value: JsonValue }
	| { readonly op: "remove"; readonly path: string }
	| { readonly op: "copy"; readonly from: string; readonly path: string }
	| { readonly op: "move"; readonly from: string; readonly path: string };

type Container = { [key: string]: JsonValue | undefined } | JsonValue[];

/** A changed copy. Throws on a step that does not fit the document: a mutation that changes nothing would pass for a refused one. */
export function applyPatch(document: JsonValue, steps: readonly PatchStep[]): JsonValue {
	const copy = structuredClone(document) as JsonValue;
	for (const step of steps) {
		if (step.op === "add") insert(copy, step.path, step.value);
		else if (step.op === "remove") take(copy, step.path);
		else if (step.op === "copy") insert(copy, step.path, structuredClone(valueAt(copy, step.from)) as JsonValue);
		else if (step.op === "move") insert(copy, step.path, take(copy, step.from));
		else {
			take(copy, step.path);
			insert(copy, step.path, step.value);
		}
	}
	return copy;
}

export function valueAt(document: JsonValue, path: string): JsonValue {
	const [container, key] = locate(document, path);
	const value = Array.isArray(container) ? container[Number(key)] : container[key];
	if (value === undefined) throw new Error(`expected a value at ${path}`);
	return value;
}

function insert(document: JsonValue, path: string, value: JsonValue): void {
	const [container, key] = locate(document, path);
	if (Array.isArray(container)) container.splice(key === "-" ? container.length : Number(key), 0, value);
	else container[key] = value;
}

function take(document: JsonValue, path: string): JsonValue {
	const taken = valueAt(document, path);
	const [container, key] = locate(document, path);
	if (Array.isArray(container)) container.splice(Number(key), 1);
	else delete container[key];
	return taken;
}

function locate(document: JsonValue, path: string): [Container, string] {
	const names = path.split("/").slice(1);
	const last = names.pop();
	if (last === undefined) throw new Error("expected a pointer below the root");
	let container = document;
	for (const name of names) container = (container as { readonly [key: string]: JsonValue })[name] as JsonValue;
	if (typeof container !== "object" || container === null) throw new Error(`expected an object or a list above ${path}`);
	return [container as Container, last];
}
