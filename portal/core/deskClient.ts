import type { DeskAnswer, DeskQuestion } from "./deskMessages.ts";
import type { AccessRow, Desk } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";

interface Waiting {
	resolve(value: never): void;
	reject(error: PortalError): void;
	onRows?: ((rows: readonly AccessRow[]) => void) | undefined;
}

/** The page's side of the thread that holds the key. */
export function connectDesk(worker: Worker): Desk {
	const waiting = new Map<number, Waiting>();
	let last = 0;
	worker.onmessage = ({ data }: MessageEvent<DeskAnswer>) => {
		const asked = waiting.get(data.id);
		if (data.rows !== undefined) return asked?.onRows?.(data.rows as readonly AccessRow[]);
		waiting.delete(data.id);
		if (data.failure === undefined) asked?.resolve(data.value as never);
		else asked?.reject(new PortalError(data.failure.code, data.failure.nodeCode));
	};
	worker.onerror = () => {
		for (const asked of waiting.values()) asked.reject(new PortalError("ANSWER_INVALID"));
		waiting.clear();
	};
	const ask = <Value>(call: keyof Desk, parameters: readonly unknown[], onRows?: Waiting["onRows"]) =>
		new Promise<Value>((resolve, reject) => {
			const id = ++last;
			waiting.set(id, { resolve, reject, onRows });
			worker.postMessage({ id, call, parameters } satisfies DeskQuestion);
		});
	return {
		signIn: (parameters) => ask("signIn", [parameters]),
		unlock: (parameters) => ask("unlock", [parameters]),
		sealDraft: (text) => ask("sealDraft", [text]),
		draftPlace: (about) => ask("draftPlace", [about]),
		openDraft: (sealed) => ask("openDraft", [sealed]),
		signOut: () => ask("signOut", []),
		actFor: (parameters) => ask("actFor", [parameters]),
		actForOneself: () => ask("actForOneself", []),
		consents: (language) => ask("consents", [language]),
		describe: (draft, language) => ask("describe", [draft, language]),
		grant: (draft) => ask("grant", [draft]),
		change: (consentId, draft) => ask("change", [consentId, draft]),
		revoke: (consentId) => ask("revoke", [consentId]),
		record: () => ask("record", []),
		history: (memory, onRows) => ask("history", [memory], onRows),
		exportHistory: () => ask("exportHistory", []),
		checkCopy: (history, pins) => ask("checkCopy", [history, pins]),
		risk: (about) => ask("risk", [about]),
		chart: (about) => ask("chart", [about]),
		signOff: (about) => ask("signOff", [about]),
		lookUp: (who) => ask("lookUp", [who]),
		helpers: () => ask("helpers", []),
		nameHelper: (draft) => ask("nameHelper", [draft]),
		endHelper: (key) => ask("endHelper", [key]),
		helperCode: (theirCode) => ask("helperCode", [theirCode]),
		erased: () => ask("erased", []),
		erasure: () => ask("erasure", []),
		erase: (what) => ask("erase", [what]),
		genes: () => ask("genes", []),
		account: (act) => ask("account", [act]),
		keepByPasskey: (answer) => ask("keepByPasskey", [answer]),
		keepByPassphrase: (login) => ask("keepByPassphrase", [login]),
		checkWords: (words) => ask("checkWords", [words]),
		replacement: () => ask("replacement", []),
		stopReplacement: () => ask("stopReplacement", []),
		invite: (whom) => ask("invite", [whom]),
		stands: () => ask("stands", []),
		ownSitting: () => ask("ownSitting", []),
		drugs: () => ask("drugs", []),
		checkOrder: (about) => ask("checkOrder", [about]),
		roles: () => ask("roles", []),
		watch: (about) => ask("watch", [about]),
		refusals: () => ask("refusals", []),
		reviews: () => ask("reviews", []),
		openReview: (review) => ask("openReview", [review]),
		closeReview: (verdict) => ask("closeReview", [verdict]),
		health: () => ask("health", []),
		members: () => ask("members", []),
		processing: () => ask("processing", []),
		disclosures: (about) => ask("disclosures", [about]),
		height: () => ask("height", []),
		release: (hash, kept) => ask("release", [hash, kept]),
	};
}
