import type { Finding } from "./finding.ts";
import type { SourceText } from "./sourceText.ts";

const maxHeaderLines = 10;

/** Each room says at the top of its door, in at most ten lines, what it is for and what it does not promise. */
export function checkDoors(rooms: readonly string[], files: readonly SourceText[]): Finding[] {
	const byPath = new Map(files.map(({ path, text }) => [path, text]));
	return rooms.flatMap((room) => {
		const path = `src/${room}/index.ts`;
		const text = byPath.get(path);
		const message = text === undefined ? "is missing: every room has one door" : headerFault(text);
		return message === undefined ? [] : [{ path, message }];
	});
}

function headerFault(text: string): string | undefined {
	const header = /^\/\*\*\n(?<body>(?: \*.*\n)*?) \*\/\n/.exec(text)?.groups?.body;
	if (header === undefined) return "does not begin with a header comment that says what the room is for";
	if (header.split("\n").length - 1 > maxHeaderLines) return `has a header of more than ${maxHeaderLines} lines`;
	if (!/\bnot?\b|\bneither\b/i.test(header)) return "has a header that does not say what the room does not promise";
	return undefined;
}
