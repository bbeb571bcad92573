import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errors as oidcErrors } from "oidc-provider";
import { encodeUtf8, equalBytes, secondMs } from "#base";
import type { Mandate } from "#gate";
import type { App } from "./apps.ts";
import { identityScopes, offlineMs, scopesWithin, sittingMs } from "./createProvider.ts";
import { SignInError } from "./errors.ts";
import { type Question, renderAllowPage } from "./pages/allowPage.ts";
import { languageOf } from "./pages/html.ts";
import { loadPageScript } from "./pages/pageScript.ts";
import { renderProblemPage } from "./pages/problemPage.ts";
import type { SignIn } from "./signIn.ts";
import { smartScopesOf } from "./smartScopes.ts";

type Interaction = Awaited<ReturnType<SignIn["provider"]["interactionDetails"]>>;

interface Uid {
	readonly Params: { readonly uid: string };
}

/** How far the end of a mandate may be beyond what the page said: clocks differ. */
const clockSlackMs = 60 * secondMs;

/** The pages on which people sign in and say what an application may; under `/signin`. */
export function allowRoutes(signIn: SignIn) {
	return async (app: FastifyInstance): Promise<void> => {
		app.get<Uid>("/:uid", async (request, reply) => {
			let question: Question;
			try {
				question = await questionOf(signIn, await interactionOf(signIn, request, reply));
			} catch (error) {
				if (!(error instanceof SignInError)) throw error;
				const page = renderProblemPage(error.code, request.headers["accept-language"], signIn.network.randomBytes);
				return reply.status(410).headers(page.headers).type("text/html; charset=utf-8").send(page.html);
			}
			const language = languageOf(request.headers["accept-language"]);
			const page = renderAllowPage(question, language, loadPageScript(), signIn.network.randomBytes);
			return reply.headers(page.headers).type("text/html; charset=utf-8").send(page.html);
		});
		app.post<Uid & { Body: { readonly mandate?: unknown } }>("/:uid/allow", async (request, reply) => {
			const interaction = await interactionOf(signIn, request, reply);
			assertOwnPage(signIn, request, csrfOf(signIn, interaction.uid), request.headers["x-aceso-csrf"]);
			return { location: await allow(signIn, { request, reply, interaction, signed: request.body?.mandate }) };
		});
		app.post<Uid & { Body: { readonly csrf?: unknown } }>("/:uid/deny", async (request, reply) => {
			const interaction = await interactionOf(signIn, request, reply);
			assertOwnPage(signIn, request, csrfOf(signIn, interaction.uid), request.body?.csrf);
			const result = { error: "access_denied", error_description: "the person did not allow it" };
			const location = await signIn.provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false });
			return reply.redirect(location, 303);
		});
	};
}

/** The authorisation that this browser began, under the name in the address. */
async function interactionOf({ provider }: SignIn, request: FastifyRequest<Uid>, reply: FastifyReply): Promise<Interaction> {
	try {
		const interaction = await provider.interactionDetails(request.raw, reply.raw);
		if (interaction.uid === request.params.uid) return interaction;
	} catch (error) {
		if (!(error instanceof oidcErrors.SessionNotFound)) throw error;
	}
	throw new SignInError(
		"SIGNIN_EXPIRED",
		"expected the page that this browser opened last, at most ten minutes ago; start again from the application",
	);
}

/** Only this authorisation's page has it. */
function csrfOf({ database }: SignIn, uid: string): string {
	return database.nameOf("csrf", uid);
}

/** Besides the cookie, which `SameSite` keeps from other sites' forms: what only our page can know, and where browsers say they come from. */
function assertOwnPage(signIn: Pick<SignIn, "origin">, request: FastifyRequest, expected: string, shown: unknown): void {
	assertSameOrigin(signIn, request);
	const shownBytes = encodeUtf8(typeof shown === "string" ? shown : "");
	const expectedBytes = encodeUtf8(expected);
	if (shownBytes.length === expectedBytes.length && equalBytes(shownBytes, expectedBytes)) return;
	throw foreignPage();
}

/** Where browsers say that a request comes from; whoever is no browser says nothing and has nobody's cookies. */
export function assertSameOrigin({ origin }: Pick<SignIn, "origin">, { headers }: FastifyRequest): void {
	const site = headers["sec-fetch-site"];
	if ((headers.origin ?? origin) !== origin || (site ?? "same-origin") !== "same-origin") throw foreignPage();
}

function foreignPage(): SignInError {
	return new SignInError("SIGNIN_FOREIGN_PAGE", "expected an answer from this node's own page");
}

async function questionOf(signIn: SignIn, { uid, params }: Interaction): Promise<Question> {
	const app = signIn.apps.get(String(params.client_id));
	if (app === undefined) throw expired();
	const asked = String(params.scope ?? "").split(" ");
	const scopes = scopesWithin(app, asked);
	const launch = params.launch === undefined ? undefined : signIn.launches.look(String(params.launch));
	if (params.launch !== undefined && launch === undefined) throw expired();
	const patient = launch?.body.patient;
	return {
		uid,
		csrf: csrfOf(signIn, uid),
		challenge: challengeOf(signIn, uid),
		member: signIn.institution.id,
		client: app.client,
		appName: app.name,
		house: signIn.institution.name,
		target: String(params.redirect_uri),
		scopes,
		identityScopes: asked.filter((scope) => (identityScopes as readonly string[]).includes(scope)),
		purpose: app.purpose,
		level: app.level,
		patient: patient?.by === "local" ? patient.localId : undefined,
		needsPatient: asked.includes("launch/patient") || asked.includes("launch") || smartScopesOf(scopes).some(({ context }) => context === "patient"),
		sittingMs,
		offlineMs,
	};
}

function challengeOf({ database }: SignIn, uid: string): string {
	return database.nameOf("challenge", uid);
}

interface Allowing {
	readonly request: FastifyRequest;
	readonly reply: FastifyReply;
	readonly interaction: Interaction;
	readonly signed: unknown;
}

/** Takes the signed answer and lets oidc-provider go on with exactly what it allows. @returns Where the browser goes. */
async function allow(signIn: SignIn, { request, reply, interaction, signed }: Allowing): Promise<string> {
	const { provider, institution, apps } = signIn;
	const question = await questionOf(signIn, interaction);
	const mandate = await institution.gate.acceptMandate(signed);
	const { launch } = interaction.params;
	assertAnswers(signIn, question, mandate, apps.get(question.client) as App);
	// Whoever opened the record is who may allow it.
	if (launch !== undefined && signIn.launches.look(String(launch))?.key !== mandate.key) throw differs();
	const patientId = await patientIdOf(signIn, mandate, request.body);
	if (launch !== undefined && !signIn.launches.use(String(launch))) throw expired();
	const accountId = mandate.key;
	const granted = new Set(mandate.body.scopes);
	const grant = new provider.Grant({ clientId: question.client, accountId });
	grant.addOIDCScope(question.identityScopes.filter((scope) => granted.has(scope)).join(" "));
	grant.rejectOIDCScope(question.identityScopes.filter((scope) => !granted.has(scope)).join(" "));
	grant.addResourceScope(signIn.fhirBase, question.scopes.filter((scope) => granted.has(scope)).join(" "));
	grant.rejectResourceScope(signIn.fhirBase, question.scopes.filter((scope) => !granted.has(scope)).join(" "));
	const grantId = await grant.save();
	signIn.mandates.keep(grantId, mandate, patientId);
	signIn.events.add(accountId, "app-allowed", question.appName);
	await leaveOtherSession(signIn, interaction, accountId);
	const result = { login: { accountId, amr: ["hwk"], remember: false }, consent: { grantId } };
	return provider.interactionResult(request.raw, reply.raw, result, { mergeWithLastSubmission: false });
}

/** The answer is to this question, and allows no more than was asked. @throws {@link SignInError} `SIGNIN_ANSWER_DIFFERS`. */
function assertAnswers(signIn: SignIn, question: Question, { body }: Mandate, app: App): void {
	const asked = new Set([...question.scopes, ...question.identityScopes]);
	const isPatient = body.patient?.by === "pseudonym";
	const lifetimeMs = body.scopes.includes("offline_access") ? offlineMs : sittingMs;
	const isOther =
		body.client !== question.client ||
		body.challenge !== question.challenge ||
		body.scopes.some((scope) => !asked.has(scope)) ||
		!body.scopes.some((scope) => question.scopes.includes(scope)) ||
		body.purpose !== (isPatient ? "PATRQT" : app.purpose) ||
		body.level !== app.level ||
		body.untilMs > signIn.network.now() + lifetimeMs + clockSlackMs ||
		(question.needsPatient && body.patient === undefined) ||
		(question.patient !== undefined && !(body.patient?.by === "local" && body.patient.localId === question.patient));
	if (isOther) throw differs();
}

function differs(): SignInError {
	return new SignInError("SIGNIN_ANSWER_DIFFERS", "the signed answer is to another question, or allows more than was asked");
}

/**
 * A patient's own wallet knows their number here. It is told to the application, which may know people by it: so it has to be theirs.
 * @throws {@link SignInError} `SIGNIN_ANSWER_DIFFERS` for somebody else's.
 */
async function patientIdOf({ institution }: SignIn, { body }: Mandate, sent: unknown): Promise<string | undefined> {
	if (body.patient?.by !== "pseudonym") return body.patient?.localId;
	const told = (sent as { readonly patientId?: unknown } | undefined)?.patientId;
	if (told === undefined) return undefined;
	if (typeof told !== "string" || !(await institution.gate.isNumberOf(told, body.patient.pseudonym))) throw differs();
	return told;
}

/** Somebody else was signed in in this browser: their session ends here instead of taking over the authorisation. */
async function leaveOtherSession({ provider }: SignIn, interaction: Interaction, accountId: string): Promise<void> {
	const { session: begunIn } = interaction;
	if (begunIn === undefined || begunIn.accountId === accountId) return;
	const session = await provider.Session.findByUid(begunIn.uid);
	if (session !== undefined) {
		session.accountId = undefined as never;
		session.authorizations = {};
		await session.save(1);
	}
	interaction.session = undefined as never;
	await interaction.save(interaction.exp - Math.trunc(Date.now() / secondMs));
}

function expired(): SignInError {
	return new SignInError("SIGNIN_EXPIRED", "expected an authorisation that is not over; start again from the application");
}
