import type { PublicKey } from "#base";
import { SignInError } from "./errors.ts";
import type { KeptCopy } from "./keepers.ts";
import type { SignIn } from "./signIn.ts";
import type { SignInEvent } from "./signInEvents.ts";
import type { OpenSitting } from "./sittings.ts";

/** An application that a person has let in, as they review it. */
export interface AllowedApp {
	/** Of the mandate: names it when it is taken back. */
	readonly id: string;
	readonly client: string;
	readonly name: string;
	readonly scopes: readonly string[];
	readonly purpose: string;
	/** Number of the one patient it is about; "" for whoever the person may ask about. */
	readonly patient: string;
	readonly givenAtMs: number;
	readonly untilMs: number;
}

/** All that this node's sign-in holds of one person. */
export interface AccountView {
	readonly copies: readonly KeptCopy[];
	readonly apps: readonly AllowedApp[];
	readonly events: readonly SignInEvent[];
	/** When the key takes over for one that was lost, UTC ms; null where it does not wait. */
	readonly waitsUntilMs: number | null;
	/** Where the person's key is open, newest first. */
	readonly sittings: readonly OpenSitting[];
	/** Since when the ways to the key wait to be looked through, because a backup may have brought removed ones back, UTC ms; null where they do not. */
	readonly reviewSinceMs: number | null;
}

/** What a person does with their own account. Every act is signed by the key it is about. */
export type AccountAct =
	| { readonly act: "show" }
	| { readonly act: "remove-copy"; readonly of: string }
	| { readonly act: "take-back"; readonly of: string }
	| { readonly act: "take-back-all" }
	| { readonly act: "end-sitting"; readonly of: string }
	/** All but the one that is named: the person's own, where they ask from. */
	| { readonly act: "end-other-sittings"; readonly of: string }
	/** The person has looked through the ways to their key. */
	| { readonly act: "reviewed" }
	| { readonly act: "sign-out-everywhere" };

/** @throws {@link SignInError} `SIGNIN_NOT_YOURS`, `SIGNIN_LAST_COPY`. */
export async function actOnAccount(signIn: SignIn, key: PublicKey, asked: AccountAct): Promise<AccountView> {
	switch (asked.act) {
		case "show":
			// Whoever waited for their key signs in again when the wait is over.
			await signIn.replacements.completeDue();
			break;
		case "remove-copy":
			signIn.keepers.remove(key, asked.of);
			signIn.events.add(key, "copy-removed");
			break;
		case "take-back":
			await takeBack(signIn, key, asked.of);
			break;
		case "take-back-all":
			for (const { id } of await listApps(signIn, key)) await takeBack(signIn, key, id);
			break;
		case "end-sitting":
			signIn.sittings.end(key, asked.of);
			signIn.events.add(key, "sitting-ended");
			break;
		case "end-other-sittings":
			signIn.sittings.endOthers(key, asked.of);
			signIn.events.add(key, "sitting-ended");
			break;
		case "reviewed":
			signIn.reviews.done(key);
			signIn.events.add(key, "ways-reviewed");
			break;
		case "sign-out-everywhere":
			signIn.mandates.endAccount(key);
			signIn.sittings.endAll(key);
			signIn.events.add(key, "signed-out-everywhere");
	}
	return viewOf(signIn, key);
}

async function viewOf(signIn: SignIn, key: PublicKey): Promise<AccountView> {
	return {
		copies: signIn.keepers.list(key),
		apps: await listApps(signIn, key),
		events: signIn.events.list(key),
		waitsUntilMs: signIn.replacements.waitsUntil(key) ?? null,
		sittings: signIn.sittings.list(key),
		reviewSinceMs: signIn.reviews.dueSince(key) ?? null,
	};
}

/** One mandate, with its tokens, codes and refresh tokens: ended together. */
async function takeBack(signIn: SignIn, key: PublicKey, id: string): Promise<void> {
	const found = (await listApps(signIn, key)).find((app) => app.id === id);
	if (found === undefined || !signIn.mandates.end(id, key)) {
		throw new SignInError("SIGNIN_NOT_YOURS", "expected something of your own that is still there; load the list again");
	}
	signIn.events.add(key, "app-taken-back", found.name);
}

async function listApps(signIn: SignIn, key: PublicKey): Promise<readonly AllowedApp[]> {
	const apps: AllowedApp[] = [];
	for (const { mandate, patientId } of await signIn.mandates.ofAccount(key)) {
		const { client, scopes, purpose, untilMs, patient } = mandate.body;
		apps.push({
			id: mandate.id,
			...{ client, name: signIn.apps.get(client)?.name ?? client, scopes, purpose },
			patient: patientId ?? (patient?.by === "local" ? patient.localId : ""),
			...{ givenAtMs: mandate.request.timeMs, untilMs },
		});
	}
	return apps.toSorted((one, other) => other.givenAtMs - one.givenAtMs);
}
