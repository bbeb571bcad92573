import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Provider } from "oidc-provider";
import { deriveKey, hourMs, type PublicKey } from "#base";
import type { Mandate } from "#gate";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { AppRegister, isLoopback } from "./apps.ts";
import { createAddressLimit } from "./attempts.ts";
import { createProvider, scopesWithin } from "./createProvider.ts";
import { SignInError } from "./errors.ts";
import { Failures } from "./failures.ts";
import { Invitations } from "./invitations.ts";
import { Keepers } from "./keepers.ts";
import { Launches } from "./launches.ts";
import { MandateStore } from "./mandateStore.ts";
import { Removals } from "./removals.ts";
import { Replacements } from "./replacements.ts";
import { Reviews } from "./reviews.ts";
import { SignInDatabase } from "./signInDatabase.ts";
import { SignInEvents } from "./signInEvents.ts";
import { loadSignInRoot } from "./signInSecrets.ts";
import { Sittings } from "./sittings.ts";
import { type SmartScope, smartScopesOf } from "./smartScopes.ts";
import { readProviderConfig, StaffProvider } from "./staffProvider.ts";

/** Where the address is https, browsers use no other way for a year. */
export const strictTransport = "max-age=31536000";

/** What stands behind a bearer token, judged at the moment it is shown. */
export interface Bearer {
	readonly mandate: Mandate;
	/** What the token covers; never more than the mandate. */
	readonly scopes: readonly SmartScope[];
	/** `Patient.id` of the launch. */
	readonly patientId: string | undefined;
}

interface ShownToken {
	readonly kind: string;
	readonly clientId?: string | undefined;
	readonly grantId?: string | undefined;
}

export interface SignInParameters {
	readonly network: Network;
	readonly institution: Institution;
	/** Where browsers and applications reach this institution, without a slash at the end. */
	readonly origin: () => string;
}

/** Signing in at one institution: applications, mandates, tokens. Nothing is opened before it is first asked. */
export class SignIn {
	readonly network: Network;
	readonly institution: Institution;
	readonly folder: string;
	readonly #origin: () => string;
	/** Refuses an address that asks too often. */
	readonly assertHeard: (address: string) => void = createAddressLimit();
	/** When what is past its time is removed next. */
	#expireAtMs = 0;
	#database: SignInDatabase | undefined;
	#provider: Provider | undefined;

	constructor({ network, institution, origin }: SignInParameters) {
		this.network = network;
		this.institution = institution;
		this.#origin = origin;
		this.folder = join(network.folder, "members", institution.id);
	}

	/** @throws {@link SignInError} `SIGNIN_ADDRESS_INVALID` for an address at which tokens would travel in clear. */
	get origin(): string {
		const origin = this.#origin();
		const url = URL.parse(origin);
		if (url !== null && url.origin === origin && (url.protocol === "https:" || isLoopback(url.hostname))) return origin;
		throw new SignInError("SIGNIN_ADDRESS_INVALID", "sign-in works over https, or on this machine alone; tell the node its https address");
	}

	get fhirBase(): string {
		return `${this.origin}/fhir`;
	}

	get database(): SignInDatabase {
		const database = this.#openDatabase();
		if (this.network.now() >= this.#expireAtMs) {
			database.expire();
			this.#expireAtMs = this.network.now() + hourMs;
		}
		return database;
	}

	#openDatabase(): SignInDatabase {
		if (this.#database !== undefined) return this.#database;
		const { now, randomBytes } = this.network;
		const opened = new SignInDatabase({ path: join(this.folder, "signin.db"), secret: this.root, now, randomBytes });
		// It may have come from a backup: what was removed since is removed again before anybody is answered.
		this.#removalsOf(opened).settle();
		this.#database = opened;
		return opened;
	}

	get root(): Uint8Array {
		return loadSignInRoot(this.folder, this.network.randomBytes);
	}

	get apps(): AppRegister {
		return new AppRegister(this.database, this.network.randomBytes);
	}

	get mandates(): MandateStore {
		return new MandateStore(this.database, this.institution.gate);
	}

	get keepers(): Keepers {
		const party = { origin: this.origin, member: this.institution.id };
		const { database, events, sittings, network } = this;
		const removals = this.#removalsOf(database);
		return new Keepers({
			database,
			events,
			sittings,
			removals,
			party,
			salting: deriveKey(this.root, "aceso/sign-in-salts/1"),
			randomBytes: network.randomBytes,
		});
	}

	get sittings(): Sittings {
		return new Sittings(this.database, this.network.randomBytes);
	}

	get failures(): Failures {
		return new Failures(this.database);
	}

	get reviews(): Reviews {
		return new Reviews(this.database);
	}

	#removalsOf(database: SignInDatabase): Removals {
		return new Removals({ folder: this.folder, database, randomBytes: this.network.randomBytes });
	}

	get events(): SignInEvents {
		return new SignInEvents(this.database, this.network.randomBytes);
	}

	/** The house's own identity provider, as its configuration names it now. */
	get staffProvider(): StaffProvider | undefined {
		const config = readProviderConfig(this.folder);
		const { database, folder, network, origin, root } = this;
		return config === undefined ? undefined : new StaffProvider(config, { database, folder, origin, root, randomBytes: network.randomBytes });
	}

	get replacements(): Replacements {
		return new Replacements(this);
	}

	get hasFile(): boolean {
		return this.#database !== undefined || existsSync(join(this.folder, "signin.db"));
	}

	/** Nothing of a key stays here: its locked copies, its applications, what happened with them. */
	forget(key: PublicKey): void {
		// Nobody has ever signed in here.
		if (!this.hasFile) return;
		this.mandates.endAccount(key);
		const { db } = this.database;
		const name = this.database.nameOf("account", key);
		for (const table of ["keeper", "event", "open_sitting", "replacement", "review"]) db.prepare(`DELETE FROM ${table} WHERE account = ?`).run(name);
	}

	get invitations(): Invitations {
		return new Invitations(this.database, this.network.randomBytes);
	}

	get launches(): Launches {
		return new Launches(this.database, this.network.randomBytes);
	}

	get provider(): Provider {
		this.#provider ??= createProvider(this);
		return this.#provider;
	}

	/** oidc-provider's own routes, under `/oauth`. */
	answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { provider } = this;
		const { headers } = request;
		// oidc-provider makes addresses from these. What the address is stands in the configuration, whatever a request says.
		headers.host = new URL(this.origin).host;
		headers["x-forwarded-host"] = undefined;
		headers["x-forwarded-proto"] = provider.proxy ? "https" : undefined;
		response.setHeader("x-content-type-options", "nosniff");
		if (provider.proxy) response.setHeader("strict-transport-security", strictTransport);
		const mounted = request as IncomingMessage & { originalUrl?: string };
		request.url = withConsent((request.url ?? "").replace(/^\/oauth/, "") || "/");
		mounted.originalUrl = `/oauth${request.url}`;
		return provider.callback()(request, response) as unknown as Promise<void>;
	}

	/**
	 * Who asks with a bearer token, for what, about whom.
	 * @throws {@link SignInError} `SIGNIN_TOKEN_INVALID`.
	 */
	async openBearer(token: string): Promise<Bearer> {
		const { provider } = this;
		const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
		const shown = found as (ShownToken & { readonly scopes: ReadonlySet<string>; readonly aud?: string | string[] }) | undefined;
		const behind = shown === undefined || shown.aud !== this.fhirBase ? undefined : await this.mandateOfToken(shown);
		const app = behind === undefined ? undefined : this.apps.get(behind.mandate.body.client);
		if (behind === undefined || shown === undefined || app === undefined) {
			throw new SignInError("SIGNIN_TOKEN_INVALID", "expected a token of this node that is not over; sign in again");
		}
		const signed = new Set(behind.mandate.body.scopes);
		const isBackend = shown.kind === "ClientCredentials";
		// A token can hold no scope that was not signed; asked again because nothing else stands between a fault there and a record here.
		const texts = scopesWithin(app, [...shown.scopes]);
		const within = isBackend ? scopesWithin({ scopes: [...signed] }, texts) : texts.filter((text) => signed.has(text));
		return { ...behind, scopes: smartScopesOf(within) };
	}

	/** The mandate a token rests on, if it stands. A session that was ended ends what was only for it. */
	async mandateOfToken(token: ShownToken): Promise<Omit<Bearer, "scopes"> | undefined> {
		if (token.grantId !== undefined) {
			const found = await this.mandates.ofGrant(token.grantId);
			if (found === undefined) this.mandates.endGrant(token.grantId);
			return found?.mandate.body.client === token.clientId ? found : undefined;
		}
		const app = token.clientId === undefined ? undefined : this.apps.get(token.clientId);
		const mandate = app?.mandate === undefined ? undefined : await this.mandates.open(app.mandate);
		return mandate?.body.client === token.clientId && mandate !== undefined ? { mandate, patientId: undefined } : undefined;
	}

	/** FHIR address of the person: a patient's own record, or a practitioner by their key's hash at this node. */
	async fhirUserOf(grantId: string | undefined, account: string): Promise<string> {
		const found = grantId === undefined ? undefined : await this.mandates.ofGrant(grantId);
		const { patient } = found?.mandate.body ?? {};
		// A delegate or guardian is not the patient, whatever they may see.
		if (patient?.by === "pseudonym" && patient.pseudonym !== account) return `${this.fhirBase}/RelatedPerson/${account}`;
		const isPatient = patient?.by === "pseudonym" && found?.patientId !== undefined;
		return isPatient ? `${this.fhirBase}/Patient/${found.patientId}` : `${this.fhirBase}/Practitioner/${practitionerId(account as PublicKey)}`;
	}

	close(): void {
		this.#database?.close();
		this.#database = undefined;
		this.#provider = undefined;
	}
}

/** Every authorisation is signed anew, so each asks for consent; oidc-provider gives `offline_access` only to who says that they do. */
function withConsent(url: string): string {
	const [path, query] = url.split("?", 2);
	if (path !== "/authorize" || query === undefined) return url;
	const parameters = new URLSearchParams(query);
	const prompts = parameters.getAll("prompt").join(" ").split(" ");
	if (prompts.includes("none") || prompts.includes("consent")) return url;
	parameters.set("prompt", [...prompts, "consent"].join(" ").trim());
	return `${path}?${parameters}`;
}

/** A practitioner is known by their ledger key; FHIR's ids have at most 64 characters. */
function practitionerId(key: PublicKey): string {
	return key.slice(0, 64);
}
