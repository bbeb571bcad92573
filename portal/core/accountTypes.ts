import type { PasskeyAnswer } from "#base";

/** A locked copy of one's key, as the node lists it. */
export interface KeptCopy {
	readonly id: string;
	readonly by: "passkey" | "passphrase" | "provider";
	/** Sign-in name of a passphrase; "" otherwise. */
	readonly name: string;
	readonly note: string;
	readonly keptAtMs: number;
	/** Null for one that was never used. */
	readonly usedAtMs: number | null;
}

/** An application that one has let in. */
export interface AllowedApp {
	readonly id: string;
	readonly client: string;
	readonly name: string;
	readonly scopes: readonly string[];
	readonly purpose: string;
	readonly patient: string;
	readonly givenAtMs: number;
	readonly untilMs: number;
}

/** One line of the list of what happened with one's key here. */
export interface SignInEvent {
	readonly kind:
		| "opened-passkey"
		| "opened-passphrase"
		| "opened-provider"
		| "refused-passphrase"
		| "copy-left"
		| "copy-removed"
		| "app-allowed"
		| "app-taken-back"
		| "sitting-ended"
		| "provider-signed-out"
		| "ways-reviewed"
		| "signed-out-everywhere";
	readonly atMs: number;
	readonly detail: string;
}

/** What the node's sign-in holds of a person. */
export interface AccountView {
	readonly copies: readonly KeptCopy[];
	/** Newest first. */
	readonly apps: readonly AllowedApp[];
	/** Newest first. */
	readonly events: readonly SignInEvent[];
	/** When a new key takes over for a lost one, UTC ms; null where it does not wait. */
	readonly waitsUntilMs: number | null;
	/** Where the key is open, newest first. */
	readonly sittings: readonly OpenSitting[];
	/** Since when the ways to the key wait to be looked through, UTC ms; null where they do not. */
	readonly reviewSinceMs: number | null;
}

/** A place where one's key is open. */
export interface OpenSitting {
	readonly id: string;
	readonly by: "passkey" | "passphrase" | "provider";
	/** Browser and system; "" where they are not known. */
	readonly device: string;
	readonly atMs: number;
	readonly seenAtMs: number;
}

export type AccountAct =
	| { readonly act: "show" }
	| { readonly act: "remove-copy"; readonly of: string }
	| { readonly act: "take-back"; readonly of: string }
	| { readonly act: "take-back-all" }
	| { readonly act: "end-sitting"; readonly of: string }
	| { readonly act: "end-other-sittings"; readonly of: string }
	| { readonly act: "reviewed" }
	| { readonly act: "sign-out-everywhere" };

/** What a person does with their own key and what rests on it. */
export interface AccountDesk {
	account(act: AccountAct): Promise<AccountView>;
	/** Leaves one more locked copy with the node. */
	keepByPasskey(answer: PasskeyAnswer): Promise<void>;
	keepByPassphrase(login: { readonly name: string; readonly passphrase: string }): Promise<void>;
	/** Whether these are the words of the wallet that is open here. */
	checkWords(words: string): Promise<boolean>;
	/** When another key takes over at the custodian's word, UTC ms; null where none is announced. */
	replacement(): Promise<number | null>;
	stopReplacement(): Promise<void>;
	/** Of somebody at the desk: an address that leads a patient to a key of their own. */
	invite(whom: { readonly localId: string; readonly document: string }): Promise<{ readonly url: string }>;
	/** Whether the node still counts whoever opened their key here as signed in. */
	stands(): Promise<boolean>;
	/** Which of the places where the key is open this one is; "" where the node handed no copy out. */
	ownSitting(): Promise<string>;
}
