import { askPasskey, makePasskey, type PasskeyAnswer, type PasskeyChallenge } from "#base";
import type { Api } from "./api.ts";
import { PortalError } from "./errors.ts";

const begin = (api: Api) => api.post<PasskeyChallenge>("/signin/keepers/passkey/begin", {});

/** Asks the person for one of their passkeys: the one thing about a key that a thread cannot do. @throws PortalError `REFUSED`. */
export async function askOwnPasskey(api: Api): Promise<PasskeyAnswer> {
	const challenge = await begin(api);
	return askPasskey(challenge).catch(notUsed);
}

/** Makes one more passkey. @param name - What the device lists it under. @throws PortalError `REFUSED`. */
export async function makeOwnPasskey(api: Api, name: string): Promise<PasskeyAnswer> {
	return makePasskey({ name, title: document.title, begin: () => begin(api) }).catch((error: unknown) => {
		if (error instanceof PortalError) throw error;
		return notUsed();
	});
}

/** The browser says little of why: the person turned it away, or there is none. */
function notUsed(): never {
	throw new PortalError("REFUSED", "PASSKEY_NOT_USED");
}

/** Passkeys belong to a name: under a number a browser makes none. The same node, as this machine calls itself. */
export function addressForPasskeys({ protocol, hostname, port }: Pick<Location, "protocol" | "hostname" | "port">): string | undefined {
	return /^(?:127\.0\.0\.1|\[::1\])$/.test(hostname) ? `${protocol}//localhost${port === "" ? "" : `:${port}`}` : undefined;
}
