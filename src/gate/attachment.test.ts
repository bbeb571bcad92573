import { expect, it } from "vitest";
import { findAttachedIndex, findAttachedObject, holdsPointer, indexContentType, namesNobodyTag } from "./attachment.ts";
import { resolveRange } from "./objectRange.ts";
import { ObjectStreams } from "./objectStreams.ts";

const id = "0a".repeat(16);
const dataKey = "0b".repeat(16);
const url = `aceso-blob:${id}/1/${dataKey}/77`;
const pointer = { id, version: 1, dataKey, sizeBytes: 77 };
const media = (content: unknown, more: object = {}) => ({ resourceType: "Media", content, ...more });
const genome = { contentType: "text/vcf", url };
const index = { contentType: indexContentType, url: url.replace("/77", "/8") };

it("[GA107] a record has one object, wherever in it the pointer stands, and one index beside it", () => {
	expect(findAttachedObject(media(genome))).toEqual({ pointer, contentType: "text/vcf", namesNobody: false });
	expect(findAttachedIndex(media(genome))).toBeUndefined();
	const both = { resourceType: "DocumentReference", deep: [null, 7, "x", { attachment: [{ more: genome }] }], presentedForm: [index] };
	expect(findAttachedObject(both)?.pointer).toEqual(pointer);
	expect(findAttachedIndex(both)).toEqual({ pointer: { ...pointer, sizeBytes: 8 }, contentType: indexContentType, namesNobody: false });
	expect(findAttachedObject(media({ url }))?.contentType).toBe("");
	expect(indexContentType).toBe("application/x-tabix");
});

it("[GA107] none, two, or one that is no pointer of ours are none", () => {
	for (const content of [
		undefined,
		null,
		{},
		{ contentType: "text/vcf" },
		{ url: "https://x.example" },
		{ url: 7 },
		[genome, { ...genome }],
		{ url: "aceso-blob:x" },
	])
		expect(findAttachedObject(media(content)), JSON.stringify(content)).toBeUndefined();
	expect(findAttachedObject(media(index))).toBeUndefined();
	expect(findAttachedIndex(media([index, { ...index }]))).toBeUndefined();
	expect([
		holdsPointer(JSON.stringify(media(genome))),
		holdsPointer('{"url":"aceso-blob:"}'),
		holdsPointer('{"url":"blob:1"}'),
		holdsPointer(""),
	]).toEqual([true, true, false, false]);
});

it("[GA104] that it names nobody says its tag alone, system and code", () => {
	expect(namesNobodyTag).toEqual({ system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", code: "PSEUDED" });
	const tagged = (security: unknown) => findAttachedObject(media(genome, { meta: { security } }))?.namesNobody;
	expect([
		tagged([namesNobodyTag]),
		tagged([
			{ system: "s", code: "R" },
			{ ...namesNobodyTag, display: "d" },
		]),
	]).toEqual([true, true]);
	const others = [[], undefined, namesNobodyTag, [{ ...namesNobodyTag, system: "s" }], [{ ...namesNobodyTag, code: "ANONYED" }]];
	for (const security of others) expect(tagged(security), JSON.stringify(security)).toBe(false);
	for (const meta of [undefined, {}]) expect(findAttachedObject(media(genome, { meta }))?.namesNobody).toBe(false);
});

it("[GA100] a range is what RFC 9110 says of it, and one without a byte is refused with the size", () => {
	const cases: readonly (readonly [string | undefined, number, number])[] = [
		[undefined, 0, 100],
		["bytes=0-0", 0, 1],
		["bytes=0-99", 0, 100],
		["bytes=0-100", 0, 100],
		["bytes=10-19", 10, 20],
		["bytes=99-", 99, 100],
		["bytes=0-", 0, 100],
		["bytes=-1", 99, 100],
		["bytes=-100", 0, 100],
		["bytes=-101", 0, 100],
	];
	for (const [range, start, end] of cases) expect(resolveRange(range, 100), range).toEqual({ start, end });
	expect(resolveRange(undefined, 0)).toEqual({ start: 0, end: 0 });
	for (const range of ["bytes=100-", "bytes=100-200", "bytes=20-19", "bytes=-0"]) {
		expect(() => resolveRange(range, 100), range).toThrow(
			expect.objectContaining({ code: "GATE_RANGE_UNSATISFIABLE", kind: "mistake", details: { sizeBytes: 100 } }),
		);
	}
});

it("[GA103] an erasure ends the streams of its patient, or of its classes, and no other; a stop ends all", () => {
	const streams = new ObjectStreams();
	const ended: string[] = [];
	const open = (name: string, subject: string, ...compartments: readonly string[]) => {
		const stream = { subject, compartments, end: () => void ended.push(name) } as unknown as Parameters<ObjectStreams["add"]>[0];
		streams.add(stream);
		return stream;
	};
	const first = open("a", "ada", "genomics", "imaging");
	open("b", "ada", "notes");
	open("c", "bob", "genomics");
	const end = (subject: string, what: Parameters<ObjectStreams["end"]>[1]) => {
		ended.splice(0);
		streams.end(subject as Parameters<ObjectStreams["end"]>[0], what);
		return ended.splice(0);
	};
	expect([end("ada", ["imaging"]), end("ada", ["vitals"]), end("ada", []), end("nobody", "all"), end("ada", "all")]).toEqual([
		["a"],
		[],
		[],
		[],
		["a", "b"],
	]);
	expect(streams.size).toBe(3);
	streams.endAll();
	expect(ended.splice(0)).toEqual(["a", "b", "c"]);
	streams.remove(first);
	expect([streams.size, end("ada", "all")]).toEqual([2, ["b"]]);
});
