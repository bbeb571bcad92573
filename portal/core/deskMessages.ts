import type { Desk } from "./deskTypes.ts";
import type { PortalErrorCode } from "./errors.ts";

/** From the page to the thread that holds the key. */
export interface DeskQuestion {
	readonly id: number;
	readonly call: keyof Desk;
	readonly parameters: readonly unknown[];
}

/** Back: rows as they come, then one value or one failure. */
export interface DeskAnswer {
	readonly id: number;
	readonly rows?: unknown;
	readonly value?: unknown;
	readonly failure?: { readonly code: PortalErrorCode; readonly nodeCode: string };
}
