import { LedgerError } from "../../errors.ts";

/**
 * Reads the address of a witness or of a log: https, or http where it does not leave this machine. Paths are put behind it, so it has no query.
 *
 * @returns Without a slash at its end.
 * @throws {@link LedgerError} `LEDGER_URL_NOT_PERMITTED`.
 */
export function parseServiceUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isPermitted = url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
	if (!isPermitted || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
		throw new LedgerError("LEDGER_URL_NOT_PERMITTED", "expected an https address (http on this machine alone) without user, query and fragment");
	}
	return url.href.replace(/\/+$/, "");
}

function isLoopback(hostname: string): boolean {
	return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
