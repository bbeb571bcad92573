import type { Io } from "../command.ts";

export interface RecordingIo extends Io {
	readonly lines: string[];
	readonly notes: string[];
	readonly questions: string[];
	/** Passing states, "" where one ended. */
	readonly passing: string[];
	/** Standard output as one text. */
	text(): string;
}

/** An {@link Io} that keeps what it is told and answers questions in the order given, then with "". */
export function createRecordingIo(answers: readonly string[] = []): RecordingIo {
	const left = [...answers];
	const lines: string[] = [];
	const notes: string[] = [];
	const questions: string[] = [];
	const passing: string[] = [];
	return {
		interactive: false,
		lines,
		notes,
		questions,
		passing,
		out: (line) => void lines.push(line),
		note: (line) => void notes.push(line),
		progress: (text) => void passing.push(text),
		ask(question) {
			questions.push(question);
			return Promise.resolve(left.shift() ?? "");
		},
		text: () => lines.join("\n"),
	};
}
