/** Text as text, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
	return text.replaceAll(/[&<>"'`]/g, (mark) => `&#${mark.charCodeAt(0)};`).replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, " ");
}
