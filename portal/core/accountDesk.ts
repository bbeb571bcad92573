import { canonicalBytes, type Digest, encodeHex, type SigningKey, sha256Hex } from "#base";
import type { PendingRotation } from "#contracts";
import type { Transaction } from "#ledger";
import {
	buildCancelRotation,
	decodeWords,
	judgePassphrase,
	keyOfPrf,
	keysOfPassphrase,
	lockSecret,
	openNote,
	readCommon,
	type SigningContext,
	sealNote,
} from "#wallet";
import type { AccountDesk, AccountView } from "./accountTypes.ts";
import type { Api } from "./api.ts";
import type { OpenedDesk } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";
import { type PinnedLedger, trustOf } from "./place.ts";
import { fetchState } from "./proofs.ts";
import { fetchWordList } from "./unlockKey.ts";

/** Whose key is open, as far as these acts need it. */
export interface OpenAccount extends Omit<OpenedDesk, "signsBy"> {
	readonly signer: SigningKey;
	readonly secret: Uint8Array;
	readonly rotation: number;
	readonly note: string;
	readonly sitting: string;
	readonly pinned: PinnedLedger;
}

export interface AccountTools {
	readonly api: Api;
	readonly opened: () => OpenAccount;
	readonly signed: (body: object) => object;
	readonly submit: (transaction: Transaction) => Promise<unknown>;
	readonly context: () => SigningContext;
	readonly randomBytes: (length: number) => Uint8Array;
}

interface Lock {
	readonly by: "prf" | "passphrase";
	readonly key: Uint8Array;
	readonly salt: string;
	readonly login: object;
}

export function createAccountDesk({ api, opened, signed, submit, context, randomBytes }: AccountTools): AccountDesk {
	const account: AccountDesk["account"] = (act) => api.post<AccountView>("/signin/account", signed({ kind: "account", ...act }));

	/** What the wallet noted for itself when it was first locked here; whoever came by the 24 words has only what the other copies hold. */
	async function noteOf({ note, secret }: OpenAccount): Promise<string> {
		if (note !== "") return note;
		const kept = (await account({ act: "show" })).copies.find((copy) => copy.note !== "");
		return kept === undefined ? "" : openNote(secret, kept.note);
	}

	async function keep({ by, key, salt, login }: Lock): Promise<void> {
		const person = opened();
		const { kind, secret, rotation, signer, pseudonym } = person;
		// Whoever acts for somebody else would leave that person's wallet under a key of their own.
		if (signer.publicKey !== pseudonym) throw new PortalError("REFUSED", "SIGNIN_REFUSED");
		const locked = await lockSecret(secret, { kind: kind === "staff" ? "ledger-key" : "wallet-seed", by, key, salt, randomBytes });
		const note = await sealNote(secret, await noteOf(person), randomBytes);
		const kept = { locked, login, note, rotation };
		const digest = sha256Hex(canonicalBytes(kept)) as Digest;
		await api.post("/signin/keepers", { signed: signed({ kind: "keep-key", digest }), kept });
	}

	async function look(): Promise<{ readonly stands: boolean; readonly id?: string }> {
		const { sitting } = opened();
		return sitting === "" ? { stands: true } : api.post("/signin/account/sitting", { sitting });
	}

	return {
		account,
		async keepByPasskey({ challenge, response, prf }) {
			if (prf === undefined) throw new PortalError("REFUSED", "PRF_MISSING");
			const salt = encodeHex(randomBytes(16));
			await keep({ by: "prf", key: keyOfPrf(prf, salt), salt, login: { by: "passkey", challenge, response } });
			prf.fill(0);
		},
		async keepByPassphrase({ name, passphrase }) {
			const common = readCommon(await api.getBytes("/signin/words/common.bin"));
			const houseWords = [name, "aceso", ...opened().house.name.split(/\s+/), opened().house.member];
			const fault = judgePassphrase(passphrase, { common, houseWords });
			if (fault !== undefined) throw new PortalError("REFUSED", `PASSPHRASE_${fault.replace("-", "_").toUpperCase()}`);
			const salt = encodeHex(randomBytes(16));
			const { key, proof } = await keysOfPassphrase(passphrase, salt);
			await keep({ by: "passphrase", key, salt, login: { by: "passphrase", name, proof } });
		},
		async checkWords(words) {
			const { secret } = opened();
			const typed = decodeWords(words.trim().split(/\s+/), await fetchWordList(api));
			return encodeHex(typed) === encodeHex(secret);
		},
		async replacement() {
			const { pseudonym, pinned, kind } = opened();
			if (kind === "staff") return null;
			const { value } = await fetchState(api, trustOf(pinned, api.nowMs()), `w/${pseudonym}`);
			return (value as unknown as PendingRotation | undefined)?.effectiveAtMs ?? null;
		},
		async stopReplacement() {
			const { signer, pseudonym } = opened();
			await submit(buildCancelRotation(signer, { pseudonym }, context()));
		},
		invite: (whom) => api.post("/api/invitations", signed({ kind: "invite-patient", ...whom })),
		stands: async () => (await look()).stands,
		ownSitting: async () => (await look()).id ?? "",
	};
}
