import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { VaultError } from "../../errors.ts";

/** Longest path of a unix socket on the platforms we run on, in bytes (macOS: 104 with the closing zero). */
const maxSocketPathBytes = 103;

/**
 * A socket's folder is ours and closed to everybody else: the kernel then refuses other users before any byte of theirs is read. Node does not
 * tell the uid of a peer.
 *
 * @throws {@link VaultError} `VAULT_LOCKED`.
 */
export function assertPrivateFolder(socketPath: string): void {
	if (Buffer.byteLength(socketPath) > maxSocketPathBytes) {
		throw new VaultError("VAULT_LOCKED", `expected a socket path of at most ${maxSocketPathBytes} bytes; choose a folder nearer to the root`);
	}
	const folder = lstatSync(dirname(socketPath));
	const ours = process.getuid === undefined || folder.uid === process.getuid();
	if (!folder.isDirectory() || !ours || (folder.mode & 0o077) !== 0) {
		throw new VaultError("VAULT_LOCKED", "expected the socket's folder to be this user's alone (mode 0700)");
	}
}
