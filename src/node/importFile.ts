import { stat } from "node:fs/promises";
import { openBundleFile, prepareBundle } from "#fhir";
import type { ImportReport } from "#gate";
import { NodeError } from "./errors.ts";
import type { Network } from "./network.ts";

/** Judging counts decompressed bytes, sealing counts resources. */
export interface ImportFileProgress {
	readonly step: "judge" | "seal";
	readonly done: number;
	/** Absent where it is not known: the size of what is compressed. */
	readonly total?: number;
}

/** Bytes between two words of progress while a file is judged. */
const judgeStepBytes = 4 * 1024 * 1024;

/**
 * Imports one bundle file (plain or gzip) at a member: read once to judge it whole, once to seal it.
 *
 * @throws NodeError `NODE_FILE_UNREADABLE`, `NODE_MEMBER_UNKNOWN`; FhirError for what the file holds. Nothing of the file is stored then.
 */
export async function importFile(
	network: Network,
	member: string,
	path: string,
	onProgress?: (progress: ImportFileProgress) => void,
): Promise<ImportReport> {
	const institution = network.institution(member);
	try {
		const source = countingFirst(path, await sizeOf(path), onProgress);
		return await institution.gate.importRecords(await prepareBundle(source), (progress) => onProgress?.({ step: "seal", ...progress }));
	} catch (error) {
		throw isFileError(error) ? unreadable(error) : error;
	}
}

async function sizeOf(path: string): Promise<number> {
	const found = await stat(path);
	// Read twice, so a pipe will not do.
	if (!found.isFile()) throw new NodeError("NODE_FILE_UNREADABLE", "expected a file to import, found something else of that name");
	return found.size;
}

/** The file as a source; its first reading, the judging, tells how far it is. */
function countingFirst(path: string, sizeBytes: number, onProgress?: (progress: ImportFileProgress) => void) {
	let readings = 0;
	return async function* () {
		const isFirst = readings++ === 0;
		let done = 0;
		let said = 0;
		for await (const chunk of openBundleFile(path)) {
			done += chunk.length;
			if (isFirst && done - said >= judgeStepBytes) {
				said = done;
				onProgress?.({ step: "judge", done, ...(done <= sizeBytes ? { total: sizeBytes } : {}) });
			}
			yield chunk;
		}
	};
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
	const { code, syscall } = error as NodeJS.ErrnoException;
	return typeof code === "string" && ["open", "read", "stat"].includes(syscall ?? "");
}

function unreadable(cause: NodeJS.ErrnoException): NodeError {
	return new NodeError("NODE_FILE_UNREADABLE", "expected a file that can be read", { system: cause.code ?? "" }, cause);
}
