import workerUrl from "./deskWorker.ts?worker&url";

interface TrustedTypes {
	createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string };
}

/** Starts the thread that holds the key. The page's policy lets this one address alone become a script. */
export function openWorker(): Worker {
	const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
	const rules = {
		createScriptURL(url: string): string {
			if (url !== workerUrl) throw new TypeError("expected the address of the portal's own worker");
			return url;
		},
	};
	const policy = trustedTypes?.createPolicy("aceso", rules) ?? rules;
	return new Worker(policy.createScriptURL(workerUrl), { type: "module" });
}
