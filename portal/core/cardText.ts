export interface CardLine {
	readonly isItem: boolean;
	readonly parts: readonly { readonly text: string; readonly isStrong: boolean }[];
}

const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/**
 * Reads the Markdown of a card: lines, items, strong parts, and the marks that were made text again. Nothing else of Markdown or HTML means anything here:
 * what comes out is text.
 */
export function parseCardText(detail: string): readonly CardLine[] {
	return detail
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "")
		.map((line) => {
			const isItem = line.startsWith("- ");
			return { isItem, parts: partsOf(isItem ? line.slice(2) : line) };
		});
}

/** `**` begins and ends a strong part, unless a backslash stands before it. */
function partsOf(line: string): CardLine["parts"] {
	const pieces = line.split(/(?<!\\)\*\*/);
	return pieces.map((piece, at) => ({ text: unescaped(piece), isStrong: at % 2 === 1 })).filter(({ text }) => text !== "");
}

function unescaped(text: string): string {
	return text.replace(/\\([\\`*_[\]<>#|~!])/g, "$1").replace(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? entity);
}
