import type { AdoptFailure, GuardQuestion, GuardStanding } from "../guard/guardMessages.ts";
import { guardUrl, trustedScript } from "./trustedScripts.ts";

/** What became of the guard's own script while the page was open. */
export type GuardEvent =
	/** The browser fetched another one and has it ready. */
	| "another"
	/** Another one took over without having been asked to. */
	| "replaced";

/** Where every window sees that one of them takes a new page. A service worker has no way to write there, so a hostile one cannot pass for chosen. */
const takingOverKey = "aceso/taking-over";
const takingOverMs = 30_000;

/**
 * A first guard begins so long after the page, in ms: it fetches every file of every page, in the middle of which nobody should sign in. What it guards
 * against comes at a later visit; at the first one it is the node's word alone, early or late.
 */
const firstGuardMs = 3_000;

/** The page's side of the service worker that pins it. */
export interface Guard {
	/** Undefined as long as no guard has taken over. */
	standing(): Promise<GuardStanding | undefined>;
	/** Keeps what the node serves from now on, and loads it. Returns only where that came to nothing. */
	adopt(hash: string): Promise<AdoptFailure>;
	/** Called for each event from now on, and for what was there before. */
	listen(listener: (event: GuardEvent) => void): void;
}

/** Undefined where a browser has no service workers or lets none run at this address (plain HTTP of another machine). */
export function connectGuard(): Guard | undefined {
	const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
	if (container === undefined) return undefined;
	// Later than the page itself: whoever comes waits for no guard. One that stands already is asked at once what it found.
	const registering = afterLoad()
		.then(() => (container.controller === null ? new Promise((resolve) => setTimeout(resolve, firstGuardMs)) : undefined))
		.then(() => container.register(trustedScript(guardUrl), { scope: "/", updateViaCache: "all" }))
		.catch(() => undefined);
	return {
		async standing() {
			const registration = await registering;
			if (registration === undefined) return undefined;
			await container.ready;
			return registration.active === null ? undefined : ask<GuardStanding>(registration.active, { kind: "standing" });
		},
		async adopt(hash) {
			const registration = await registering;
			if (registration?.active == null) return "OFFLINE";
			const failure = await ask<AdoptFailure | undefined>(registration.active, { kind: "adopt", hash });
			if (failure !== undefined) return failure;
			localStorage.setItem(takingOverKey, String(Date.now()));
			registration.waiting?.postMessage({ kind: "take-over" } satisfies GuardQuestion);
			location.reload();
			return new Promise(() => undefined);
		},
		listen(listener) {
			let before = container.controller;
			container.addEventListener("controllerchange", () => {
				// The first one takes over a page that had none.
				if (before !== null && !isTakingOver()) listener("replaced");
				before = container.controller;
			});
			void registering.then((registration) => {
				if (registration === undefined) return;
				const tell = () => {
					if (registration.active !== null) listener("another");
				};
				if (registration.waiting !== null) tell();
				registration.addEventListener("updatefound", tell);
			});
		},
	};
}

/** Whether somebody has just chosen a new page, here or in another window. */
function isTakingOver(): boolean {
	return Date.now() - Number(localStorage.getItem(takingOverKey) ?? 0) < takingOverMs;
}

function afterLoad(): Promise<void> {
	return new Promise((resolve) => {
		if (document.readyState === "complete") resolve();
		else addEventListener("load", () => resolve(), { once: true });
	});
}

function ask<Answer>(worker: ServiceWorker, question: GuardQuestion): Promise<Answer> {
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = ({ data }) => resolve(data as Answer);
		worker.postMessage(question, [port2]);
	});
}
