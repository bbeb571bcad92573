import { useEffect, useRef } from "react";
import type { Desk } from "../core/deskTypes.ts";

/** How often the node is asked whether the person was signed out elsewhere, in ms. */
const askEveryMs = 30_000;
/** A key that nobody uses is forgotten after so long, in ms. */
const idleMaxMs = 30 * 60_000;

interface Sitting {
	readonly desk: Desk;
	readonly isOpen: boolean;
	readonly onEnd: () => void;
}

/** Forgets a person's own key when nobody has touched the page for a while, and when they signed out everywhere from another device. */
export function useSitting({ desk, isOpen, onEnd }: Sitting): void {
	const touchedAtMs = useRef(0);
	useEffect(() => {
		if (!isOpen) return;
		const touch = () => {
			touchedAtMs.current = Date.now();
		};
		touch();
		const look = () => {
			if (Date.now() - touchedAtMs.current > idleMaxMs) return onEnd();
			// A node that does not answer ends nothing: what is signed meanwhile reaches nobody either.
			desk.stands().then(
				(stands) => (stands ? undefined : onEnd()),
				() => undefined,
			);
		};
		const timer = setInterval(look, askEveryMs);
		for (const event of ["pointerdown", "keydown"]) addEventListener(event, touch);
		return () => {
			clearInterval(timer);
			for (const event of ["pointerdown", "keydown"]) removeEventListener(event, touch);
		};
	}, [desk, isOpen, onEnd]);
}
