import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Instant } from "#base";
import { createTerminalIo } from "./terminalIo.ts";

function open(interactive: boolean) {
	const written = { stdout: "", stderr: "" };
	const into = (name: "stdout" | "stderr") =>
		new Writable({
			write(chunk, _encoding, done) {
				written[name] += String(chunk);
				done();
			},
		});
	const stdin = new PassThrough();
	const clock = { ms: 1_000_000 };
	const io = createTerminalIo({ stdin, stdout: into("stdout"), stderr: into("stderr"), interactive, now: () => clock.ms as Instant });
	return { io, written, stdin, clock };
}

describe("a terminal", () => {
	it("overwrites its own line and clears it before anything else is written", () => {
		const { io, written } = open(true);
		io.progress("1 of 2");
		io.progress("2 of 2");
		io.out("done");
		expect(written).toEqual({ stdout: "done\n", stderr: "\r\x1b[K1 of 2\r\x1b[K2 of 2\r\x1b[K" });
	});
});

describe("a pipe", () => {
	it("gets no escape codes, and a line only for work that lasts", () => {
		const { io, written, clock } = open(false);
		io.progress("start");
		io.progress("short work");
		io.progress("");
		expect(written.stderr).toBe("");
		io.progress("long work 1");
		clock.ms += 2_000;
		io.progress("long work 2");
		io.progress("long work 3");
		clock.ms += 2_000;
		io.progress("long work 4");
		expect(written.stderr).toBe("long work 2\nlong work 4\n");
		expect(written.stdout).toBe("");
	});
});

describe("a question", () => {
	it("goes to standard error and takes one line", async () => {
		const { io, written, stdin } = open(false);
		const answer = io.ask("Sure? ");
		stdin.write("  yes \nmore\n");
		expect(await answer).toBe("yes");
		expect(written).toEqual({ stdout: "", stderr: "Sure? " });
	});

	it("is answered by nothing when the input has ended", async () => {
		const { io, stdin } = open(false);
		stdin.end();
		expect(await io.ask("Sure? ")).toBe("");
	});
});
