import { html, jsonBlock, type Page, renderPage } from "./html.ts";
import type { PageScript } from "./pageScript.ts";
import { type Language, say, type TextName, textsFor } from "./texts.ts";

export interface House {
	readonly member: string;
	readonly house: string;
}

const scriptTexts: readonly TextName[] = [
	"failRefused",
	"failTooOften",
	"failStanding",
	"failOther",
	"inviteInvalid",
	"inviteDone",
	"keeperNoPrf",
	"keeperShort",
	"keeperLong",
	"keeperCommon",
	"keeperHouseWords",
	"inviteReplaced",
	"providerGo",
	"providerFailed",
	"keeperDone",
	"keeperTitle",
	"inviteWordsWrong",
	"inviteCheckWrong",
	"inviteCheckWord",
	"signInWorking",
];

/** Where somebody who was invited makes or brings their key and locks it. The invitation itself stands behind `#` and is sent by the script. */
export function renderInvitationPage(
	{ member, house }: House,
	language: Language,
	script: PageScript,
	randomBytes: (length: number) => Uint8Array,
): Page {
	const title = say(language, "inviteTitle", { house });
	const body = html`<h1>${title}</h1>
<noscript><p role="alert">${say(language, "noScript")}</p></noscript>
<div role="alert" id="fault"></div><p id="working" class="quiet" role="status"></p>
<section class="card" id="patient" hidden><p>${say(language, "inviteExplain")}</p>
<div class="row"><button type="button" id="new-wallet">${say(language, "inviteNew")}</button><button type="button" class="second" id="old-wallet">${say(language, "inviteOld")}</button></div></section>
<section class="card" id="words-shown" hidden><h2>${say(language, "inviteWords")}</h2><ol class="words" id="words" translate="no"></ol>
<form id="words-check"><label class="field"><span id="check-label"></span><input type="text" id="check" autocomplete="off" autocapitalize="none" spellcheck="false" required></label>
<button type="submit">${say(language, "inviteWritten")}</button></form></section>
<form class="card" id="words-typed" hidden><label class="field"><span>${say(language, "inviteWords")}</span><textarea id="typed" rows="4" autocomplete="off" autocapitalize="none" spellcheck="false" required></textarea></label>
<button type="submit">${say(language, "inviteConnect")}</button></form>
<section class="card" id="staff" hidden><p id="staff-name"></p><p>${say(language, "keeperExplain", { house })}</p></section>
<section class="card" id="lock" hidden><h2>${say(language, "keeperTitle")}</h2>
<div id="provider" hidden><p>${say(language, "providerWhy")}</p><div class="row"><a id="provider-go" href="/signin/provider/begin?way=invitation" target="_blank" rel="noopener"></a><button type="button" id="provider-done">${say(language, "providerDone")}</button></div></div>
<div class="row"><button type="button" id="lock-passkey">${say(language, "keeperPasskey")}</button></div>
<form id="lock-passphrase" autocomplete="on"><label class="field"><span>${say(language, "signInName")}</span><input type="text" id="name" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" minlength="3" maxlength="64" pattern="[a-z0-9][a-z0-9._@\\-]*" required></label>
<label class="field"><span>${say(language, "signInPassphrase")}</span><input type="password" id="passphrase" autocomplete="new-password" minlength="15" maxlength="256" required></label>
<p class="quiet">${say(language, "keeperShort")}</p><button type="submit" class="second">${say(language, "keeperPassphrase")}</button></form></section>
<section class="card" id="done" hidden tabindex="-1"><p id="done-text"></p><p><code id="done-key"></code></p><p><a href="/">${say(language, "inviteOn")}</a></p></section>
${jsonBlock("house", { member, house })}${jsonBlock("texts", textsFor(language, scriptTexts))}`;
	return renderPage({ language, title, body, script: { src: script.address("acceptInvitation"), importMap: script.importMap }, randomBytes });
}
