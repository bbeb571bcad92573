import { useEffect, useRef, useState } from "react";
import { PortalError } from "../../core/errors.ts";
import type { WatchedAccess } from "../../core/officerDeskTypes.ts";
import { usePortal } from "../PortalProvider.tsx";

/** How long the node may keep a look waiting for the next access, in ms. */
const waitMs = 15_000;
/** How long after a fault the next look is, in ms. */
const againMs = 3_000;
/** Lines kept on the page. */
const keptMost = 500;

export interface WatchedLine extends WatchedAccess {
	/** Numbers begin anew with the node: this one does not. */
	readonly line: number;
}

export interface Watching {
	/** Newest first. */
	readonly lines: readonly WatchedLine[];
	readonly missed: number;
	readonly hasAnswered: boolean;
	readonly error: unknown;
}

/** What goes through the door, as it comes, until the page is left, paused, or the node refuses: a credential that was revoked is told at the next look. */
export function useWatch(isPaused: boolean): Watching {
	const { desk } = usePortal();
	const [watching, setWatching] = useState<Watching>({ lines: [], missed: 0, hasAnswered: false, error: undefined });
	const at = useRef<{ watch: string | undefined; after: number; line: number }>({ watch: undefined, after: 0, line: 0 });
	useEffect(() => {
		if (isPaused) return;
		let isOver = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const look = async (): Promise<void> => {
			try {
				const { watch, after } = at.current;
				const answer = await desk.watch({ ...(watch === undefined ? {} : { watch }), after, waitMs });
				if (isOver) return;
				const fresh = answer.accesses.map((access): WatchedLine => ({ ...access, line: ++at.current.line })).reverse();
				at.current = { ...at.current, watch: answer.watch, after: answer.next };
				setWatching(({ lines, missed }) => ({
					lines: [...fresh, ...lines].slice(0, keptMost),
					missed: missed + answer.missed,
					hasAnswered: true,
					error: undefined,
				}));
				void look();
			} catch (error) {
				if (isOver) return;
				setWatching((before) => ({ ...before, error }));
				if (!isRefused(error)) timer = setTimeout(() => void look(), againMs);
			}
		};
		void look();
		return () => {
			isOver = true;
			clearTimeout(timer);
		};
	}, [desk, isPaused]);
	return watching;
}

export function isRefused(error: unknown): boolean {
	return error instanceof PortalError && error.nodeCode === "GATE_NOT_AVAILABLE";
}
