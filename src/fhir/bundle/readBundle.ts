import { FhirError, fhirError } from "../errors.ts";
import { checkJson } from "../json/checkJson.ts";
import { findInvalidUtf8 } from "../json/utf8.ts";
import { isPlainObject, type JsonRecord } from "../json/values.ts";
import type { FhirResource } from "../resource.ts";
import { type BundleLimits, BundleScanner, defaultBundleLimits, type ScannedEntry } from "./bundleScanner.ts";

/** One entry of a bundle, read but not validated. */
export interface BundleEntry {
	/** Zero-based index into `Bundle.entry`. */
	readonly index: number;
	/** Offset of the entry in the decompressed bytes. */
	readonly byteOffset: number;
	readonly fullUrl: string | undefined;
	/** The resource exactly as it stands in the file. */
	readonly resourceText: string;
	readonly resource: FhirResource;
	/** `entry.request.method`, where there is one. */
	readonly method: string | undefined;
}

/** Bundles whose entries are resources to keep. History and message bundles mean something else and are refused. */
const bundleTypes: readonly unknown[] = ["transaction", "batch", "collection", "searchset", "document"];
const suspicious = /__proto__|\\u/;

/**
 * Reads a Bundle of any size as a stream: memory is bounded by the largest entry, not by the bundle.
 *
 * Entries come in file order. That the whole is a Bundle is known for certain only when the iteration has ended, because JSON members have no
 * order: a caller who must not act on half a bundle waits for the end.
 *
 * @throws {@link FhirError} any of the reading codes, with byte offset, entry index and path; never with a value.
 */
export async function* readBundle(
	source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
	limits: Partial<BundleLimits> = {},
): AsyncGenerator<BundleEntry> {
	const scanner = new BundleScanner({ ...defaultBundleLimits, ...limits });
	for await (const chunk of source) {
		for (const entry of scanner.push(chunk)) yield readEntry(entry);
	}
	readEnvelope(scanner);
}

function readEnvelope(scanner: BundleScanner): void {
	const { text: bytes, memberCount } = scanner.end();
	const envelope = parseStrictly(bytes, { path: "Bundle", byteOffset: 0, memberCount });
	const fail = (path: string, expected: string, found: string) => fhirError("FHIR_NOT_A_BUNDLE", { path, expected, found });
	if (!isPlainObject(envelope) || envelope.resourceType !== "Bundle") {
		throw fail("resourceType", "Bundle", isPlainObject(envelope) && envelope.resourceType === undefined ? "nothing" : "another type");
	}
	if (!bundleTypes.includes(envelope.type)) {
		throw fail("Bundle.type", bundleTypes.join(", "), envelope.type === undefined ? "nothing" : "another type");
	}
}

function readEntry(entry: ScannedEntry): BundleEntry {
	const path = `entry[${entry.index}]`;
	const where = { byteOffset: entry.byteOffset, entry: entry.index };
	const whole = parseStrictly(entry.bytes, { path, ...where, memberCount: entry.memberCount });
	const { fullUrl, request, resource } = whole as JsonRecord;
	const fail = (at: string, expected: string, found: string) => fhirError("FHIR_INVALID", { ...where, path: `${path}.${at}`, expected, found });
	if (entry.resource === undefined || !isPlainObject(resource))
		throw fail("resource", "a resource", resource === undefined ? "nothing" : typeof resource);
	if (typeof resource.resourceType !== "string") throw fail("resource.resourceType", "a string", typeof resource.resourceType);
	if (fullUrl !== undefined && typeof fullUrl !== "string") throw fail("fullUrl", "a string", typeof fullUrl);
	if (request !== undefined && !isPlainObject(request)) throw fail("request", "an object", typeof request);
	const method = request?.method;
	if (method !== undefined && method !== "POST" && method !== "PUT") throw fail("request.method", "POST or PUT", "another method");
	const { start, end } = entry.resource;
	return {
		index: entry.index,
		byteOffset: entry.byteOffset,
		fullUrl,
		resourceText: Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset + start, end - start)
			.toString("utf8")
			.trim(),
		resource: resource as FhirResource,
		method,
	};
}

interface StrictParameters {
	readonly path: string;
	readonly byteOffset: number;
	readonly entry?: number;
	readonly memberCount: number;
}

/**
 * `JSON.parse` plus what it lets pass: keys given twice (there are then fewer keys than colons), `__proto__`, lone surrogates in escapes.
 * The slow check runs only where one of these is possible.
 */
function parseStrictly(bytes: Uint8Array, parameters: StrictParameters): unknown {
	const invalidAt = findInvalidUtf8(bytes);
	if (invalidAt >= 0) {
		throw fhirError("FHIR_NOT_UTF8", {
			byteOffset: parameters.byteOffset + invalidAt,
			...(parameters.entry === undefined ? {} : { entry: parameters.entry }),
			expected: "well-formed UTF-8",
			found: "a byte that is not",
		});
	}
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		// The engine's message quotes the input; the strict check says where without a word of it.
		checkJson(text, parameters);
		throw new FhirError("FHIR_NOT_JSON", "expected JSON", { byteOffset: parameters.byteOffset, path: parameters.path });
	}
	if (suspicious.test(text) || countMembers(value) !== parameters.memberCount) checkJson(text, parameters);
	return value;
}

/** Own members of a value and of all inside it. Nesting has been bounded by the scanner. */
function countMembers(value: unknown): number {
	if (typeof value !== "object" || value === null) return 0;
	let count = 0;
	if (Array.isArray(value)) {
		for (const item of value) count += countMembers(item);
		return count;
	}
	for (const key in value) count += 1 + countMembers((value as JsonRecord)[key]);
	return count;
}
