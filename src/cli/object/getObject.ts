import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { dataClasses, levels, purposes } from "#contracts";
import type { ObjectBody } from "#gate";
import type { Io } from "../command.ts";
import { custodianFor, referTo } from "../custodianFor.ts";
import { openDemoDesk, relationshipOf, signFor } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import type { Download, NodeClient } from "../nodeClient.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, oneOf, readWords, required } from "../options.ts";
import { PartialFile } from "./partialFile.ts";
import { countBytes, megabytes } from "./progress.ts";

/** Connections that may break off one after the other without a byte before the download gives up. */
const attemptsMax = 5;

/** Asks for the object, or the rest of it; each request is signed anew and decided anew. */
type Ask = (range: string | undefined) => Promise<Download>;

/** Downloads the large object of a record as a member of staff would. What broke off goes on where it stood, also in another run. */
export async function getObject(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		...jsonOption,
		staff: { type: "string" },
		person: { type: "string" },
		record: { type: "string" },
		classes: { type: "string" },
		purpose: { type: "string", default: "TREAT" },
		level: { type: "string", default: "identified" },
		member: { type: "string" },
		emergency: { type: "string" },
		range: { type: "string" },
		out: { type: "string" },
	} as const;
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const staffKey = required(values.staff, "--staff KEY");
	const personKey = required(values.person, "--person KEY");
	const target = resolve(required(values.out, "--out FILE"));
	const asked = {
		record: required(values.record, "--record TYPE/ID"),
		classes: listOf(required(values.classes, "--classes LIST"), dataClasses, "--classes"),
		purpose: oneOf(values.purpose, purposes, "--purpose"),
		level: oneOf(values.level, levels, "--level"),
		...(values.emergency === undefined ? {} : { emergencyReason: values.emergency }),
	};
	if (existsSync(target)) throw new CliError("CLI_FILE_UNWRITABLE", "expected a path where no file stands");
	const desk = openDemoDesk(folder);
	const staff = desk.cast.staff(staffKey);
	const patient = custodianFor(desk, personKey, staff.member, values.member);
	const sizeBytes = await withNode({ folder, io }, async (node) => {
		const relationship = relationshipOf(desk, staffKey, personKey, patient.key.publicKey);
		const reference = await referTo(node, desk, patient, staff.member);
		const ask: Ask = async (range) => {
			const body: ObjectBody = {
				kind: "object",
				patient: reference,
				...asked,
				...(range === undefined ? {} : { range }),
				...(relationship === undefined ? {} : { relationship }),
			};
			const request = signFor(desk, staff.signingKey, { audience: patient.custodian, via: staff.member as typeof patient.custodian, body });
			const sent = staff.member === patient.custodian ? request : await node.post<object>("/admin/forwards", request);
			return download(node, patient.custodian, sent, range);
		};
		return values.range === undefined ? fetchWhole(ask, target, io) : fetchRange(ask, { range: `bytes=${values.range}`, target }, io);
	});
	io.progress("");
	if (values.json) io.out(JSON.stringify({ file: target, sizeBytes }));
	else io.out(`✓ ${sizeBytes} bytes in ${target}`);
	return 0;
}

function download(node: NodeClient, member: string, request: object, range: string | undefined): Promise<Download> {
	const authorization = `Aceso ${Buffer.from(JSON.stringify(request)).toString("base64url")}`;
	return node.download(`/members/${member}/api/objects`, { authorization, ...(range === undefined ? {} : { range }) });
}

/** A range by itself, into a file of its own. @returns How many bytes there were. */
async function fetchRange(ask: Ask, { range, target }: { readonly range: string; readonly target: string }, io: Io): Promise<number> {
	const answer = await ask(range);
	const file = await PartialFile.create(target, tagOf(answer));
	try {
		await fill(file, answer, Number(answer.headers["content-length"]), io);
	} catch (error) {
		await file.discard();
		throw error;
	}
	await file.finish();
	return file.sizeBytes;
}

/** The whole object, in as many requests as it takes. @returns Its size. */
async function fetchWhole(ask: Ask, target: string, io: Io): Promise<number> {
	let file = await PartialFile.find(target);
	if (file !== undefined) io.note(`going on at byte ${file.sizeBytes} of an earlier download`);
	try {
		for (let failures = 0; failures < attemptsMax; ) {
			const from = file?.sizeBytes ?? 0;
			try {
				file = await fetchRest(ask, { file, target }, io);
				await file.finish();
				return file.sizeBytes;
			} catch (error) {
				if (!isBreak(error)) throw error;
				file = error.file;
				failures = file.sizeBytes > from ? 0 : failures + 1;
				io.note(`broken off at byte ${file.sizeBytes}; going on`);
			}
		}
	} catch (error) {
		await file?.close();
		throw error;
	}
	await file?.close();
	throw new CliError("CLI_NODE_SILENT", "the node breaks off again and again; the same command later goes on where it stood");
}

interface Unfinished {
	readonly file: PartialFile | undefined;
	readonly target: string;
}

/** @throws BrokenOff with what there is so far; whatever the node answers instead. */
async function fetchRest(ask: Ask, { file, target }: Unfinished, io: Io): Promise<PartialFile> {
	const from = file?.sizeBytes ?? 0;
	const answer = await ask(from === 0 ? undefined : `bytes=${from}-`).catch((error: unknown) => {
		if (file !== undefined && isAllThere(error, from)) return undefined;
		throw error;
	});
	if (answer === undefined) return file as PartialFile;
	const sizeBytes = from + Number(answer.headers["content-length"]);
	if (file !== undefined && file.tag !== tagOf(answer)) {
		answer.body.destroy();
		await file.discard();
		throw new CliError("CLI_INPUT_INVALID", "the object is another one now; the same command starts again");
	}
	const into = file ?? (await PartialFile.create(target, tagOf(answer)));
	await fill(into, answer, sizeBytes, io);
	return into;
}

/** The connection ended before the object did. */
class BrokenOff extends Error {
	readonly file: PartialFile;

	constructor(file: PartialFile, cause: unknown) {
		super("the connection ended before the object did", { cause });
		this.file = file;
	}
}

function isBreak(error: unknown): error is BrokenOff {
	return error instanceof BrokenOff;
}

async function fill(file: PartialFile, { body }: Download, sizeBytes: number, io: Io): Promise<void> {
	const tell = () => io.progress(`${megabytes(file.sizeBytes)} of ${megabytes(sizeBytes)} MB`);
	const pieces = countBytes(body, tell);
	try {
		for (;;) {
			const piece = await pieces.next().catch((cause: unknown) => {
				throw new BrokenOff(file, cause);
			});
			if (piece.done === true) break;
			// A full disk is no broken connection.
			await file.append(piece.value);
		}
	} finally {
		body.destroy();
	}
	if (file.sizeBytes !== sizeBytes) throw new BrokenOff(file, undefined);
}

/** Everything had come, and only the last step was missing. */
function isAllThere(error: unknown, sizeBytes: number): boolean {
	const { code, details } = error as { code?: string; details?: { sizeBytes?: number } };
	return code === "GATE_RANGE_UNSATISFIABLE" && details?.sizeBytes === sizeBytes;
}

/** @throws CliError `CLI_NODE_SILENT` for an answer that is none of an object's. */
function tagOf({ headers }: Download): string {
	const tag = /^"([0-9a-f-]{1,80})"$/.exec(headers["etag"] ?? "")?.[1];
	if (tag === undefined) throw new CliError("CLI_NODE_SILENT", "expected a tag with the object, found none");
	return tag;
}
