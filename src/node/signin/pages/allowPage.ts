import { html, jsonBlock, type Page, renderPage } from "./html.ts";
import type { PageScript } from "./pageScript.ts";
import { sayScope } from "./scopeWords.ts";
import { type Language, say, sayPurpose, textsFor } from "./texts.ts";

/** What somebody is asked, as page and script need it. */
export interface Question {
	readonly uid: string;
	readonly csrf: string;
	/** To be signed into the mandate. */
	readonly challenge: string;
	readonly member: string;
	readonly client: string;
	readonly appName: string;
	readonly house: string;
	/** Where the browser goes afterwards. */
	readonly target: string;
	/** Scopes over records that may be granted. */
	readonly scopes: readonly string[];
	readonly identityScopes: readonly string[];
	readonly purpose: string;
	readonly level: string;
	/** Chosen already, by a launch. */
	readonly patient: string | undefined;
	readonly needsPatient: boolean;
	readonly sittingMs: number;
	readonly offlineMs: number;
}

const scriptTexts = [
	"failRefused",
	"failTooOften",
	"failExpired",
	"failStanding",
	"failPatient",
	"failNothing",
	"failOther",
	"signedInAs",
	"patientOwn",
	"signInWorking",
	"keeperNoPrf",
] as const;

/** The page on which a person signs in and says what an application may. */
export function renderAllowPage(question: Question, language: Language, script: PageScript, randomBytes: (length: number) => Uint8Array): Page {
	const { appName: app, house } = question;
	const title = say(language, "allowTitle", { app });
	const offline = question.identityScopes.includes("offline_access");
	const body = html`<h1>${title}</h1>
<p>${say(language, "allowAsks", { app, house })} <span class="quiet">${say(language, "allowSends", { target: question.target })}</span></p>
<noscript><p role="alert">${say(language, "noScript")}</p></noscript>
<div role="alert" id="fault"></div>
<section class="card" id="sign-in"><h2>${say(language, "signInTitle")}</h2>
<div class="row"><button type="button" id="passkey">${say(language, "signInPasskey")}</button></div>
<form id="passphrase-form" autocomplete="on">
<label class="field"><span>${say(language, "signInName")}</span><input type="text" id="name" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required></label>
<label class="field"><span>${say(language, "signInPassphrase")}</span><input type="password" id="passphrase" autocomplete="current-password" maxlength="256" required></label>
<button type="submit" class="second">${say(language, "signInWithPassphrase")}</button></form>
<p class="quiet" id="working" role="status"></p></section>
<section class="card" id="choices" hidden><p id="who" role="status"></p>
<h2>${say(language, "allowWhat")}</h2>
${question.scopes.map((text, at) => scopeChoice(language, text, at))}
<p class="quiet">${say(language, "allowNarrow")}</p>
${question.needsPatient ? patientChoice(question, language) : undefined}
<p id="purpose">${say(language, "allowPurpose", { purpose: sayPurpose(language, question.purpose) })}</p>
${offline ? html`<label class="choice"><input type="checkbox" id="offline"><span>${say(language, "allowOffline")}</span></label>` : undefined}
<p class="quiet">${say(language, "allowSitting")}</p>
<div class="row"><button type="button" id="allow">${say(language, "allow")}</button></div></section>
<form method="post" action="/signin/${question.uid}/deny"><input type="hidden" name="csrf" value="${question.csrf}"><div class="row"><button type="submit" class="second">${say(language, "deny")}</button></div></form>
${jsonBlock("question", question)}${jsonBlock("texts", { ...textsFor(language, scriptTexts), ownPurpose: say(language, "allowPurpose", { purpose: sayPurpose(language, "PATRQT") }) })}`;
	return renderPage({
		language,
		title,
		body,
		script: { src: script.address("allowApp"), importMap: script.importMap },
		formTarget: formTargetOf(question.target),
		randomBytes,
	});
}

function scopeChoice(language: Language, text: string, at: number) {
	return html`<label class="choice"><input type="checkbox" class="scope" data-at="${String(at)}" checked><span>${sayScope(language, text)}</span></label>`;
}

function patientChoice({ patient, house }: Question, language: Language) {
	const heading = html`<h2>${say(language, "patientTitle")}</h2>`;
	if (patient !== undefined) return html`${heading}<p id="patient-fixed">${say(language, "patientFixed", { patient })}</p>`;
	return html`${heading}<label class="field" id="patient-field"><span>${say(language, "patientId", { house })}</span><input type="text" id="patient" maxlength="64" autocomplete="off" spellcheck="false"></label><p id="patient-own" hidden></p>`;
}

/** Browsers hold a form to this across its redirections, which end at the application. */
function formTargetOf(target: string): string | undefined {
	const url = URL.parse(target);
	if (url === null) return undefined;
	return url.origin === "null" ? url.protocol : url.origin;
}
