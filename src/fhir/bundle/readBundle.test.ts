import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FhirError } from "../errors.ts";
import { bundleText, chunksOf, collect, entry, patientEntry, syntheaFiles, uuid, withoutSynthea } from "../testing/bundles.ts";
import { openBundleFile } from "./openBundleFile.ts";
import { readBundle } from "./readBundle.ts";

const secret = "Erika Mustermann";

async function failure(text: string | Uint8Array, sizeBytes?: number): Promise<FhirError> {
	try {
		await collect(readBundle(chunksOf(text, sizeBytes)));
	} catch (cause) {
		return cause as FhirError;
	}
	throw new Error("expected a refusal, found none");
}

/** Puts a text where the second entry's resource has its `gender`. */
function withSecond(member: string): string {
	const first = JSON.stringify(patientEntry);
	return `{"resourceType":"Bundle","type":"transaction","entry":[${first},{"fullUrl":"urn:uuid:${uuid(2)}","resource":{"resourceType":"Patient",${member}}}]}`;
}

describe("readBundle", () => {
	it("yields entries with index, offset, fullUrl and the exact text", async () => {
		const odd = '{ "resourceType" : "Basic", "id":"x", "extension":[{"url":"u","valueDecimal":1.10}] }';
		const text = `\n{"entry" : [ {"resource":${odd} , "fullUrl":"http://a/Basic/x"} ], "resourceType":"Bundle","type":"collection"}\n`;
		const [first, ...rest] = await collect(readBundle(chunksOf(text, 7)));
		expect(rest).toEqual([]);
		expect(first).toMatchObject({
			index: 0,
			byteOffset: text.indexOf('{"resource"'),
			fullUrl: "http://a/Basic/x",
			resourceText: odd,
			method: undefined,
		});
		expect(first?.resource).toEqual(JSON.parse(odd));
	});

	it("accepts a bundle without entries", async () => {
		expect(await collect(readBundle(chunksOf('{"resourceType":"Bundle","type":"transaction"}')))).toEqual([]);
		expect(await collect(readBundle(chunksOf('{"resourceType":"Bundle","type":"transaction","entry":[]}')))).toEqual([]);
	});

	it("is not misled by brackets, quotes and keys inside strings", async () => {
		const resource = { resourceType: "Basic", id: "x", extension: [{ url: "u", valueString: 'a ] } , "resource": {"entry": [ \\ \\" ' }] };
		const entries = await collect(readBundle(chunksOf(bundleText([{ resource }, patientEntry]), 1)));
		expect(entries.map((found) => found.resource)).toEqual([resource, patientEntry.resource]);
	});

	it.each([
		["empty input", "", "FHIR_TRUNCATED", 0],
		["text that is not JSON", `Name: ${secret}`, "FHIR_NOT_JSON", 0],
		["an array", "[]", "FHIR_NOT_A_BUNDLE", 0],
		["a byte-order mark", "\ufeff{}", "FHIR_NOT_UTF8", 0],
		["garbage after the end", '{"resourceType":"Bundle","type":"batch"} x', "FHIR_NOT_JSON", 41],
		["a second document after the end", '{"resourceType":"Bundle","type":"batch"}{}', "FHIR_NOT_JSON", 40],
		[
			"a comma before the end of entries",
			'{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Basic"}},]}',
			"FHIR_NOT_JSON",
			87,
		],
		["entries without a comma", '{"entry":[{"resource":{"resourceType":"Basic"}}{}]}', "FHIR_NOT_JSON", 47],
		["an entry that is a string", `{"entry":["${secret}"]}`, "FHIR_NOT_JSON", 10],
		["entry that is an object", '{"entry":{}}', "FHIR_NOT_A_BUNDLE", 9],
		["entry given twice", '{"entry":[],"entry":[]}', "FHIR_KEY_REFUSED", undefined],
		["a Patient instead of a Bundle", `{"resourceType":"Patient","name":[{"text":"${secret}"}]}`, "FHIR_NOT_A_BUNDLE", undefined],
		["a history bundle", '{"resourceType":"Bundle","type":"history"}', "FHIR_NOT_A_BUNDLE", undefined],
		["a key twice in the envelope", '{"resourceType":"Bundle","type":"batch","type":"batch"}', "FHIR_KEY_REFUSED", undefined],
	])("refuses %s", async (_name, text, code, byteOffset) => {
		const error = await failure(text);
		expect(error.code).toBe(code);
		if (byteOffset !== undefined) expect(error.details.byteOffset).toBe(byteOffset);
		expect(error.message).not.toContain(secret);
		expect(JSON.stringify(error.details)).not.toContain(secret);
	});

	it.each([
		["a value without quotes", `"gender":${secret}`, "FHIR_NOT_JSON", "entry[1].resource.gender"],
		["a missing colon", '"gender" "x"', "FHIR_NOT_JSON", "entry[1].resource.gender"],
		["a bracket that does not match", '"name":[{"text":"a"]', "FHIR_NOT_JSON", "entry[1].resource.name[0].text"],
		["a control character in a string", '"name":[{"text":"a\nb"}]', "FHIR_NOT_JSON", "entry[1].resource.name[0].text"],
		["a number with a leading zero", '"multipleBirthInteger":01', "FHIR_NOT_JSON", "entry[1].resource.multipleBirthInteger"],
		["a lone surrogate", '"name":[{"text":"\\ud800"}]', "FHIR_NOT_UTF8", "entry[1].resource.name[0].text"],
		["__proto__", '"__proto__":{"admin":true}', "FHIR_KEY_REFUSED", "entry[1].resource.?"],
		["__proto__ in disguise", '"\\u005f_proto__":{"admin":true}', "FHIR_KEY_REFUSED", "entry[1].resource.?"],
		["a key twice", '"gender":"male","gender":"female"', "FHIR_KEY_REFUSED", "entry[1].resource.gender"],
		["a key twice, once escaped", '"gender":"male","g\\u0065nder":"female"', "FHIR_KEY_REFUSED", "entry[1].resource.gender"],
		["a key twice deep inside", `"name":[{"text":"a"},{"${secret}":1,"${secret}":1}]`, "FHIR_KEY_REFUSED", "entry[1].resource.name[1].?"],
	])("names where: %s", async (_name, member, code, path) => {
		const text = withSecond(member);
		for (const sizeBytes of [1, 64, 100_000]) {
			const error = await failure(text, sizeBytes);
			expect([error.code, error.details.path, error.details.entry]).toEqual([code, path, 1]);
			expect(error.details.byteOffset).toBeGreaterThan(text.indexOf(uuid(2)));
			expect(error.message).not.toContain(secret);
		}
	});

	it("names the byte that is not UTF-8", async () => {
		const bytes = new TextEncoder().encode(withSecond('"name":[{"text":"Müller und Söhne"}]'));
		const at = bytes.lastIndexOf(0xc3);
		bytes[at] = 0xff;
		const error = await failure(bytes, 50);
		expect([error.code, error.details.byteOffset, error.details.entry]).toEqual(["FHIR_NOT_UTF8", at, 1]);
	});

	it("refuses a cut at every byte of a small bundle", async () => {
		const text = bundleText([patientEntry, entry(2, { resourceType: "Basic", code: { text: 'a"\\' } })]);
		for (let length = 0; length < text.length; length++) expect((await failure(text.slice(0, length), 64)).code).toBe("FHIR_TRUNCATED");
	});

	it.each(["", '"resource":{"resourceType":"Bundle"},'])("refuses 10,000 levels of nesting before parsing them", async (before) => {
		const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
		const error = await failure(`{"resourceType":"Bundle","type":"batch","entry":[{${before}"x":${deep}}]}`);
		expect([error.code, error.details.entry]).toEqual(["FHIR_TOO_DEEP", 0]);
		expect((await failure(`{"meta":${deep}}`)).code).toBe("FHIR_TOO_DEEP");
	});

	it("reads 100 MB in one line while it holds one entry at a time", async () => {
		const one = JSON.stringify({ resource: { resourceType: "Basic", id: "x", extension: [{ url: "u", valueString: "y".repeat(99_000) }] } });
		const block = new TextEncoder().encode(`${one},`);
		async function* line() {
			yield new TextEncoder().encode('{"resourceType":"Bundle","type":"batch","entry":[');
			for (let sent = 0; sent < 100_000_000; sent += block.length) yield block;
			yield new TextEncoder().encode(`${one}]}`);
		}
		let count = 0;
		const before = process.memoryUsage().arrayBuffers;
		let most = 0;
		for await (const found of readBundle(line())) {
			count = found.index + 1;
			if (count % 200 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
		}
		expect(count).toBe(Math.ceil(100_000_000 / block.length) + 1);
		expect(most).toBeLessThan(50_000_000);
	});

	it("refuses an entry of 100 MB after 16 MiB, without taking the rest", async () => {
		let sent = 0;
		async function* line() {
			yield new TextEncoder().encode('{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Basic","x":"');
			for (; sent < 100_000_000; sent += 1_000_000) yield new Uint8Array(1_000_000).fill(0x79);
		}
		const error = await collect(readBundle(line())).catch((cause: FhirError) => cause);
		expect(error).toMatchObject({ code: "FHIR_TOO_LARGE", details: { entry: 0 } });
		expect(sent).toBeLessThan(18_000_000);
	});

	it("refuses an envelope that never comes to its entries", async () => {
		async function* line() {
			yield new TextEncoder().encode('{"resourceType":"Bundle","meta":"');
			for (let i = 0; i < 100; i++) yield new Uint8Array(1_000_000).fill(0x79);
		}
		await expect(collect(readBundle(line()))).rejects.toMatchObject({ code: "FHIR_TOO_LARGE" });
	});

	it.each([
		["no resource", { fullUrl: "a" }, "entry[0].resource"],
		["a resource that is text", { resource: secret }, "entry[0].resource"],
		["a resource without a type", { resource: {} }, "entry[0].resource.resourceType"],
		["DELETE", { resource: { resourceType: "Basic" }, request: { method: "DELETE" } }, "entry[0].request.method"],
	])("refuses an entry with %s", async (_name, bad, path) => {
		const error = await failure(bundleText([bad]));
		expect([error.code, error.details.path]).toEqual(["FHIR_INVALID", path]);
	});
});

describe("openBundleFile", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "aceso-fhir-"));
	});
	afterAll(() => rmSync(folder, { recursive: true }));
	const text = bundleText([patientEntry]);
	const write = (name: string, bytes: string | Uint8Array) => {
		writeFileSync(join(folder, name), bytes);
		return join(folder, name);
	};

	it("tells gzip by its content, not by its name", async () => {
		for (const path of [write("a.gz", text), write("a.json", gzipSync(text))])
			expect(await collect(readBundle(openBundleFile(path)))).toHaveLength(1);
	});

	it("refuses damaged and cut gzip with different codes", async () => {
		const bytes = gzipSync(bundleText(Array.from({ length: 50 }, (_unused, i) => entry(i + 2, { resourceType: "Patient" }))));
		await expect(collect(readBundle(openBundleFile(write("cut", bytes.subarray(0, bytes.length - 20)))))).rejects.toMatchObject({
			code: "FHIR_TRUNCATED",
		});
		bytes.fill(0xff, 30, 60);
		await expect(collect(readBundle(openBundleFile(write("bad", bytes))))).rejects.toMatchObject({ code: "FHIR_NOT_GZIP" });
	});

	it("ends cleanly when the reader stops early", async () => {
		const path = write("early", gzipSync(bundleText(Array.from({ length: 20_000 }, (_unused, i) => entry(i + 2, { resourceType: "Patient" })))));
		for await (const found of readBundle(openBundleFile(path))) if (found.index === 3) break;
		expect(await collect(readBundle(openBundleFile(path)))).toHaveLength(20_000);
	});

	it("reads an empty file as cut off", async () => {
		await expect(collect(readBundle(openBundleFile(write("empty", ""))))).rejects.toMatchObject({ code: "FHIR_TRUNCATED" });
	});

	it.skipIf(syntheaFiles.length === 0)(`reads real bundles whole (${withoutSynthea})`, async () => {
		for (const path of syntheaFiles.slice(0, 5)) {
			const text = Buffer.concat(await collect(openBundleFile(path))).toString("utf8");
			const whole = JSON.parse(text) as { entry: { resource: unknown; fullUrl: string }[] };
			const entries = await collect(readBundle(openBundleFile(path)));
			expect(entries.map((found) => found.fullUrl)).toEqual(whole.entry.map((found) => found.fullUrl));
			expect(entries.map((found) => JSON.parse(found.resourceText))).toEqual(whole.entry.map((found) => found.resource));
			for (const found of entries)
				expect(
					Buffer.from(text)
						.subarray(found.byteOffset, found.byteOffset + 1)
						.toString(),
				).toBe("{");
		}
	});
});
