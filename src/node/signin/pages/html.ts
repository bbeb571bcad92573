import { encodeBase64 } from "#base";

/** A piece of a page whose markup is ours; whatever came from elsewhere inside it is escaped. */
export class Html {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

type Part = string | Html | readonly Html[] | undefined;

/** Builds markup; values are text unless they are markup already. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
	return new Html(strings.reduce((text, string, i) => text + string + textOf(values[i]), ""));
}

function textOf(value: Part): string {
	if (value === undefined) return "";
	if (value instanceof Html) return value.text;
	return typeof value === "string" ? escapeHtml(value) : value.map(({ text }) => text).join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** Data for a page's script: no markup can begin or end inside it. */
export function jsonBlock(id: string, value: unknown): Html {
	const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
	return new Html(`<script type="application/json" id="${escapeHtml(id)}">${text}</script>`);
}

export interface Page {
	readonly html: string;
	readonly headers: Readonly<Record<string, string>>;
}

export interface PageParameters {
	readonly language: "en" | "de";
	readonly title: string;
	readonly body: Html;
	/** Module that the page runs, by its address, and what bare names mean in it. */
	readonly script?: { readonly src: string; readonly importMap: object } | undefined;
	/** Where forms of the page may lead besides this node: the application's own origin. */
	readonly formTarget?: string | undefined;
	readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * A whole page. Nothing of it comes from elsewhere: scripts and styles run by a nonce of this answer alone, nobody may frame it, and it is not
 * stored.
 */
export function renderPage({ language, title, body, script, formTarget, randomBytes }: PageParameters): Page {
	const nonce = encodeBase64(randomBytes(18));
	const scripts =
		script === undefined
			? undefined
			: new Html(
					`<script type="importmap" nonce="${nonce}">${JSON.stringify(script.importMap)}</script><script type="module" nonce="${nonce}" src="${escapeHtml(script.src)}"></script>`,
				);
	const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/signin/icon.svg" type="image/svg+xml"><title>${title}</title><style nonce="${nonce}">${new Html(style)}</style></head>
<body><main>${body}</main>${scripts}</body></html>`;
	const policy = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src 'nonce-${nonce}'`,
		"connect-src 'self'",
		"img-src 'self'",
		`form-action 'self'${formTarget === undefined ? "" : ` ${formTarget}`}`,
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	].join("; ");
	return { html: page.text, headers: { ...protectiveHeaders, "content-security-policy": policy } };
}

/** On everything that sign-in answers. */
export const protectiveHeaders: Readonly<Record<string, string>> = {
	"cache-control": "no-store",
	// A form of ours says where it comes from; nobody else is told.
	"referrer-policy": "same-origin",
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/** A round mark, so that browsers need not look for one. */
export const icon =
	'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="#0b5d4e"/><path d="M7 3h2v4h4v2H9v4H7V9H3V7h4z" fill="#fff"/></svg>';

const style = `
:root { color-scheme: light dark; --ink: #16211f; --quiet: #51605d; --ground: #f3f6f5; --card: #fff; --line: #c9d4d1; --act: #0b5d4e; --on-act: #fff; --warn: #8a2b0e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8efed; --quiet: #a9b8b4; --ground: #101816; --card: #18221f; --line: #3a4a46; --act: #6fd3bd; --on-act: #06231d; --warn: #ffb59c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; }
.quiet { color: var(--quiet); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
.choice { display: flex; gap: .6rem; align-items: flex-start; padding: .35rem 0; }
.choice input { width: 1.25rem; height: 1.25rem; margin-top: .15rem; flex: none; }
label.field { display: block; margin: .75rem 0; }
label.field span { display: block; font-weight: 600; }
input[type=text], input[type=password], input[type=date], select, textarea { width: 100%; font: inherit; padding: .55rem .65rem; border: 1px solid var(--quiet); border-radius: .4rem; background: var(--card); color: inherit; }
button { font: inherit; font-weight: 600; padding: .65rem 1.1rem; border-radius: .4rem; border: 2px solid var(--act); background: var(--act); color: var(--on-act); cursor: pointer; min-height: 2.75rem; }
button.second { background: transparent; color: var(--act); }
button:disabled { opacity: .55; cursor: default; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1rem; }
[role=alert]:not(:empty) { border-left: 4px solid var(--warn); padding: .5rem .75rem; margin: 1rem 0; color: var(--warn); }
.words { columns: 2; list-style: decimal inside; padding: 0; font-family: ui-monospace, monospace; }
[hidden] { display: none !important; }
`;

/** The first of our languages that a browser asks for. */
export function languageOf(acceptLanguage: string | undefined): "en" | "de" {
	for (const each of (acceptLanguage ?? "").split(",")) {
		const primary = each.trim().slice(0, 2).toLowerCase();
		if (primary === "de" || primary === "en") return primary;
	}
	return "en";
}
