import { createServer } from "node:net";
import { findComet, LedgerError } from "#ledger";

/** CometBFT's program, or undefined where this machine has none. */
export const cometProgram = ((): string | undefined => {
	try {
		return findComet();
	} catch (error) {
		if (error instanceof LedgerError && error.code === "LEDGER_COMETBFT_MISSING") return undefined;
		throw error;
	}
})();

/** Polls, since what is waited for happens in another process. */
export async function untilSeen(holds: () => boolean, timeoutMs: number): Promise<void> {
	const endsAt = performance.now() + timeoutMs;
	while (!holds()) {
		if (performance.now() > endsAt) throw new Error(`expected it within ${timeoutMs} ms`);
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}
