import { readFileSync } from "node:fs";
import { signatureLibrary } from "#base";

/** What runs, on what, and whose arithmetic verifies signatures: the verdicts are the same with each library, the speed is not. */
export function versionLine(): string {
	const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
	return `aceso ${version}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}; signatures verified by ${signatureLibrary}`;
}
