import workerUrl from "./deskWorker.ts?worker&url";

/** Its address never changes: a browser looks there again for a newer one. */
export const guardUrl = "/guard.js";
export { workerUrl };

interface TrustedTypes {
	createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string };
}

const rules = {
	createScriptURL(url: string): string {
		if (url !== workerUrl && url !== guardUrl) throw new TypeError("expected the address of one of the portal's own scripts");
		return url;
	},
};

/** The page's policy lets these two addresses alone become a script. One policy of its name can be made, so it is made once. */
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy("aceso", rules) ?? rules;

export const trustedScript = (url: string): string => policy.createScriptURL(url);
