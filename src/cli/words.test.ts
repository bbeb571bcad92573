import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type HistoryExport, listEntries } from "#wallet";
import { commands } from "./commands/index.ts";
import { describeEntry } from "./describeEntry.ts";
import { NodeAnswerError } from "./errors.ts";
import { exitCodeOf } from "./exitCode.ts";
import { describeError, explainError } from "./explainError.ts";
import { errorOfProblem, readLines } from "./nodeClient.ts";
import { dataOption, listOf, numberOf, readWords } from "./options.ts";
import { parsePins, pinFileOf } from "./pins.ts";
import { summariseResource } from "./summariseResource.ts";
import { createRecordingIo } from "./testing/recordingIo.ts";
import { versionLine } from "./versionLine.ts";

describe("every command", () => {
	it.each(commands.map((command) => [command.name, command] as const))(
		"%s says how it is used, with an example or its options",
		(name, { usage, summary }) => {
			expect(usage).toMatch(new RegExp(`^Usage: aceso ${name} ?`));
			expect(usage).toContain(`aceso ${name}`);
			expect(usage).toMatch(/--\w+/);
			expect(summary).not.toMatch(/\.$/);
			for (const line of usage.split("\n")) expect(line.length).toBeLessThanOrEqual(160);
		},
	);

	it.each(commands.map((command) => [command.name, command] as const))("%s refuses an option it does not know with 64", async (_name, command) => {
		const io = createRecordingIo();
		const exit = await command.run(["--invented-option"], io).catch((error: unknown) => explainError(error, io));
		expect(exit).toBe(64);
		expect(io.lines).toEqual([]);
	});
});

describe("words", () => {
	it("tells what it is, what it runs on, and which library verifies signatures", () => {
		expect(versionLine()).toMatch(/^aceso \d+\.\d+\.\d+, Node 24\.\S+, OpenSSL \S+; signatures verified by (libsodium|OpenSSL)$/);
	});

	it("reads options and refuses too few or too many words", () => {
		expect(readWords(["--data", "x"], dataOption).values.data).toBe("x");
		expect(readWords([], dataOption).values.data).toBe(".aceso");
		expect(() => readWords(["y"], dataOption)).toThrowError(expect.objectContaining({ code: "CLI_USAGE" }));
		const one = { min: 1, max: 1, what: "one file" };
		expect(readWords(["y"], dataOption, one).positionals).toEqual(["y"]);
		expect(() => readWords([], dataOption, one)).toThrowError("expected one file, found 0");
	});

	it("takes whole numbers within their limits, and nothing else", () => {
		const limits = { min: 0, max: 10, option: "--n" };
		expect(numberOf("10", limits)).toBe(10);
		for (const wrong of ["11", "-1", "1.5", "", "1e1", "0x1", " 1"]) expect(() => numberOf(wrong, limits)).toThrowError("--n");
	});

	it("takes lists of a closed vocabulary", () => {
		expect(listOf("a, b,", ["a", "b", "c"], "--list")).toEqual(["a", "b"]);
		expect(() => listOf("a,x", ["a", "b"], "--list")).toThrowError("--list to be one of a, b");
	});

	it("tells of an entry whether it was one of a question over many patients", () => {
		const history = JSON.parse(readFileSync(new URL("../../vectors/history.json", import.meta.url), "utf8")) as HistoryExport;
		const [own, together] = listEntries(history)
			.slice(-3)
			.map(({ entry, cohort }) => describeEntry(entry, cohort?.count));
		expect(own).not.toContain("one question");
		expect(together).toContain("counted in statistics laboratory (2 records) for research · one question over up to 256 patients · permitted");
	});

	it("finds the pins beside a history", () => {
		expect(pinFileOf("out/maria.history.json")).toBe("out/maria.pins.json");
		expect(pinFileOf("h.json")).toBe("h.pins.json");
	});

	it("names the place where a pin file is off, never the value", () => {
		expect(() => parsePins({ chain: "c", ledgerKey: "SECRET", pseudonym: "0".repeat(64) })).toThrowError(/"ledgerKey"/);
		expect(() => parsePins({ chain: "c", ledgerKey: "SECRET", pseudonym: "0".repeat(64) })).not.toThrowError(/SECRET/);
	});
});

describe("a node's problem", () => {
	it("keeps the node's code, facts and exit code", () => {
		const error = errorOfProblem({ status: 409, code: "GATE_LEGAL_HOLD", title: "a legal hold", details: { untilMs: 5 } });
		expect(error).toBeInstanceOf(NodeAnswerError);
		expect(exitCodeOf(error)).toBe(65);
		expect(describeError(error)).toBe("a legal hold (GATE_LEGAL_HOLD)\n  untilMs: 5");
		expect(exitCodeOf(errorOfProblem({ status: 429, code: "LEDGER_QUOTA_EXCEEDED" }))).toBe(75);
		expect(exitCodeOf(errorOfProblem({ status: 500, code: "INTERNAL", reference: "r" }))).toBe(70);
	});

	it("lists the issues of a resource by place", () => {
		const issue = { path: "entry[0].resource.id", expected: "an id", found: "a number" };
		const error = errorOfProblem({ status: 422, code: "FHIR_INVALID", title: "x", details: { issues: Array.from({ length: 7 }, () => issue) } });
		expect(describeError(error).split("\n")).toHaveLength(1 + 5 + 1);
		expect(describeError(error)).toContain("at entry[0].resource.id: expected an id, found a number");
	});

	it("reads lines that arrive in pieces, cut inside a character", async () => {
		const bytes = new TextEncoder().encode('{"a":"ü"}\n{"b":1}\n{"c":2}');
		const pieces = async function* () {
			for (let from = 0; from < bytes.length; from += 7) yield bytes.subarray(from, from + 7);
		};
		const lines: unknown[] = [];
		await readLines(pieces(), (line) => lines.push(line));
		expect(lines).toEqual([{ a: "ü" }, { b: 1 }, { c: 2 }]);
	});
});

describe("a line about a resource", () => {
	it("gives type, date, code and value", () => {
		const resource = {
			resourceType: "Observation",
			id: "o",
			effectiveDateTime: "2024-01-02T03:04:05Z",
			code: { text: "Glucose" },
			valueQuantity: { value: 5.4, unit: "mmol/L" },
		};
		expect(summariseResource(resource)).toBe("Observation/o  2024-01-02  Glucose  5.4 mmol/L");
	});

	it("lets no control character of a record reach the terminal", () => {
		const attack = "\x1b]0;owned\x07\x1b[2J\u009b31m\r\nFake line";
		const text = summariseResource({ resourceType: "Condition", id: attack, code: { text: attack }, onsetDateTime: attack, valueString: attack });
		expect(text).not.toMatch(/\p{Cc}/u);
	});
});
