import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A stand-in for an S3-compatible server, in memory, for tests on machines without one. It is not S3: it knows the nine operations that
 * `S3BlobStore` uses, as Amazon S3 API Reference describes them, and checks each request's signature and payload hash with code of its own.
 */
export interface S3StandIn {
	readonly endpoint: string;
	readonly bucket: string;
	readonly region: string;
	readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
	readonly objects: Map<string, Buffer>;
	/** Uploads begun and neither completed nor aborted. */
	readonly uploads: Map<string, Map<number, Buffer>>;
	/** `METHOD key?query` of each request whose signature was good. */
	readonly requests: string[];
	/** Asked before each request is carried out; what it returns happens instead, or to the answer. */
	trouble: (request: string) => Trouble | undefined;
	close(): Promise<void>;
}

export type Trouble =
	/** Answers with this status and carries nothing out. */
	| { readonly status: number }
	/** Cuts the connection before carrying it out. */
	| "cut"
	/** Carries it out and cuts the connection instead of answering. */
	| "cut-after"
	/** Carries nothing out and answers 200 with an error in the body. */
	| "error-in-200"
	/** Sends the whole object whatever range was asked for. */
	| "ignore-range"
	/** Sends fewer bytes than it says. */
	| "short"
	/** Sends an answer without end. */
	| "endless";

const smallestPartBytes = 5 * 2 ** 20;
/** Keys in one page of a list; S3 has 1,000. Small, so that tests turn pages. */
const pageKeys = 2;

export async function startS3StandIn(): Promise<S3StandIn> {
	const server = createServer((request, answer) => {
		handle(standIn, request, answer).catch((error: Error) => answer.destroy(error));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	const standIn: S3StandIn = {
		endpoint: `http://127.0.0.1:${port}`,
		bucket: "aceso-test",
		region: "eu-central-1",
		credentials: { accessKeyId: "STANDIN", secretAccessKey: "a secret of the stand-in" },
		objects: new Map(),
		uploads: new Map(),
		requests: [],
		trouble: () => undefined,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return standIn;
}

async function handle(standIn: S3StandIn, request: IncomingMessage, answer: ServerResponse): Promise<void> {
	const pieces: Buffer[] = [];
	for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
	const body = Buffer.concat(pieces);
	answer.setHeader("server", "aceso-s3-stand-in (not S3)");
	const url = new URL(request.url as string, "http://stand-in");
	if (!isSignatureGood(standIn, request, body)) return void end(answer, 403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
	const [bucket, ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
	if (bucket !== standIn.bucket) return void end(answer, 404, "<Error><Code>NoSuchBucket</Code></Error>");
	const key = rest.join("/");
	const line = `${request.method} ${key}${url.search}`;
	standIn.requests.push(line);
	const trouble = standIn.trouble(line);
	if (trouble === "cut") return void request.socket.destroy();
	if (trouble === "error-in-200") return void end(answer, 200, "<Error><Code>InternalError</Code></Error>");
	if (trouble === "endless") return void endless(answer);
	if (typeof trouble === "object") return void end(answer, trouble.status, "<Error><Code>SlowDown</Code></Error>");
	if (trouble === "cut-after") answer.end = () => answer.destroy();
	carryOut(standIn, request, url, key, body, trouble, answer);
}

function carryOut(
	standIn: S3StandIn,
	request: IncomingMessage,
	url: URL,
	key: string,
	body: Buffer,
	trouble: Trouble | undefined,
	answer: ServerResponse,
): ServerResponse {
	const { objects } = standIn;
	const query = url.searchParams;
	const object = objects.get(key);
	switch (request.method) {
		case "HEAD":
			if (object === undefined) return end(answer, 404);
			answer.writeHead(200, { "content-length": object.length, etag: tagOf(object) });
			return answer.end();
		case "GET":
			if (query.get("list-type") === "2") return list(objects, query, answer);
			if (object === undefined) return end(answer, 404, "<Error><Code>NoSuchKey</Code></Error>");
			return get(object, request, trouble, answer);
		case "DELETE":
			if (query.has("uploadId")) standIn.uploads.delete(query.get("uploadId") as string);
			else objects.delete(key);
			return end(answer, 204);
		case "PUT":
			if (query.has("partNumber")) return putPart(standIn, query, body, answer);
			if (request.headers["if-none-match"] === "*" && object !== undefined) return end(answer, 412, "<Error><Code>PreconditionFailed</Code></Error>");
			objects.set(key, body);
			answer.setHeader("etag", tagOf(body));
			return end(answer, 200);
		default:
			return query.has("uploads") ? create(standIn, answer) : complete(standIn, request, key, query, body, answer);
	}
}

function get(object: Buffer, request: IncomingMessage, trouble: Trouble | undefined, answer: ServerResponse): ServerResponse {
	if (request.headers["if-match"] !== undefined && request.headers["if-match"] !== tagOf(object)) return end(answer, 412);
	const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
	if (range === null || trouble === "ignore-range") {
		answer.writeHead(200, { "content-length": object.length });
		return answer.end(object);
	}
	const bytes = object.subarray(Number(range[1]), Math.min(Number(range[2]) + 1, object.length));
	answer.writeHead(206, {
		"content-length": bytes.length - (trouble === "short" ? 1 : 0),
		"content-range": `bytes ${range[1]}-${range[2]}/${object.length}`,
	});
	return answer.end(trouble === "short" ? bytes.subarray(1) : bytes);
}

function create({ uploads }: S3StandIn, answer: ServerResponse): ServerResponse {
	const id = `upload-${uploads.size}-&-${Math.trunc(performance.now() * 1_000)}`;
	uploads.set(id, new Map());
	return end(answer, 200, `<InitiateMultipartUploadResult><UploadId>${id.replaceAll("&", "&amp;")}</UploadId></InitiateMultipartUploadResult>`);
}

function putPart({ uploads }: S3StandIn, query: URLSearchParams, body: Buffer, answer: ServerResponse): ServerResponse {
	const parts = uploads.get(query.get("uploadId") as string);
	if (parts === undefined) return end(answer, 404, "<Error><Code>NoSuchUpload</Code></Error>");
	parts.set(Number(query.get("partNumber")), body);
	answer.setHeader("etag", tagOf(body));
	return end(answer, 200);
}

function complete(
	standIn: S3StandIn,
	request: IncomingMessage,
	key: string,
	query: URLSearchParams,
	body: Buffer,
	answer: ServerResponse,
): ServerResponse {
	const { uploads, objects } = standIn;
	const id = query.get("uploadId") as string;
	const parts = uploads.get(id);
	if (parts === undefined) return end(answer, 404, "<Error><Code>NoSuchUpload</Code></Error>");
	if (request.headers["if-none-match"] === "*" && objects.has(key)) return end(answer, 412, "<Error><Code>PreconditionFailed</Code></Error>");
	const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>&quot;([0-9a-f]+)&quot;<\/ETag>/g)];
	const chosen = listed.map(([, number, tag]) => ({ part: parts.get(Number(number)), tag: `"${tag}"` }));
	if (chosen.some(({ part, tag }) => part === undefined || tagOf(part) !== tag)) return end(answer, 400, "<Error><Code>InvalidPart</Code></Error>");
	if (chosen.slice(0, -1).some(({ part }) => (part as Buffer).length < smallestPartBytes))
		return end(answer, 400, "<Error><Code>EntityTooSmall</Code></Error>");
	objects.set(key, Buffer.concat(chosen.map(({ part }) => part as Buffer)));
	uploads.delete(id);
	return end(answer, 200, "<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>");
}

function list(objects: Map<string, Buffer>, query: URLSearchParams, answer: ServerResponse): ServerResponse {
	const after = query.get("continuation-token") ?? "";
	const keys = [...objects.keys()].filter((key) => key.startsWith(query.get("prefix") ?? "") && key > after).sort();
	const page = keys.slice(0, pageKeys);
	const more = keys.length > page.length;
	const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`).join("");
	const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
	return end(answer, 200, `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents}</ListBucketResult>`);
}

function end(answer: ServerResponse, status: number, xml = ""): ServerResponse {
	answer.writeHead(status, { "content-type": "application/xml", "content-length": status === 204 ? 0 : Buffer.byteLength(xml) });
	return answer.end(xml);
}

function endless(answer: ServerResponse): void {
	answer.writeHead(200);
	const more = (): void => {
		while (!answer.destroyed && answer.write(Buffer.alloc(2 ** 16))) {
			// until the socket's buffer is full
		}
	};
	answer.on("drain", more);
	more();
}

function tagOf(bytes: Buffer): string {
	return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Recomputes the signature from what arrived, as a server does. */
function isSignatureGood({ credentials, region }: S3StandIn, request: IncomingMessage, body: Buffer): boolean {
	const parsed =
		/^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
			request.headers.authorization ?? "",
		);
	if (parsed === null) return false;
	const [, id, day, signedRegion, names, signature] = parsed as unknown as [string, string, string, string, string, string];
	const time = String(request.headers["x-amz-date"]);
	const payload = String(request.headers["x-amz-content-sha256"]);
	if (payload !== createHash("sha256").update(body).digest("hex") || id !== credentials.accessKeyId || signedRegion !== region) return false;
	for (const needed of ["host", "x-amz-content-sha256", "x-amz-date"]) if (!names.split(";").includes(needed)) return false;
	const [path, search = ""] = (request.url as string).split("?") as [string, string?];
	const headers = names.split(";").map((name) => `${name}:${String(request.headers[name])}\n`);
	const canonical = [request.method, path, search, headers.join(""), names, payload].join("\n");
	const digest = createHash("sha256").update(canonical).digest("hex");
	const key = [day, region, "s3", "aws4_request"].reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${credentials.secretAccessKey}`);
	return hmac(key as Buffer, `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/s3/aws4_request\n${digest}`).toString("hex") === signature;
}
