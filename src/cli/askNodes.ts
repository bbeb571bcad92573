import { CodedError } from "#base";
import { type Fork, fetchBounded } from "#ledger";
import { type HistoryReport, type HistoryTrust, holdAgainst } from "#wallet";
import { CliError } from "./errors.ts";

/** What a node that was asked said of the height that a history rests on. */
export interface NodeAnswer {
	readonly url: string;
	/** `unproven`: what it showed is not signed by those who are trusted, and accuses nobody. */
	readonly standing: "same" | "fork" | "unproven" | "silent";
	readonly height: number;
	/** Why it proves nothing; "" otherwise. */
	readonly code: string;
	readonly fork?: Fork;
}

interface Asked {
	readonly history: unknown;
	readonly trust: HistoryTrust;
	readonly report: HistoryReport;
}

const timeoutMs = 10_000;
/** A header with the commit of as many validators as a consortium may have is far smaller. */
const bytesMax = 1_048_576;

/**
 * Asks nodes which block was decided at the height that a history rests on. A history that is refused already is not asked about.
 *
 * @throws CliError `CLI_USAGE` for no such address, or where no validators are pinned.
 */
export async function askNodes(urls: readonly string[], { history, trust, report }: Asked): Promise<readonly NodeAnswer[]> {
	if (urls.length > 0 && trust.consortium === undefined)
		throw new CliError("CLI_USAGE", "expected pinned validators beside --node, found a ledger's key");
	const bases = urls.map(parseBase);
	const height = report.seen?.header?.height;
	if (!report.ok || height === undefined) return [];
	return Promise.all(
		bases.map(async (url): Promise<NodeAnswer> => {
			const shown = await askHeader(url, height);
			return { url, height, ...(shown === undefined ? { standing: "silent", code: "" } : judge(history, trust, shown)) };
		}),
	);
}

function judge(history: unknown, trust: HistoryTrust, shown: unknown): Pick<NodeAnswer, "standing" | "code" | "fork"> {
	try {
		const fork = holdAgainst(history, trust, shown);
		return fork === undefined ? { standing: "same", code: "" } : { standing: "fork", code: "", fork };
	} catch (error) {
		if (error instanceof CodedError) return { standing: "unproven", code: error.code };
		throw error;
	}
}

/** Undefined when there is none to be had. */
async function askHeader(base: string, height: number): Promise<unknown> {
	const url = `${base}/api/ledger/header?height=${height}`;
	try {
		const { status, body } = await fetchBounded({ url, timeoutMs, bytesMax, contentTypes: ["application/json"] });
		return status === 200 && body !== undefined ? JSON.parse(new TextDecoder().decode(body)) : undefined;
	} catch {
		// Not reached, not in time, or no JSON: all the same to who asked.
		return undefined;
	}
}

function parseBase(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isBase = (url?.protocol === "https:" || url?.protocol === "http:") && url.search === "" && url.hash === "" && url.username === "";
	if (!isBase) throw new CliError("CLI_USAGE", "expected --node with the address of an institution's node, such as https://harbor.example");
	return text.replace(/\/+$/, "");
}

/** One line for people. */
export function describeAnswer({ url, standing, height, code, fork }: NodeAnswer): string {
	if (standing === "same") return `${url}: the same block at height ${height}`;
	if (standing === "silent") return `${url}: no answer about height ${height}`;
	if (fork === undefined) return `${url}: shows another header at height ${height} that proves nothing (${code})`;
	const convicted = fork.isProof ? "they broke the protocol" : "which of them broke the protocol the two do not tell";
	return `${url}: another block was decided at height ${height} (${fork.kind}), signed for both by ${fork.signedBoth.join(", ")}: ${convicted}`;
}
