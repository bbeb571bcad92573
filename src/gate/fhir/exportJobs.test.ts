import { describe, expect, it } from "vitest";
import type { Instant, PublicKey, SubjectId } from "#base";
import { GateError } from "../errors.ts";
import { ExportJobs } from "./exportJobs.ts";

const atMs = 1_700_000_000_000 as Instant;
const job = (number: number, requester: string, subjects: readonly string[]) => ({
	...{ id: String(number), startedAtMs: atMs, expiresAtMs: atMs + 1_000, request: "", terms: "", classes: [] },
	requester: requester as PublicKey,
	subjects: new Set(subjects as SubjectId[]),
});
/** Exports of strangers, in which nobody is. */
const fillWithStrangers = (jobs: ExportJobs) => {
	for (let at = 0; at < 256; at++) jobs.add(job(at, `stranger ${at >> 2}`, []));
};
const isFull = (work: () => void) => {
	try {
		work();
	} catch (error) {
		return error instanceof GateError && error.code === "GATE_EXPORTS_FULL";
	}
	return false;
};

describe("exports that are kept", () => {
	it("[FR88] strangers who begin exports of nobody keep nobody from an export of somebody", () => {
		const jobs = new ExportJobs();
		fillWithStrangers(jobs);
		for (let at = 0; at < 8; at++) jobs.add(job(1_000 + at, `doctor ${at >> 2}`, ["somebody"]));
		for (let at = 0; at < 8; at++) expect(jobs.find(String(1_000 + at), atMs)?.subjects.size).toBe(1);
		// Nor does who comes after them with as many keys.
		for (let at = 0; at < 300; at++) jobs.add(job(2_000 + at, `other ${at}`, []));
		for (let at = 0; at < 8; at++) expect(jobs.find(String(1_000 + at), atMs)?.subjects.size).toBe(1);
	});

	it("[FR88] one of somebody is never given up, and a person has four at once", () => {
		const jobs = new ExportJobs();
		for (let at = 0; at < 256; at++) jobs.add(job(at, `doctor ${at}`, ["somebody"]));
		expect(isFull(() => jobs.add(job(999, "another", ["somebody"])))).toBe(true);
		expect(jobs.find("0", atMs)?.subjects.size).toBe(1);
		const few = new ExportJobs();
		for (let at = 0; at < 4; at++) few.add(job(at, "doctor", ["somebody"]));
		expect(isFull(() => few.add(job(4, "doctor", ["somebody"])))).toBe(true);
	});

	it("[FR88] is over at its end, to the millisecond, and leaves room for another; an erased patient is in none", () => {
		const jobs = new ExportJobs();
		for (let at = 0; at < 4; at++) jobs.add(job(at, "doctor", ["ada", "bob"]));
		expect(jobs.find("0", (atMs + 999) as Instant)?.id).toBe("0");
		jobs.forget("ada" as SubjectId);
		expect([...(jobs.find("3", atMs)?.subjects ?? [])]).toEqual(["bob"]);
		expect(jobs.find("none", atMs)).toBeUndefined();
		expect(jobs.find("0", (atMs + 1_000) as Instant)).toBeUndefined();
		// With a clock set back they do not come again.
		expect(jobs.find("1", atMs)).toBeUndefined();
		jobs.add(job(9, "doctor", ["ada"]));
		jobs.end("9");
		expect(jobs.find("9", atMs)).toBeUndefined();
		for (let at = 10; at < 14; at++) jobs.add(job(at, "doctor", []));
		const later = { ...job(20, "doctor", ["ada"]), startedAtMs: atMs + 1_000, expiresAtMs: atMs + 2_000 };
		expect(isFull(() => jobs.add({ ...later, startedAtMs: atMs + 999 }))).toBe(true);
		jobs.add(later);
		expect(jobs.find("20", (atMs + 1_000) as Instant)?.id).toBe("20");
	});
});
