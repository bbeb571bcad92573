/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** An element that the page has. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
	const element = document.getElementById(id);
	if (element === null) throw new Error(`the page has no ${id}`);
	return element as E;
}

/** Data that the node wrote into the page. */
export function readData<T>(id: string): T {
	return JSON.parse(byId(id).textContent ?? "null") as T;
}

/** What the node refused, by its code. */
export class Refused extends Error {
	readonly code: string;

	constructor(code: string) {
		super(code);
		this.code = code;
	}
}

/** Sends JSON to this node. @throws {@link Refused} with the node's code. */
export async function post<T>(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
	const answer = await fetch(path, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
		credentials: "same-origin",
		redirect: "error",
	});
	const told = (await answer.json()) as T & { readonly code?: string };
	if (!answer.ok) throw new Refused(told.code ?? "INTERNAL");
	return told;
}

export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

const sentences: Readonly<Record<string, string>> = {
	SIGNIN_REFUSED: "failRefused",
	WALLET_PASSPHRASE_WRONG: "failRefused",
	NotAllowedError: "failRefused",
	SIGNIN_TOO_OFTEN: "failTooOften",
	SIGNIN_EXPIRED: "failExpired",
	GATE_MANDATE_INVALID: "failStanding",
	SIGNIN_INVITATION_INVALID: "inviteInvalid",
	PATIENT_MISSING: "failPatient",
	NOTHING_CHOSEN: "failNothing",
	PASSPHRASE_SHORT: "keeperShort",
	PASSPHRASE_LONG: "keeperLong",
	PASSPHRASE_COMMON: "keeperCommon",
	PASSPHRASE_HOUSE_WORDS: "keeperHouseWords",
	SIGNIN_PROVIDER_REFUSED: "providerFailed",
	PRF_MISSING: "keeperNoPrf",
	WALLET_WORDS_INVALID: "inviteWordsWrong",
	CHECK_WRONG: "inviteCheckWrong",
};

/** Says in the page what went wrong, and moves there whoever listens to it. */
export function showFault(error: unknown, texts: Readonly<Record<string, string>>): void {
	const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
	const known = typeof code === "string" ? code : String(name ?? "Error");
	const sentence = texts[sentences[known] ?? ""] ?? texts.failOther ?? "{code}";
	byId("fault").textContent = sentence.replace("{code}", known);
}

/** Runs what a person began, one thing at a time; faults are shown. */
export function begin(texts: Readonly<Record<string, string>>, work: () => Promise<void>): void {
	if (document.body.dataset.busy === "yes") return;
	document.body.dataset.busy = "yes";
	byId("fault").textContent = "";
	const buttons = [...document.querySelectorAll("button")];
	for (const button of buttons) button.disabled = true;
	work()
		.catch((error: unknown) => showFault(error, texts))
		.finally(() => {
			document.body.dataset.busy = "no";
			for (const button of buttons) button.disabled = false;
		});
}
