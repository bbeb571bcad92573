import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { MemberId, SigningKey } from "#base";
import { type MandateBody, type MandatePatient, signRequest } from "#wallet";
import type { Question } from "../signin/pages/allowPage.ts";
import type { SmallNetwork } from "./smallNetwork.ts";

/** A browser as far as signing in needs one: cookies, redirections, the page's data. Keys sign here as the page's script does. */
export class SmartBrowser {
	readonly app: FastifyInstance;
	readonly origin: string;
	readonly cookies = new Map<string, string>();
	/** Every Set-Cookie header that came. */
	readonly setCookies: string[] = [];

	constructor(app: FastifyInstance, origin: string) {
		this.app = app;
		this.origin = origin;
	}

	async ask(url: string, options: { method?: "GET" | "POST"; payload?: object | string; headers?: Record<string, string> } = {}) {
		const { method = "GET", payload, headers = {} } = options;
		const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		const answer = await this.app.inject({
			method,
			url: url.replace(this.origin, ""),
			headers: { host: new URL(this.origin).host, ...(cookie === "" ? {} : { cookie }), ...headers },
			...(payload === undefined ? {} : { payload }),
		});
		for (const line of [answer.headers["set-cookie"] ?? []].flat()) this.#keep(line);
		return answer;
	}

	#keep(line: string): void {
		this.setCookies.push(line);
		const [pair = "", ...attributes] = line.split("; ");
		const [name = "", value = ""] = pair.split("=", 2);
		if (value === "" || attributes.some((each) => /^expires=Thu, 01 Jan 1970/i.test(each))) this.cookies.delete(name);
		else this.cookies.set(name, value);
	}

	/** Opens the page to which an authorisation leads. */
	async open(url: string): Promise<Question> {
		const sent = await this.ask(url);
		if (sent.statusCode !== 303) throw new Error(`expected a page to sign in, found ${sent.statusCode} ${sent.body.slice(0, 300)}`);
		return this.read(String(sent.headers.location));
	}

	async read(location: string): Promise<Question> {
		if (!location.startsWith(`${this.origin}/signin/`)) throw new Error(`sent to ${location}`);
		const page = await this.ask(location);
		const block = /<script type="application\/json" id="question">(.*?)<\/script>/.exec(page.body)?.[1];
		if (block === undefined) throw new Error(`no question on the page: ${page.statusCode}`);
		return JSON.parse(block) as Question;
	}

	/** Sends a signed answer as the page does. */
	allow(question: Question, mandate: unknown, headers: Record<string, string> = {}, more: object = {}) {
		return this.ask(`/signin/${question.uid}/allow`, {
			method: "POST",
			payload: { mandate, ...more },
			headers: { origin: this.origin, "x-aceso-csrf": question.csrf, ...headers },
		});
	}

	/** Follows what the page is told until the application is reached. @returns The application's address with its parameters. */
	async follow(location: string): Promise<URL> {
		let at = location;
		for (let count = 0; count < 5 && at.startsWith(this.origin); count++) {
			const answer = await this.ask(at);
			const next = answer.headers.location;
			if (next === undefined)
				throw new Error(`stuck at ${at.replace(this.origin, "").split("/")[1]}: ${answer.statusCode} ${answer.body.slice(0, 500)}`);
			at = new URL(String(next), this.origin).href;
		}
		return new URL(at);
	}
}

export interface MandateChoice {
	readonly patient?: MandatePatient;
	/** All that was asked when absent. */
	readonly scopes?: readonly string[];
	readonly untilMs?: number;
	readonly purpose?: MandateBody["purpose"];
	readonly more?: Partial<MandateBody>;
}

/** What the page's script signs. */
export function signMandate(small: SmallNetwork, key: SigningKey, question: Question, choice: MandateChoice = {}) {
	const { patient, scopes = [...question.scopes, ...question.identityScopes], more } = choice;
	const lifetimeMs = scopes.includes("offline_access") ? question.offlineMs : question.sittingMs;
	const body: MandateBody = {
		kind: "mandate",
		client: question.client,
		scopes,
		...(patient === undefined ? {} : { patient }),
		purpose: choice.purpose ?? (patient?.by === "pseudonym" ? "PATRQT" : (question.purpose as MandateBody["purpose"])),
		level: question.level as MandateBody["level"],
		untilMs: choice.untilMs ?? small.network.now() + lifetimeMs,
		challenge: question.challenge,
		...more,
	};
	const member = question.member as MemberId;
	return signRequest(key, body, { audience: member, via: member, nowMs: small.network.now(), nonce: small.network.randomBytes(16) });
}

export interface Authorisation {
	readonly client: string;
	readonly redirectUri: string;
	readonly scope: string;
	readonly aud: string;
	readonly launch?: string;
	readonly more?: Readonly<Record<string, string>>;
}

/** The address an application sends a browser to, and what it keeps for itself. */
export function beginAuthorisation({ client, redirectUri, scope, aud, launch, more = {} }: Authorisation) {
	const verifier = randomBytes(32).toString("base64url");
	const state = randomBytes(8).toString("hex");
	const parameters = new URLSearchParams({
		response_type: "code",
		client_id: client,
		redirect_uri: redirectUri,
		scope,
		aud,
		state,
		code_challenge: createHash("sha256").update(verifier).digest("base64url"),
		code_challenge_method: "S256",
		...(launch === undefined ? {} : { launch }),
		...more,
	});
	return { url: `/oauth/authorize?${parameters}`, verifier, state };
}
