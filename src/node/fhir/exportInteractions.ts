import { Readable } from "node:stream";
import { dataClasses } from "#contracts";
import { assertValidResource } from "#fhir";
import { NodeError } from "../errors.ts";
import { assertServed, classesOf, type FhirAnswer, type FhirCall } from "./fhirCall.ts";
import { readResource } from "./writeInteractions.ts";

/** What the node remembers of an export that was asked for. */
interface ExportRequest {
	readonly url: string;
	/** Undefined until everything was looked at, where the request names none. */
	readonly types: readonly string[] | undefined;
	readonly sinceMs: number | undefined;
}

const unsupported = (message: string) => new NodeError("NODE_FHIR_UNSUPPORTED", message);

/**
 * `GET` or `POST /$export` and `/Patient/$export` (Bulk Data Access 2): everybody who permits the purpose to who asks. Nothing is prepared and nothing
 * lies on a disk: each file is decided, opened and written while it is fetched.
 *
 * @throws NodeError `NODE_FHIR_TOO_OFTEN`.
 */
export async function startExport(call: FhirCall): Promise<FhirAnswer> {
	if (!/(?:^|[,;\s])respond-async(?:$|[,;\s])/.test(String(call.headers["prefer"] ?? ""))) {
		throw unsupported("expected `Prefer: respond-async`");
	}
	const { types, sinceMs } = readParameters([...call.pairs, ...sentParameters(call)]);
	const classes = types === undefined ? [...dataClasses] : classesOf(types);
	const request = JSON.stringify({ url: `${call.baseUrl}${call.path}`, types, sinceMs } satisfies ExportRequest);
	// Who permits it is found among everybody, for whoever asks.
	const job = await call.broad.run(call.access.requester, () => call.access.startExport(classes, request));
	return { status: 202, headers: { "content-location": `${call.baseUrl}/$export-status/${job.id}` } };
}

/** What a POST has in Parameters; nothing where it has no content. */
function sentParameters({ content, contentType }: FhirCall): FhirCall["pairs"] {
	if (content.length === 0 || contentType === "application/x-www-form-urlencoded") return [];
	const { resource } = readResource({ content, type: "Parameters" });
	assertValidResource(resource);
	const { parameter = [] } = resource as { readonly parameter?: readonly Readonly<Record<string, unknown>>[] };
	return parameter.map(({ name, ...value }) => {
		const given = value["valueString"] ?? value["valueInstant"] ?? value["valueCode"];
		if (typeof given !== "string") throw unsupported("expected parameters with a string, a code or an instant");
		return [String(name), given] as const;
	});
}

function readParameters(pairs: FhirCall["pairs"]): Pick<ExportRequest, "types" | "sinceMs"> {
	let types: readonly string[] | undefined;
	let sinceMs: number | undefined;
	for (const [name, value] of pairs) {
		if (name === "_type") types = [...new Set([...(types ?? []), ...readTypes(value)])];
		else if (name === "_since") sinceMs = readInstant(value);
		else if (name === "_outputFormat") assertFormat(value);
		else throw unsupported("expected _type, _since or _outputFormat; what is not understood would widen the export");
	}
	return { types, sinceMs };
}

function readTypes(value: string): readonly string[] {
	const types = [...new Set(value.split(","))];
	for (const type of types) assertServed(type);
	return types;
}

function readInstant(value: string): number {
	const at = Date.parse(value);
	if (Number.isNaN(at)) throw unsupported("expected _since to be an instant");
	return at;
}

function assertFormat(value: string): void {
	if (!["application/fhir+ndjson", "application/ndjson", "ndjson"].includes(value))
		throw unsupported("expected _outputFormat to be application/fhir+ndjson");
}

/** `GET /$export-status/[id]`: the manifest. It is gone when nobody in it permits the export any more. */
export async function exportStatus(call: FhirCall): Promise<FhirAnswer> {
	const job = await call.access.showExport(call.id);
	const request = JSON.parse(job.request) as ExportRequest;
	const types = request.types ?? (await typesOf(call, job.id));
	const manifest = {
		transactionTime: new Date(job.startedAtMs).toISOString(),
		request: request.url,
		requiresAccessToken: true,
		output: types.map((type) => ({ type, url: `${call.baseUrl}/$export-file/${job.id}/${type}` })),
		error: [],
	};
	const headers = { expires: new Date(job.expiresAtMs).toUTCString(), "content-type": "application/json; charset=utf-8" };
	return { status: 200, body: JSON.stringify(manifest), headers };
}

/** Which files there are is itself of the record: it is looked at like one, and logged for each patient. */
async function typesOf({ access }: FhirCall, id: string): Promise<readonly string[]> {
	const types = new Set<string>();
	for await (const records of access.exportRecords(id, [...dataClasses])) for (const { resource } of records) types.add(resource.resourceType);
	return [...types].sort();
}

/** `GET /$export-file/[id]/[type]`: one file, a resource a line, decided anew for each patient as it goes out. */
export async function exportFile(call: FhirCall): Promise<FhirAnswer> {
	assertServed(call.fileType);
	const job = await call.access.showExport(call.id);
	const { types, sinceMs } = JSON.parse(job.request) as ExportRequest;
	if (types?.includes(call.fileType) === false) throw new NodeError("NODE_NOT_FOUND", "expected a file that the manifest names");
	const wanted = { type: call.fileType, sinceMs };
	return {
		status: 200,
		stream: Readable.from(linesOf(call, job.id, wanted), { objectMode: false }),
		headers: { "content-type": "application/fhir+ndjson" },
	};
}

async function* linesOf({ access }: FhirCall, id: string, { type, sinceMs }: { readonly type: string; readonly sinceMs: number | undefined }) {
	for await (const records of access.exportRecords(id, classesOf([type]))) {
		let lines = "";
		for (const { resource, text, lastUpdatedMs } of records) {
			if (resource.resourceType !== type || (sinceMs !== undefined && (lastUpdatedMs ?? 0) < sinceMs)) continue;
			lines += `${text}\n`;
		}
		if (lines !== "") yield lines;
	}
}

/** `DELETE /$export-status/[id]`. */
export async function endExport(call: FhirCall): Promise<FhirAnswer> {
	await call.access.endExport(call.id);
	return { status: 202 };
}
