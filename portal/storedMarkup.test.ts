import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeBase64, encodeUtf8 } from "#base";
import { serve } from "../src/node/serve.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, toPractitioners } from "../src/node/testing/smallNetwork.ts";
import { buildPortal, chromiumPath, launchBrowser, noBrowser, visit } from "./testing/servePortal.ts";

/** What somebody may write into a name, a note, a result or a rule, hoping that a page takes it for markup. Each calls `fire` when it runs. */
const payloads: readonly string[] = [
	"<script>fire()</script>",
	"<script src=data:text/javascript,fire()></script>",
	"<SCRIPT>fire()</SCRIPT>",
	"<scr<script>ipt>fire()</scr</script>ipt>",
	"<img src=x onerror=fire()>",
	'<img src=x onerror="fire()">',
	"<img/src/onerror=fire()>",
	"<IMG SRC=x ONERROR=fire()>",
	"<img src=`x` onerror=fire()>",
	"<svg onload=fire()>",
	"<svg/onload=fire()>",
	"<svg><script>fire()</script></svg>",
	"<svg><animate onbegin=fire() attributeName=x dur=1s>",
	"<svg><set onbegin=fire() attributename=x>",
	"<svg><a xlink:href=javascript:fire()><text x=20 y=20>x</text></a></svg>",
	"<math><mtext></form><form><mglyph><style></math><img src onerror=fire()>",
	"<math href=javascript:fire()>x</math>",
	"<body onload=fire()>",
	"<iframe src=javascript:fire()></iframe>",
	"<iframe srcdoc='<script>parent.fire()</script>'></iframe>",
	"<object data=javascript:fire()></object>",
	"<embed src=javascript:fire()>",
	"<a href=javascript:fire()>x</a>",
	"<a href='java&#x0A;script:fire()'>x</a>",
	"<a href='&#106;avascript:fire()'>x</a>",
	"<form action=javascript:fire()><input type=submit autofocus></form>",
	"<button formaction=javascript:fire() autofocus>x</button>",
	"<input onfocus=fire() autofocus>",
	"<select onfocus=fire() autofocus></select>",
	"<textarea onfocus=fire() autofocus></textarea>",
	"<details open ontoggle=fire()>x</details>",
	"<video src=x onerror=fire()></video>",
	"<video><source onerror=fire()></video>",
	"<audio src=x onerror=fire()></audio>",
	"<marquee onstart=fire()>x</marquee>",
	"<link rel=stylesheet href=data:text/css,x onload=fire()>",
	"<style>@import 'javascript:fire()';</style>",
	"<style onload=fire()></style>",
	"<meta http-equiv=refresh content='0;url=javascript:fire()'>",
	"<base href=javascript:fire()//>",
	"<template><script>fire()</script></template>",
	"<noscript><p title='</noscript><img src=x onerror=fire()>'></noscript>",
	"<div style=background:url(javascript:fire())>x</div>",
	"<div onpointerover=fire() style='position:fixed;inset:0'>x</div>",
	"<p onanimationstart=fire() style=animation:x></p>",
	'"><script>fire()</script>',
	"'><img src=x onerror=fire()>",
	"--><script>fire()</script>",
	"]]><script>fire()</script>",
	"</textarea><script>fire()</script>",
	"</title><script>fire()</script>",
	"{{constructor.constructor('fire()')()}}",
	"$" + "{fire()}",
	"javascript:fire()",
	"&lt;script&gt;fire()&lt;/script&gt;",
	"\\u003cscript\\u003efire()\\u003c/script\\u003e",
	"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>fire()</x:script>",
	"<custom-element onclick=fire() autofocus tabindex=1>x</custom-element>",
	"<portal src=javascript:fire()></portal>",
	'{"__proto__":{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=fire()>"}}}',
];

const concept = (text: string, code: string) => ({ coding: [{ system: "http://snomed.info/sct", code, display: text }], text });

let small: SmallNetwork;
let patient: SmallPatient;
let serving: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
const seed = "07".repeat(32);

describe.skipIf(chromiumPath === undefined)(`stored markup${chromiumPath === undefined ? `: ${noBrowser}` : ""}`, () => {
	beforeAll(async () => {
		const { createWallet } = await import("#wallet");
		small = await openSmallNetwork();
		patient = await small.admit(
			{
				...{ family: payloads[0]!, given: payloads[4]!, birthDate: "1950-01-02" },
				more: (subject) =>
					payloads.flatMap((payload, at) => [
						{
							resourceType: "Condition",
							code: concept(payload, `${1000 + at}`),
							subject,
							onsetDateTime: "2020-01-01",
							recorder: { display: payload },
							text: { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml">${payload}</div>` },
						},
						{
							...{ resourceType: "Observation", status: "final", subject, effectiveDateTime: "2021-01-01", valueString: payload },
							category: [concept("laboratory", "1")],
							code: { coding: [{ system: "http://loinc.org", code: "718-7", display: payload }] },
						},
						{
							...{ resourceType: "DocumentReference", status: "current", subject, date: "2022-01-01T00:00:00Z", type: concept(payload, "2") },
							content: [{ attachment: { contentType: "text/plain", data: encodeBase64(encodeUtf8(payload)), title: payload } }],
						},
					]),
			},
			{ wallet: createWallet(new Uint8Array(32).fill(7)) },
		);
		// What a dishonest wallet, or an import, gave as a title.
		for (const title of payloads) await grantWithTitle(title);
		serving = await serve({ network: small.network, firstPort: 0, host: "127.0.0.1", portal: buildPortal() });
		browser = await launchBrowser();
	});
	afterAll(async () => {
		await browser?.close();
		await serving?.close();
	});

	async function grantWithTitle(title: string): Promise<void> {
		const { buildGrant } = await import("#wallet");
		const { submitAll } = await import("#node");
		const { id } = small.institution();
		const drafted = small.draftGrant(patient, toPractitioners("north", ["conditions"]));
		const validUntil = new Date(small.network.now() + 86_400_000 * 30).toISOString().slice(0, 10) as never;
		const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes: small.network.randomBytes };
		const choice = { pseudonym: patient.pseudonym, custodian: id, title, provision: drafted.opened.terms.provision, validUntil };
		const { opened, transaction } = buildGrant(patient.key, choice, context);
		await small.deposit(patient, opened);
		await submitAll(small.network, small.institution(), [transaction]);
	}

	it("[PO62] is text on every page, also where the page's policy would let it run", async () => {
		expect(payloads.length).toBeGreaterThanOrEqual(50);
		const { page, complaints, close } = await visit(browser, serving.addresses[0]!.url, { bypassCSP: true });
		const fired: string[] = [];
		await page.context().exposeFunction("fire", () => fired.push("fired"));
		page.on("dialog", (dialog) => fired.push(dialog.message()));
		// The people of a demonstration that this small network is not: their names are hostile too.
		const actor = { key: "mallory", kind: "patient", name: `Mallory ${payloads[4]}`, about: payloads[0] };
		await page.context().route("**/api/demo/people", (route) => route.fulfill({ json: { people: [actor] } }));
		await page.context().route("**/api/demo/keys", (route) => route.fulfill({ json: { actor, seed } }));
		await page.goto(serving.addresses[0]!.url);
		await page.getByRole("button", { name: /Mallory/ }).click();
		await page.getByRole("heading", { name: /Hello Mallory/ }).waitFor();
		for (const path of [
			"/",
			"/who-looked",
			"/who-can-see-what",
			"/who-can-see-what/new",
			"/record",
			"/values",
			"/heart-risk",
			"/how-it-is-checked",
		]) {
			await page.evaluate(`history.pushState({}, "", "${path}"); dispatchEvent(new PopStateEvent("popstate"))`);
			await page.locator("main h1").waitFor();
			await page.getByRole("status").filter({ hasText: "One moment" }).first().waitFor({ state: "detached" });
			if (path === "/record") for (let more = 0; more < 2; more++) await page.getByRole("button", { name: "Show more" }).click();
			await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
			const foreign =
				"script:not([type=module]), iframe, object, embed, video, audio, math, base, template, main img, main form, [onerror], [onload], [onfocus], a[href^=javascript]";
			expect(await page.locator(foreign).count(), path).toBe(0);
			if (path === "/record") {
				const text = await page.locator("main").innerText();
				for (const payload of payloads) expect(text).toContain(payload.replace(/ {2,}/g, " "));
			}
			if (path === "/who-can-see-what") {
				const text = await page.locator("main").innerText();
				for (const payload of payloads) expect(text).toContain(payload.replace(/ {2,}/g, " "));
			}
		}
		expect(fired).toEqual([]);
		expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
		await close();
	});
});
