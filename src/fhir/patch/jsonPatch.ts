import { fhirError } from "../errors.ts";
import { isRawNumber, numberOf } from "../json/numberSpelling.ts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";

type Json = unknown;
type Writable = { [key: string]: Json } | Json[];

/** Operations of one patch. */
const operationsMax = 1_000;

/** What `copy` may add, in characters and values: a document that is copied into itself forty times would fill any memory. */
const copiedMax = 9 * 1_048_576;

/**
 * Applies a JSON Patch to a value that is copied first: all of it or nothing.
 *
 * Source: RFC 6902, pointers by RFC 6901. Numbers in their own spelling stay as they are where nothing changes them.
 *
 * @throws FhirError `FHIR_PATCH_INVALID` with the number of the operation; never with a value or a path of it.
 */
export function applyJsonPatch(document: Json, patch: Json): Json {
	if (!Array.isArray(patch) || patch.length > operationsMax) {
		throw fhirError("FHIR_PATCH_INVALID", { expected: `a list of at most ${operationsMax} operations`, found: "something else" });
	}
	// Under a member, so that the whole document can be replaced like any other.
	const root: { [key: string]: Json } = { "": copy(document) };
	const room = { left: copiedMax };
	for (const [place, operation] of patch.entries()) applyOperation(root, operation, place, room);
	return root[""];
}

function invalid(place: number, expected: string, found: string) {
	return fhirError("FHIR_PATCH_INVALID", { path: `patch[${place}]`, expected, found });
}

function applyOperation(root: Writable, operation: Json, place: number, room: { left: number }): void {
	if (!isPlainObject(operation)) throw invalid(place, "an operation", "another value");
	const to = () => readPointer(operation.path, place);
	const value = () => {
		if (!Object.hasOwn(operation, "value")) throw invalid(place, "a value", "none");
		return copy(operation.value);
	};
	switch (operation.op) {
		case "add":
			add(root, to(), value(), place);
			return;
		case "remove":
			remove(root, to(), place);
			return;
		case "replace": {
			const [holder, key] = find(root, to(), place);
			put(holder, key, value());
			return;
		}
		case "move": {
			const [from, target] = [readPointer(operation.from, place), to()];
			if (from.length < target.length && from.every((step, at) => step === target[at]))
				throw invalid(place, "a move that is not into itself", "one that is");
			add(root, target, remove(root, from, place), place);
			return;
		}
		case "copy": {
			const from = valueAt(root, readPointer(operation.from, place), place);
			room.left -= weigh(from, room.left);
			if (room.left <= 0) throw invalid(place, "a patch that copies less", "one that copies too much");
			add(root, to(), copy(from), place);
			return;
		}
		case "test":
			if (!isEqual(valueAt(root, to(), place), value())) throw invalid(place, "the value that the test names", "another");
			return;
		default:
			throw invalid(place, "add, remove, replace, move, copy or test", "another operation");
	}
}

function readPointer(pointer: Json, place: number): readonly string[] {
	if (typeof pointer !== "string" || (pointer !== "" && !pointer.startsWith("/")) || /~(?![01])/.test(pointer)) {
		throw invalid(place, "a JSON pointer", "another value");
	}
	const steps = pointer.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
	if (steps.includes("__proto__")) throw invalid(place, "a pointer to an element", "the key __proto__");
	return steps;
}

function step(holder: Json, key: string, place: number): Json {
	if (Array.isArray(holder)) return holder[readIndex(key, holder.length - 1, place)];
	if (!isHolder(holder) || !Object.hasOwn(holder, key)) throw invalid(place, "a place that is there", "none");
	return (holder as JsonRecord)[key];
}

/** A number in its own spelling is an object to the engine and a leaf to a pointer. */
function isHolder(value: Json): value is { [key: string]: Json } {
	return isPlainObject(value) && !isRawNumber(value);
}

function readIndex(key: string, max: number, place: number): number {
	if (!/^(?:0|[1-9]\d{0,8})$/.test(key) || Number(key) > max) throw invalid(place, "a position in the list", "another");
	return Number(key);
}

function holderOf(root: Writable, pointer: readonly string[], place: number): readonly [Writable, string] {
	let holder: Json = root;
	for (const key of pointer.slice(0, -1)) holder = step(holder, key, place);
	if (!Array.isArray(holder) && !isHolder(holder)) throw invalid(place, "a place in an object or a list", "another value");
	return [holder, pointer.at(-1) as string];
}

function find(root: Writable, pointer: readonly string[], place: number): readonly [Writable, string] {
	const [holder, key] = holderOf(root, pointer, place);
	step(holder, key, place);
	return [holder, key];
}

function valueAt(root: Writable, pointer: readonly string[], place: number): Json {
	const [holder, key] = find(root, pointer, place);
	return step(holder, key, place);
}

function put(holder: Writable, key: string, value: Json): void {
	if (Array.isArray(holder)) holder[Number(key)] = value;
	else holder[key] = value;
}

function add(root: Writable, pointer: readonly string[], value: Json, place: number): void {
	const [holder, key] = holderOf(root, pointer, place);
	if (!Array.isArray(holder)) put(holder, key, value);
	else holder.splice(key === "-" ? holder.length : readIndex(key, holder.length, place), 0, value);
}

function remove(root: Writable, pointer: readonly string[], place: number): Json {
	const [holder, key] = find(root, pointer, place);
	if (pointer.length === 1) throw invalid(place, "an element of the document", "all of it");
	const value = step(holder, key, place);
	if (Array.isArray(holder)) holder.splice(Number(key), 1);
	else delete holder[key];
	return value;
}

/** Characters and values of a value, counted until there are more than `most`. */
function weigh(value: Json, most: number): number {
	if (typeof value === "string") return value.length + 1;
	if (typeof value !== "object" || value === null) return 1;
	let weight = 1;
	for (const [key, member] of Object.entries(value)) {
		if (weight > most) return weight;
		weight += key.length + weigh(member, most - weight);
	}
	return weight;
}

function copy(value: Json): Json {
	if (Array.isArray(value)) return value.map(copy);
	if (!isHolder(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
}

/** Numbers by their value, objects whatever the order of their members (RFC 6902 §4.6). */
function isEqual(a: Json, b: Json): boolean {
	const [left, right] = [numberOf(a), numberOf(b)];
	if (left !== undefined || right !== undefined) return left === right;
	if (Array.isArray(a) || Array.isArray(b)) {
		return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => isEqual(item, b[at]));
	}
	if (!isPlainObject(a) || !isPlainObject(b)) return a === b;
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}
