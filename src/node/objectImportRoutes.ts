import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { sensitivityLabels } from "#contracts";
import { NodeError } from "./errors.ts";
import type { Network } from "./network.ts";
import { createObjectRecord, type ObjectKind, objectKinds } from "./objectRecord.ts";

const facts = z.strictObject({
	patient: z.string().min(1).max(64),
	kind: z.enum(Object.keys(objectKinds) as [ObjectKind, ...ObjectKind[]]),
	contentType: z
		.string()
		.max(100)
		.regex(/^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/)
		.optional(),
	date: z.iso.date().optional(),
	namesNobody: z.enum(["true", "false"]).default("false"),
	/** Separated by commas; empty for an object that somebody looked into and found no such thing in. */
	labels: z.string().optional(),
});

/** `POST /members/{member}/objects`: the desk files a large object of a patient; the body is the object itself, of any size, streamed. */
export function objectImportRoutes(network: Network) {
	return async (app: FastifyInstance): Promise<void> => {
		app.addContentTypeParser("application/octet-stream", (_request, body, done) => done(null, body));
		app.post<{ Params: { member: string }; Body: Readable | undefined }>(
			"/members/:member/objects",
			{ bodyLimit: Number.MAX_SAFE_INTEGER },
			async ({ params, query, body }, reply) => {
				// A refusal leaves the rest of the object unread: the connection is of no use to another request then.
				reply.header("connection", "close");
				const { gate } = network.institution(params.member);
				if (body === undefined || typeof body !== "object" || !(Symbol.asyncIterator in body)) {
					throw new NodeError("NODE_BODY_INVALID", "expected the object as application/octet-stream");
				}
				return gate.importObject(recordOf(query), arriving(body as AsyncIterable<Uint8Array>));
			},
		);
	};
}

/** @throws NodeError `NODE_BODY_INVALID` where the sender breaks off. */
async function* arriving(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	try {
		yield* body;
	} catch (cause) {
		throw new NodeError("NODE_BODY_INVALID", "the object broke off before its end; nothing of it is stored", {}, cause);
	}
}

function recordOf(query: unknown) {
	const read = facts.safeParse(query);
	if (!read.success) {
		const at = read.error.issues[0]?.path.map(String).join(".") ?? "";
		throw new NodeError("NODE_BODY_INVALID", "expected patient, kind and what else is known of the object", { at });
	}
	const { patient, kind, contentType, date, namesNobody, labels } = read.data;
	return createObjectRecord({
		...{ kind, localId: patient, namesNobody: namesNobody === "true" },
		...(contentType === undefined ? {} : { contentType }),
		...(date === undefined ? {} : { date }),
		...(labels === undefined ? {} : { labels: readLabels(labels) }),
	});
}

function readLabels(text: string) {
	const words = text.split(",").filter((word) => word !== "");
	return words.map((word) => {
		const label = sensitivityLabels.find((each) => each === word);
		if (label === undefined) throw new NodeError("NODE_BODY_INVALID", `expected labels among ${sensitivityLabels.join(", ")}`, { at: "labels" });
		return label;
	});
}
