import { isAbsolute } from "node:path";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Pseudonym } from "#base";
import type { LegalHold, Notification } from "#gate";
import type { SignedRequest } from "#wallet";
import { type BackupManifest, backupMember } from "./backupMember.ts";
import { recordBackup } from "./compliance/lastCare.ts";
import { NodeError } from "./errors.ts";
import { forwardFrom } from "./forwardFrom.ts";
import { importGenome } from "./genome/importGenome.ts";
import { importFile } from "./importFile.ts";
import type { Network } from "./network.ts";
import { objectImportRoutes } from "./objectImportRoutes.ts";
import { problemOf } from "./problem.ts";
import { signInAdminRoutes } from "./signin/signInAdminRoutes.ts";

/** What a custodian must tell its patient besides the record: duties to keep it, and what happened to it. */
export interface HeldPatient {
	readonly holds: readonly LegalHold[];
	readonly notifications: readonly Notification[];
}

/** What a backup of keys says of itself. */
export interface KeyBackupReport {
	readonly epoch?: number;
	readonly subjects?: number;
}

/**
 * What the owner of the data folder may ask a running node over its socket: the desk's and the operator's acts. None of them reads a record.
 */
export function adminRoutes(network: Network) {
	return async (app: FastifyInstance): Promise<void> => {
		app.get("/members", async () => [...network.institutions.values()].map(({ id, name }) => ({ id, name })));
		app.get<{ Params: { member: string } }>("/members/:member/reviews", async ({ params }) =>
			network.institution(params.member).gate.memory.reviews(),
		);
		app.get<{ Params: { member: string; pseudonym: string } }>("/members/:member/patients/:pseudonym", async ({ params }): Promise<HeldPatient> => {
			const { memory } = network.institution(params.member).gate;
			const pseudonym = params.pseudonym as Pseudonym;
			return { holds: memory.holds(pseudonym, network.now()), notifications: memory.notifications(pseudonym) };
		});
		app.post<{ Params: { member: string }; Body: { path?: unknown } }>(
			"/members/:member/backups",
			async ({ params, body }): Promise<BackupManifest> => {
				const manifest = await backupMember(network, params.member, pathOf(body));
				recordBackup(network.folder, params.member, "backup", manifest.madeAtMs);
				return manifest;
			},
		);
		app.post<{ Params: { member: string }; Body: { path?: unknown } }>(
			"/members/:member/key-backups",
			async ({ params, body }): Promise<KeyBackupReport> => {
				const report = await network.institution(params.member).backupKeys(pathOf(body));
				recordBackup(network.folder, params.member, "keyBackup", network.now());
				return report;
			},
		);
		// What a member's node does for its own people before it asks another's gate; `forwardFrom` judges whose request it is.
		app.post<{ Body: SignedRequest<object> }>("/forwards", async ({ body }) => {
			if (typeof body?.via !== "string") throw new NodeError("NODE_BODY_INVALID", "expected a signed request");
			return forwardFrom(network, body);
		});
		app.post<{ Params: { member: string }; Body: { urgent?: boolean } }>("/members/:member/anchors", async ({ params, body }) => ({
			written: await network.institution(params.member).gate.anchor(body?.urgent === true),
		}));
		app.register(signInAdminRoutes(network));
		app.register(objectImportRoutes(network));
		app.post<{ Body: { member?: unknown; path?: unknown } }>("/imports", async ({ body }, reply) => {
			const { member, path } = body ?? {};
			if (typeof member !== "string" || typeof path !== "string") throw new NodeError("NODE_BODY_INVALID", 'expected {"member", "path"}');
			network.institution(member);
			return reply.type("application/x-ndjson").send(Readable.from(progressLines((say) => importFile(network, member, path, say))));
		});
		app.post("/genomes", async ({ body }, reply) => {
			const { member, ...facts } = readGenome(body);
			const institution = network.institution(member);
			return reply.type("application/x-ndjson").send(Readable.from(progressLines((say) => importGenome(institution, facts, say))));
		});
	};
}

function pathOf(body: { readonly path?: unknown } | undefined): string {
	const path = body?.path;
	if (typeof path !== "string" || !isAbsolute(path)) throw new NodeError("NODE_BODY_INVALID", 'expected {"path"}, an absolute one');
	return path;
}

const genomeBody = z.strictObject({
	member: z.string(),
	patient: z.string().min(1).max(64),
	path: z.string().refine(isAbsolute),
	date: z.iso.date().optional(),
	namesNobody: z.boolean().default(false),
});

function readGenome(body: unknown) {
	const read = genomeBody.safeParse(body);
	if (!read.success) throw new NodeError("NODE_BODY_INVALID", 'expected {"member", "patient", "path"}, the path an absolute one');
	const { patient: localId, date, ...rest } = read.data;
	return { localId, ...rest, ...(date === undefined ? {} : { date }) };
}

/** One line of JSON for each step, the last one the report or the problem. */
async function* progressLines(begin: (say: (progress: object) => void) => Promise<object>): AsyncGenerator<string> {
	const lines: string[] = [];
	let wake = () => {};
	let finished = false;
	const say = (line: object) => {
		lines.push(`${JSON.stringify(line)}\n`);
		wake();
	};
	const work = begin((progress) => say({ progress }))
		.then((report) => say({ report }))
		.catch((error: unknown) => say({ problem: problemOf(error) }))
		.finally(() => {
			finished = true;
			wake();
		});
	while (!finished || lines.length > 0) {
		const line = lines.shift();
		if (line !== undefined) yield line;
		else
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
	}
	await work;
}
