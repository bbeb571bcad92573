import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CliError } from "../errors.ts";

const suffix = ".part";

/** What was downloaded of an object so far, beside where it shall stand: `NAME.<tag>.part`. The tag tells which object it is of. */
export class PartialFile {
	readonly tag: string;
	readonly #path: string;
	readonly #target: string;
	readonly #file: FileHandle;
	#sizeBytes: number;

	private constructor(target: string, tag: string, file: FileHandle, sizeBytes: number) {
		this.tag = tag;
		this.#target = target;
		this.#path = partPath(target, tag);
		this.#file = file;
		this.#sizeBytes = sizeBytes;
	}

	/** The one that an earlier download left, or undefined. */
	static async find(target: string): Promise<PartialFile | undefined> {
		const before = `${basename(target)}.`;
		const names = await readdir(dirname(target)).catch(() => []);
		const tag = names.flatMap((name) => (name.startsWith(before) && name.endsWith(suffix) ? [name.slice(before.length, -suffix.length)] : []))[0];
		return tag === undefined || !/^[0-9a-f-]+$/.test(tag) ? undefined : PartialFile.#open(target, tag, "r+");
	}

	static create(target: string, tag: string): Promise<PartialFile> {
		return PartialFile.#open(target, tag, "wx");
	}

	static async #open(target: string, tag: string, flags: "r+" | "wx"): Promise<PartialFile> {
		const file = await open(partPath(target, tag), flags, 0o600).catch(unwritable);
		return new PartialFile(target, tag, file, (await file.stat()).size);
	}

	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	async append(bytes: Uint8Array): Promise<void> {
		let written = 0;
		while (written < bytes.length) {
			written += (await this.#file.write(bytes, written, bytes.length - written, this.#sizeBytes + written).catch(unwritable)).bytesWritten;
		}
		this.#sizeBytes += bytes.length;
	}

	/** Puts the finished file in its place. */
	async finish(): Promise<void> {
		await this.#file.sync();
		await this.#file.close();
		await rename(this.#path, this.#target).catch(unwritable);
	}

	/** Leaves what there is for another time. */
	async close(): Promise<void> {
		await this.#file.close();
	}

	async discard(): Promise<void> {
		await this.#file.close();
		await rm(this.#path, { force: true });
	}
}

function partPath(target: string, tag: string): string {
	return join(dirname(target), `${basename(target)}.${tag}${suffix}`);
}

function unwritable(cause: unknown): never {
	const system = (cause as NodeJS.ErrnoException).code ?? "";
	throw new CliError("CLI_FILE_UNWRITABLE", "expected a path where a file can be written", { system }, cause);
}
