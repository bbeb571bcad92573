/**
 * A table as RFC 4180 has it, with the mark by which spreadsheets know UTF-8. A cell that a spreadsheet would run as a formula gets an apostrophe before it:
 * what stands in a name is text wherever it is opened (OWASP, "CSV Injection").
 */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
	return `\uFEFF${rows.map((row) => row.map(cellOf).join(",")).join("\r\n")}\r\n`;
}

function cellOf(value: string | number): string {
	if (typeof value === "number") return String(value);
	// One line: a line feed inside a cell is one row more to who reads by lines.
	const line = value.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ");
	const text = /^\s*[=+\-@\t|%]/.test(line) ? `'${line}` : line;
	return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
