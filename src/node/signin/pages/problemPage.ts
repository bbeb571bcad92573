import { html, languageOf, type Page, renderPage } from "./html.ts";
import { say } from "./texts.ts";

/** What a browser shows when an authorisation cannot go on and there is nowhere to send it. The code is ours; nothing of the request is repeated. */
export function renderProblemPage(code: string, acceptLanguage: string | undefined, randomBytes: (length: number) => Uint8Array): Page {
	const language = languageOf(acceptLanguage);
	const known = /^[A-Za-z_]{1,64}$/.test(code) ? code : "invalid_request";
	const title = say(language, "problemTitle");
	const body = html`<h1>${title}</h1><p>${say(language, "problemBack")}</p><p class="quiet">${say(language, "problemCode", { code: known })}</p>`;
	return renderPage({ language, title, body, randomBytes });
}
