/**
 * The thread that holds the person's key. The page has no way to the key itself: it asks for acts by name. Checking a long history here leaves the
 * page free.
 */
import { createApi } from "./api.ts";
import { browserRandom, createDesk } from "./desk.ts";
import type { DeskAnswer, DeskQuestion } from "./deskMessages.ts";
import { PortalError } from "./errors.ts";

const desk = createDesk({ api: createApi(), randomBytes: browserRandom, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) });
const thread = globalThis as unknown as { onmessage: (event: { data: DeskQuestion }) => void; postMessage(answer: DeskAnswer): void };

thread.onmessage = async ({ data: { id, call, parameters } }) => {
	const onRows = (rows: unknown) => thread.postMessage({ id, rows });
	try {
		const act = desk[call] as (...given: readonly unknown[]) => Promise<unknown>;
		thread.postMessage({ id, value: await act(...parameters, ...(call === "history" ? [onRows] : [])) });
	} catch (error) {
		thread.postMessage({ id, failure: failureOf(error) });
	}
};

function failureOf(error: unknown): NonNullable<DeskAnswer["failure"]> {
	if (error instanceof PortalError) return { code: error.code, nodeCode: error.nodeCode };
	return { code: "NOT_VERIFIED", nodeCode: (error as { code?: string }).code ?? (error as Error).name };
}
