import { createHash } from "node:crypto";

/** A recommendation's text parts: what it recommends, and what stands under headings after it. Without marks and double blanks. */
export function textParts(html: string): readonly string[] {
	return html.split(/<h4[^>]*>.*?<\/h4>/s).map((part) => plain(part.replace(/<[^>]+>/g, " ")));
}

export function plain(text: string): string {
	const entities: Readonly<Record<string, string>> = { "&gt;": ">", "&lt;": "<", "&quot;": '"', "&nbsp;": " ", "&amp;": "&" };
	return text
		.replace(/&(?:gt|lt|quot|nbsp|amp);/g, (entity) => entities[entity] ?? entity)
		.replace(/\s+/g, " ")
		.trim();
}

/** By which a reviewed text is known without being stored: 48 bits of SHA-256 of its plain form. */
export function textHash(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
