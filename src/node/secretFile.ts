import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** A file only its owner may read, written whole or not at all. */
export function writeSecretFile(path: string, text: string): void {
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	const draft = `${path}.new`;
	const file = openSync(draft, "w", 0o600);
	try {
		writeSync(file, text);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
	renameSync(draft, path);
}

/** Reads a secret, or makes it once with `create` and keeps it. */
export function loadOrCreateSecret(path: string, create: () => string): string {
	if (existsSync(path)) return readFileSync(path, "utf8");
	const secret = create();
	writeSecretFile(path, secret);
	return secret;
}
