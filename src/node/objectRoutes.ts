import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { GateError, type ObjectRelease } from "#gate";
import { NodeError } from "./errors.ts";
import type { Institution } from "./institution.ts";

/** How a signed request travels beside a GET: base64url of its JSON. */
const authorisation = /^Aceso ([A-Za-z0-9_-]{1,12000})$/;

/**
 * `GET /objects`: the large object of one record. The signed request stands in the Authorization header and names the range; a Range header
 * must say the same, so that 206 and 416 mean what RFC 9110 says and nobody on the way can ask for other bytes.
 *
 * Who may not know gets one answer, whatever was asked for. A stream that is ended on the way breaks the connection: what arrived is
 * shorter than Content-Length, and the next request tells why.
 */
export function objectRoutes({ gate }: Pick<Institution, "gate">) {
	return async (app: FastifyInstance): Promise<void> => {
		const open = new Set<Readable>();
		// A reader who takes nothing would keep the stop waiting.
		app.addHook("preClose", async () => {
			gate.endStreams();
			for (const body of open) body.destroy();
		});
		app.get<{ Headers: { authorization?: string; range?: string } }>("/objects", { exposeHeadRoute: false }, async ({ headers }, reply) => {
			const request = readAuthorisation(headers.authorization);
			if (rangeOf(request) !== headers.range) {
				throw new NodeError("NODE_BODY_INVALID", "expected the Range header to be the range that was signed, or neither");
			}
			const release = await gate.releaseObject(request).catch((error: unknown) => {
				throw withContentRange(error, reply);
			});
			const body = bodyOf(release, open);
			return send(reply, { release, body, isPartial: headers.range !== undefined });
		});
	};
}

/** @throws NodeError `NODE_BODY_INVALID`; what the request holds is the gate's to judge. */
function readAuthorisation(header: string | undefined): unknown {
	const encoded = authorisation.exec(header ?? "")?.[1];
	try {
		if (encoded !== undefined) return JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
	} catch {
		// Told below: the parser's message quotes the request.
	}
	throw new NodeError("NODE_BODY_INVALID", "expected a signed request as `Authorization: Aceso <base64url of its JSON>`");
}

/** The range of a request, or of the one inside a forwarded one. */
function rangeOf(request: unknown): unknown {
	const { request: inner = request } = (request ?? {}) as { request?: unknown };
	return (inner as { body?: { range?: unknown } } | null)?.body?.range;
}

function withContentRange(error: unknown, reply: FastifyReply): unknown {
	if (error instanceof GateError && error.code === "GATE_RANGE_UNSATISFIABLE") reply.header("content-range", `bytes */${error.details["sizeBytes"]}`);
	return error;
}

function bodyOf(release: ObjectRelease, open: Set<Readable>): Readable {
	const body = Readable.from(release.stream(), { objectMode: false });
	open.add(body);
	body.once("close", () => {
		open.delete(body);
		// Also when the reader leaves before the first byte is asked for.
		void release.close().catch(() => {});
	});
	return body;
}

interface Answer {
	readonly release: ObjectRelease;
	readonly body: Readable;
	readonly isPartial: boolean;
}

function send(reply: FastifyReply, { release, body, isPartial }: Answer): FastifyReply {
	const { start, end, sizeBytes, access } = release;
	if (isPartial) reply.header("content-range", `bytes ${start}-${end - 1}/${sizeBytes}`);
	return reply
		.status(isPartial ? 206 : 200)
		.headers({
			"content-type": release.contentType,
			"content-length": end - start,
			"accept-ranges": "bytes",
			etag: release.etag,
			"cache-control": "no-store",
			"content-disposition": "attachment",
			"x-content-type-options": "nosniff",
			"aceso-level": release.level,
			"aceso-notice": release.notice,
			"aceso-access": `${access.log} ${access.leafIndex} ${access.entryHash}`,
		})
		.send(body);
}
