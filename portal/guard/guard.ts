/**
 * The service worker that pins the portal: every file of the page comes from what this browser keeps, by the hash in the manifest that was
 * accepted here, and never from what the node serves today. Another manifest is told to the page, which asks the ledger and the person.
 *
 * It does not protect the first visit, nor itself: a browser asks the node for the guard's own script once a day, and takes what it gets
 * (docs/trust.md).
 */
import { contentTypeOf, isNodePath, portalHeaders } from "../../src/node/portal/portalHeaders.ts";
import { manifestPath } from "../../src/wallet/portalManifest.ts";
import type { AdoptFailure, GuardQuestion, GuardStanding } from "./guardMessages.ts";
import { fetchFile, fetchManifest, keep, type Pin, readFile, readPin, servedHash } from "./pin.ts";

interface LifeEvent {
	waitUntil(work: Promise<unknown>): void;
}
interface AskedEvent extends LifeEvent {
	readonly request: Request;
	respondWith(answer: Promise<Response>): void;
}
interface ToldEvent extends LifeEvent {
	readonly data: GuardQuestion;
	readonly ports: readonly MessagePort[];
}
interface GuardScope {
	readonly registration: { readonly active: unknown };
	readonly clients: { claim(): Promise<void> };
	readonly location: Location;
	skipWaiting(): Promise<void>;
	addEventListener(type: "install" | "activate", listener: (event: LifeEvent) => void): void;
	addEventListener(type: "fetch", listener: (event: AskedEvent) => void): void;
	addEventListener(type: "message", listener: (event: ToldEvent) => void): void;
}

const guard = globalThis as unknown as GuardScope;
let known: Promise<Pin | undefined> | undefined;

/** Read once while this thread lives; it is the only one that writes it. */
function pinned(): Promise<Pin | undefined> {
	known ??= readPin();
	return known;
}

guard.addEventListener("install", (event) => event.waitUntil(begin()));
guard.addEventListener("activate", (event) => event.waitUntil(guard.clients.claim()));
guard.addEventListener("fetch", (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (origin !== guard.location.origin || request.method !== "GET" || isNodePath(pathname) || pathname === `/${manifestPath}`) return;
	// The list of routes, which is data and no part of the page.
	if (pathname === "/" && request.destination === "" && request.mode !== "navigate") return;
	event.respondWith(answer(request, request.mode === "navigate" ? "index.html" : pathname.slice(1)));
});
guard.addEventListener("message", (event) => {
	const { data, ports } = event;
	if (data.kind === "take-over") event.waitUntil(guard.skipWaiting());
	else if (data.kind === "standing") event.waitUntil(standing().then((found) => ports[0]?.postMessage(found)));
	else event.waitUntil(adopt(data.hash).then((failure) => ports[0]?.postMessage(failure)));
});

/** The first guard keeps what the node serves at the first visit. A later one finds a pin, leaves it and waits. */
async function begin(): Promise<void> {
	if ((await readPin()) !== undefined) return;
	const served = await fetchManifest();
	const failure = served === undefined ? "MANIFEST_DIFFERS" : await keep(served);
	if (failure !== undefined) throw new Error(`expected a portal that fits its manifest: ${failure}`);
	await guard.skipWaiting();
}

async function answer(request: Request, path: string): Promise<Response> {
	const pin = await pinned();
	// Nothing is kept: the browser was cleared, and this is a first visit.
	if (pin === undefined) return fetch(request);
	const file = pin.manifest.files.find((each) => each.path === path);
	if (file === undefined) return Response.error();
	const bytes = (await readFile(file)) ?? (await fetchFile(file).catch(() => undefined));
	if (bytes !== undefined) return new Response(bytes, { headers: { ...portalHeaders, "content-type": contentTypeOf(path) } });
	return request.mode === "navigate"
		? new Response(lost, { status: 503, headers: { ...portalHeaders, "content-type": "text/plain; charset=utf-8" } })
		: Response.error();
}

/** Where the page itself is gone from the browser's store and the node has another one, nothing of ours can run to say it better. */
const lost = `This device no longer has the page that it kept, and the clinic serves another one now.
Nothing was opened. To begin anew, clear what this browser keeps of this address.

Dieses Gerät hat die gemerkte Seite nicht mehr, und die Klinik liefert jetzt eine andere.
Es wurde nichts geöffnet. Um neu zu beginnen, löschen Sie, was dieser Browser zu dieser Adresse gespeichert hat.
`;

async function standing(): Promise<GuardStanding> {
	const pin = await pinned();
	const kept = pin === undefined ? undefined : { text: pin.text, hash: pin.hash, sinceMs: pin.sinceMs };
	try {
		const [served, servedGuard] = await Promise.all([fetchManifest(), servedHash("/guard.js")]);
		// What is no manifest is told as one without files: the node serves something else.
		const told = served ?? { text: "", hash: "" };
		return { pinned: kept, offered: told.hash === kept?.hash ? undefined : { text: told.text, hash: told.hash }, servedGuard };
	} catch {
		return { pinned: kept, offered: undefined, servedGuard: undefined };
	}
}

async function adopt(hash: string): Promise<AdoptFailure | undefined> {
	const served = await fetchManifest().catch(() => null);
	if (served === null) return "OFFLINE";
	if (served?.hash !== hash) return "MANIFEST_DIFFERS";
	const failure = await keep(served);
	known = undefined;
	return failure;
}
