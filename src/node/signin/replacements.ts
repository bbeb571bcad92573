import type { Pseudonym, PublicKey } from "#base";
import { readEnrolment, readPendingRotation } from "#contracts";
import type { IdentityProof } from "#gate";
import { signAct, submitAll } from "../submit.ts";
import { SignInError } from "./errors.ts";
import type { SignIn } from "./signIn.ts";

/** A key that is to take over for one that its owner has lost. */
interface Replacement {
	readonly localId: string;
	readonly pseudonym: Pseudonym;
	readonly successor: Pseudonym;
	readonly proof: IdentityProof;
	readonly effectiveAtMs: number;
}

/**
 * Lost keys: the custodian announces the new one on the ledger after proof of identity, seven days pass in which the former key may object
 * (CN12), then the custodian completes it and binds the record. Rows here only remember what is to be completed: the ledger decides.
 */
export class Replacements {
	readonly #signIn: SignIn;

	constructor(signIn: SignIn) {
		this.#signIn = signIn;
	}

	/** Announces a replacement; calling again after a fault goes on where it stopped. */
	async announce(offer: Omit<Replacement, "effectiveAtMs"> & { readonly successorSignature: string }): Promise<void> {
		const { network, institution, database } = this.#signIn;
		const { pseudonym, successor, successorSignature, localId, proof } = offer;
		if (readPendingRotation(network.ledger, pseudonym)?.successor !== successor) {
			const act = { contract: "consent", action: "announceRotation", body: { pseudonym, successor, successorSignature } } as const;
			await submitAll(network, institution, [signAct(network, institution.memberKey, act)]);
		}
		const pending = readPendingRotation(network.ledger, pseudonym);
		if (pending?.successor !== successor) throw new SignInError("SIGNIN_ANSWER_DIFFERS", "another key is announced already; ask at the desk");
		const row: Replacement = { localId, pseudonym, successor, proof, effectiveAtMs: pending.effectiveAtMs };
		const name = database.nameOf("account", successor);
		database.db
			.prepare("INSERT INTO replacement(account, sealed) VALUES (?, ?) ON CONFLICT(account) DO UPDATE SET sealed = excluded.sealed")
			.run(name, database.seal(`replacement/${name}`, row));
	}

	/** When a key takes over, UTC ms; undefined for one that does not wait, or whose wait the former key has ended. */
	waitsUntil(key: PublicKey): number | undefined {
		const row = this.#row(this.#signIn.database.nameOf("account", key));
		if (row === undefined) return undefined;
		return readPendingRotation(this.#signIn.network.ledger, row.pseudonym)?.successor === row.successor ? row.effectiveAtMs : undefined;
	}

	/** Completes what is due and forgets what the former key has stopped. */
	async completeDue(): Promise<void> {
		const { database, network } = this.#signIn;
		const rows = database.db.prepare("SELECT account FROM replacement").all() as { readonly account: string }[];
		for (const { account } of rows) {
			const row = this.#row(account);
			if (row === undefined || !(await this.#complete(row, network.now()))) continue;
			database.db.prepare("DELETE FROM replacement WHERE account = ?").run(account);
		}
	}

	/** @returns Whether nothing is left to do. */
	async #complete({ localId, pseudonym, successor, proof, effectiveAtMs }: Replacement, nowMs: number): Promise<boolean> {
		const { network, institution } = this.#signIn;
		const before = readEnrolment(network.ledger, pseudonym);
		if (before?.status === "active") {
			if (readPendingRotation(network.ledger, pseudonym)?.successor !== successor) return true;
			if (nowMs < effectiveAtMs) return false;
			const act = { contract: "consent", action: "completeRotation", body: { pseudonym } } as const;
			await submitAll(network, institution, [signAct(network, institution.memberKey, act)]);
		}
		if (readEnrolment(network.ledger, pseudonym)?.successor !== successor) return true;
		await institution.gate.completeEnrolment({ localId, pseudonym: successor, proof });
		this.#signIn.forget(pseudonym as unknown as PublicKey);
		return true;
	}

	#row(account: string): Replacement | undefined {
		const { database } = this.#signIn;
		const row = database.db.prepare("SELECT sealed FROM replacement WHERE account = ?").get(account);
		return row === undefined ? undefined : database.open<Replacement>(`replacement/${account}`, row.sealed as Uint8Array);
	}
}
