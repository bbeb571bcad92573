import { decodeUtf8, encodeHex, sha256Utf8 } from "#base";
import { LedgerError } from "../../errors.ts";
import type { TrustedWitness } from "../../light/witnessQuorum.ts";
import type { WitnessLink } from "../../sealer/cosigners.ts";
import { fetchBounded } from "./fetchBounded.ts";
import { noteBytesMax } from "./httpTileSource.ts";
import { parseServiceUrl } from "./serviceUrl.ts";

export interface HttpWitnessLinkParameters extends TrustedWitness {
	/** Prefix of the witness, for submission and monitoring alike (C2SP tlog-witness). */
	readonly url: string;
	/** Origin of the log. */
	readonly chain: string;
	/** For one exchange. */
	readonly timeoutMs?: number;
}

/** What `add-checkpoint` answers with: some signature lines, or a size. */
const answerBytesMax = 16 * 1024;

/**
 * Reaches a witness over HTTP. It is believed in nothing: what it answers is judged by whoever asks; one that is slow, oversized, cut off, absent or
 * somewhere else is one that did not answer.
 *
 * @throws {@link LedgerError} `LEDGER_URL_NOT_PERMITTED`.
 */
export function createHttpWitnessLink({ name, key, url, chain, timeoutMs = 10_000 }: HttpWitnessLinkParameters): WitnessLink {
	const prefix = parseServiceUrl(url);
	return {
		name,
		key,
		async addCheckpoint(request) {
			const contentTypes = ["text/plain", "text/x.tlog.size"];
			const answer = await fetchBounded({ url: `${prefix}/add-checkpoint`, body: request, timeoutMs, bytesMax: answerBytesMax, contentTypes });
			return { status: answer.status, body: answer.body === undefined ? "" : decodeUtf8(answer.body) };
		},
		async latest() {
			const address = `${witnessPrefix(prefix, chain)}/checkpoint`;
			const { status, body } = await fetchBounded({ url: address, timeoutMs, bytesMax: noteBytesMax, contentTypes: ["text/plain"] });
			if (status === 404) return undefined;
			if (status === 200 && body !== undefined) return decodeUtf8(body);
			throw new LedgerError("LEDGER_WITNESS_SILENT", `expected a checkpoint of at most ${noteBytesMax} bytes, found status ${status}`);
		},
	};
}

/** Where a witness shows what it holds of a log (C2SP tlog-witness, monitoring): its checkpoint and, as a mirror does, its tiles. */
export function witnessPrefix(url: string, chain: string): string {
	return `${url}/${encodeHex(sha256Utf8(chain))}`;
}
