import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { sensitivityLabels } from "#contracts";
import type { ObjectImport } from "#gate";
import { type ObjectKind, objectKinds } from "#node";
import type { Io } from "../command.ts";
import { openDemoDesk, patientOf } from "../demoDesk.ts";
import { CliError } from "../errors.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, listOf, oneOf, readWords, required } from "../options.ts";
import { countBytes, megabytes } from "./progress.ts";

/** By the file's last name; what is not known here keeps its kind's own. */
const contentTypes: Readonly<Record<string, string>> = { gz: "application/gzip", bgz: "application/gzip", json: "application/json", csv: "text/csv" };

/** Files a large object of a patient, streamed from a file or from standard input. */
export async function putObject(args: readonly string[], io: Io): Promise<number> {
	const options = {
		...dataOption,
		...jsonOption,
		member: { type: "string" },
		patient: { type: "string" },
		person: { type: "string" },
		kind: { type: "string" },
		type: { type: "string" },
		date: { type: "string" },
		labels: { type: "string" },
		"names-nobody": { type: "boolean", default: false },
	} as const;
	const { values, positionals } = readWords(args, options, { min: 1, max: 1, what: "one file, or - for standard input" });
	const [file] = positionals as [string];
	const folder = folderOf(values);
	const kind = oneOf(required(values.kind, "--kind KIND"), Object.keys(objectKinds) as ObjectKind[], "--kind");
	const { member, localId } = whose(folder, values);
	const contentType = values.type ?? contentTypes[basename(file).split(".").at(-1) ?? ""];
	const query = new URLSearchParams({ patient: localId, kind, namesNobody: String(values["names-nobody"]) });
	if (contentType !== undefined) query.set("contentType", contentType);
	if (values.date !== undefined) query.set("date", values.date);
	if (values.labels !== undefined) query.set("labels", listOf(values.labels, sensitivityLabels, "--labels").join(","));
	const { bytes, sizeBytes } = await openSource(file);
	const filed = await withNode({ folder, io, create: false }, (node) => {
		const counted = countBytes(bytes, (done) =>
			io.progress(`filing ${megabytes(done)}${sizeBytes === undefined ? "" : ` of ${megabytes(sizeBytes)}`} MB`),
		);
		return node.upload<ObjectImport>(
			`/admin/members/${encodeURIComponent(member)}/objects?${query.toString()}`,
			Readable.from(counted, { objectMode: false }),
		);
	});
	io.progress("");
	if (values.json) io.out(JSON.stringify(filed));
	else io.out(`✓ ${filed.record}: ${filed.sizeBytes} bytes, ${filed.classes.join(", ")}`);
	return 0;
}

function whose(
	folder: string,
	{ member, patient, person }: { member?: string | undefined; patient?: string | undefined; person?: string | undefined },
) {
	if ((patient === undefined) === (person === undefined)) throw new CliError("CLI_USAGE", "expected either --patient ID or --person KEY");
	if (patient !== undefined) return { member: required(member, "--member ID"), localId: patient };
	const found = patientOf(openDemoDesk(folder), person as string, member === undefined ? {} : { member });
	return { member: found.custodian as string, localId: found.localId };
}

/** @throws CliError `CLI_FILE_UNREADABLE`. */
async function openSource(file: string): Promise<{ readonly bytes: Readable; readonly sizeBytes?: number }> {
	if (file === "-") return { bytes: process.stdin };
	try {
		const found = await stat(file);
		if (!found.isFile()) throw new CliError("CLI_FILE_UNREADABLE", "expected a file, found something else of that name");
		return { bytes: createReadStream(file, { highWaterMark: 2 ** 18 }), sizeBytes: found.size };
	} catch (cause) {
		if (cause instanceof CliError) throw cause;
		const system = (cause as NodeJS.ErrnoException).code ?? "";
		throw new CliError("CLI_FILE_UNREADABLE", "expected a file that can be read", { system }, cause);
	}
}
