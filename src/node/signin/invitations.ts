import { z } from "zod";
import { encodeBase64Url, hourMs, type Pseudonym } from "#base";
import { credentialKinds } from "#contracts";
import type { IdentityProof } from "#gate";
import { SignInError } from "./errors.ts";
import type { SignInDatabase } from "./signInDatabase.ts";
import type { ProvidedIdentity } from "./staffProvider.ts";

/** How long somebody has to open an invitation, in ms: time to go home and find the telephone. */
const invitationLifetimeMs = 24 * hourMs;

const line = z.string().regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
const staffSchema = z.strictObject({
	kind: z.literal("staff"),
	/** As colleagues know them; told on the page alone. */
	name: line.min(1).max(100),
	credential: z.enum(credentialKinds).refine((kind) => !["relationship", "guardianship", "ethics-approval"].includes(kind)),
	/** Last day of the credential. */
	validUntil: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
	department: line.min(1).max(64).optional(),
	/** Their `sub` at the house's identity provider: then the key is left by a sign-in there, and in no other way. */
	subject: line.min(1).max(255).optional(),
});

export type StaffInvitation = z.infer<typeof staffSchema> & {
	/** Who has come with it from the provider. */
	readonly provided?: ProvidedIdentity;
};

/** To a patient whose identity somebody at the desk has seen proof of. */
export interface PatientInvitation {
	readonly kind: "patient";
	readonly localId: string;
	readonly proof: IdentityProof;
	/** The key that came first; from then on it is for no other. */
	readonly pseudonym?: Pseudonym;
}

export type Invitation = StaffInvitation | PatientInvitation;

/** Invitations to leave a key here: each a secret of 24 random bytes that serves once, within a day. */
export class Invitations {
	readonly #database: SignInDatabase;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(database: SignInDatabase, randomBytes: (length: number) => Uint8Array) {
		this.#database = database;
		this.#randomBytes = randomBytes;
	}

	/** @throws {@link SignInError} `SIGNIN_BODY_INVALID`. */
	inviteStaff(input: unknown): string {
		const parsed = staffSchema.safeParse(input);
		if (!parsed.success) {
			const at = (parsed.error.issues[0]?.path.map(String).join(".") ?? "").slice(0, 80);
			throw new SignInError("SIGNIN_BODY_INVALID", "expected whom to invite, with which credential, until when", { at });
		}
		return this.#create(parsed.data);
	}

	invitePatient(localId: string, proof: IdentityProof): string {
		return this.#create({ kind: "patient", localId, proof });
	}

	/** @throws {@link SignInError} `SIGNIN_INVITATION_INVALID` alike for one that is unknown, used or over. */
	look(token: unknown): Invitation {
		const name = this.#nameOf(token);
		const row = this.#database.db.prepare("SELECT sealed FROM invitation WHERE id = ? AND expires_at > ?").get(name, this.#database.now());
		const invitation = row === undefined ? undefined : this.#database.open<Invitation>(`invitation/${name}`, row.sealed as Uint8Array);
		if (invitation === undefined) throw invalid();
		return invitation;
	}

	/** @throws {@link SignInError} `SIGNIN_INVITATION_INVALID` also for one of the other kind. */
	lookFor<Kind extends Invitation["kind"]>(token: unknown, kind: Kind): Extract<Invitation, { readonly kind: Kind }> {
		const invitation = this.look(token);
		if (invitation.kind !== kind) throw invalid();
		return invitation as Extract<Invitation, { readonly kind: Kind }>;
	}

	/** Holds an invitation to the first key that comes with it. */
	bind(token: unknown, pseudonym: Pseudonym): PatientInvitation {
		const invitation = this.lookFor(token, "patient");
		if (invitation.pseudonym !== undefined && invitation.pseudonym !== pseudonym) throw invalid();
		const name = this.#nameOf(token);
		const bound = { ...invitation, pseudonym };
		this.#database.db.prepare("UPDATE invitation SET sealed = ? WHERE id = ?").run(this.#database.seal(`invitation/${name}`, bound), name);
		return bound;
	}

	/**
	 * Holds an invitation to whom the house's identity provider named, if that is whom it is for.
	 * @throws {@link SignInError} `SIGNIN_PROVIDER_REFUSED`.
	 */
	bindProvided(token: unknown, provided: ProvidedIdentity): void {
		const invitation = this.lookFor(token, "staff");
		if (invitation.subject === undefined || invitation.subject !== provided.subject) {
			throw new SignInError("SIGNIN_PROVIDER_REFUSED", "expected the colleague whom the invitation is for to have signed in there");
		}
		const name = this.#nameOf(token);
		const bound = { ...invitation, provided };
		this.#database.db.prepare("UPDATE invitation SET sealed = ? WHERE id = ?").run(this.#database.seal(`invitation/${name}`, bound), name);
	}

	/** Uses an invitation up. @throws {@link SignInError} `SIGNIN_INVITATION_INVALID` where somebody has already. */
	use(token: unknown): void {
		if (this.#database.db.prepare("DELETE FROM invitation WHERE id = ?").run(this.#nameOf(token)).changes !== 1) throw invalid();
	}

	#create(invitation: Invitation): string {
		const token = encodeBase64Url(this.#randomBytes(24));
		const name = this.#nameOf(token);
		this.#database.db
			.prepare("INSERT INTO invitation(id, expires_at, sealed) VALUES (?, ?, ?)")
			.run(name, this.#database.now() + invitationLifetimeMs, this.#database.seal(`invitation/${name}`, invitation));
		return token;
	}

	#nameOf(token: unknown): string {
		return this.#database.nameOf("invitation", typeof token === "string" ? token.slice(0, 64) : "");
	}
}

function invalid(): SignInError {
	return new SignInError("SIGNIN_INVITATION_INVALID", "there is no such invitation, or it was used, or it is over; ask for another");
}
