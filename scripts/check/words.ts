import type { Finding } from "./finding.ts";
import type { SourceText } from "./sourceText.ts";

interface ForbiddenWord {
	readonly pattern: RegExp;
	readonly reason: string;
}

const forbiddenWords: readonly ForbiddenWord[] = [
	{ pattern: /(?:registry\.(?:npmjs|yarnpkg)|npm\.pkg\.github)\.\w+/, reason: "names a registry host; the lockfile must work with any registry" },
	{ pattern: /(?<![\w.~-])\/(?:work|root|home|Users)\/[a-z]/, reason: "names a path of one machine" },
	{ pattern: /(?<![\w.~-])\/tmp\/[a-z]/, reason: "names a path of one machine; use the operating system's temporary folder" },
	{ pattern: /\b(?:TODO|FIXME|XXX|HACK)\b(?!\|)/, reason: "leaves work open; finish it or file it" },
	{ pattern: /^(?:<{7}|>{7}|={7})(?: |$)/, reason: "is a conflict marker" },
	{ pattern: /-----BEGIN [A-Z ]*PRIVATE[ ]KEY-----/, reason: "is a private key" },
	{ pattern: /\bco-authored[-]by\b/i, reason: "tells who wrote it; the history of the repository does that" },
	{ pattern: /\b(?:sub-?agent|chat[ ]?bot|our helper|this session's)\b/i, reason: "speaks of how the project is made instead of what it does" },
];

/** The project speaks of itself alone, and of nothing that only one machine or one moment has. */
export function checkWords(files: readonly SourceText[]): Finding[] {
	return files
		.filter(({ path }) => !path.startsWith("scripts/check/words"))
		.flatMap(({ path, text }) =>
			text
				.split("\n")
				.flatMap((lineText, index) =>
					forbiddenWords.filter(({ pattern }) => pattern.test(lineText)).map(({ reason }) => ({ path, line: index + 1, message: reason })),
				),
		);
}
