import type { Io } from "./command.ts";

export const progressOption = { progress: { type: "boolean", default: false } } as const;

/** How an audit says how far it is: where a person watches, or where `--progress` asks for it; never beside `--json`. "" ends it. */
export function auditProgress(
	io: Pick<Io, "interactive" | "progress">,
	options: { readonly json: boolean; readonly progress: boolean },
): Io["progress"] {
	return !options.json && (io.interactive || options.progress) ? io.progress : () => {};
}
