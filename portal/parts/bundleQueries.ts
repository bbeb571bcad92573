import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type BundleNotice, judgeBundle } from "../core/bundleNotice.ts";
import type { ReleaseView } from "../core/deskTypes.ts";
import { connectGuard, type Guard, type GuardEvent } from "../core/guardClient.ts";
import { keptLedgers } from "../core/memory.ts";
import { usePortal } from "./PortalProvider.tsx";

/** Whoever leaves a page open is told of another one after so long, in ms. */
const lookEveryMs = 10 * 60_000;

/** One for the page, however often it is drawn. */
export const guard: Guard | undefined = connectGuard();
const events: GuardEvent[] = [];
const listeners = new Set<() => void>();
guard?.listen((event) => {
	events.push(event);
	for (const tell of listeners) tell();
});

function useGuardEvents(): readonly GuardEvent[] {
	const [seen, setSeen] = useState<readonly GuardEvent[]>(() => [...events]);
	useEffect(() => {
		const tell = () => setSeen([...events]);
		listeners.add(tell);
		tell();
		return () => void listeners.delete(tell);
	}, []);
	return seen;
}

/** What is kept and served, and what the ledger says of both. */
export function useBundle() {
	const { desk, session } = usePortal();
	const seen = useGuardEvents();
	const standing = useQuery({
		queryKey: ["bundle", seen.length],
		queryFn: async () => (await guard?.standing()) ?? null,
		refetchInterval: lookEveryMs,
		placeholderData: (before) => before,
	});
	const { pinned, offered } = standing.data ?? {};
	const releases = useQuery({
		queryKey: ["releases", session?.pseudonym, pinned?.hash, offered?.hash],
		queryFn: async (): Promise<{ readonly pinned?: ReleaseView; readonly offered?: ReleaseView }> => {
			const ask = (hash: string | undefined) =>
				hash === undefined || hash === "" ? undefined : desk.release(hash, keptLedgers(localStorage)).catch(() => undefined);
			const [ofPinned, ofOffered] = [await ask(pinned?.hash), await ask(offered?.hash)];
			return { ...(ofPinned === undefined ? {} : { pinned: ofPinned }), ...(ofOffered === undefined ? {} : { offered: ofOffered }) };
		},
		enabled: pinned !== undefined,
	});
	const notice: BundleNotice | undefined = judgeBundle({
		standing: standing.data ?? undefined,
		events: seen,
		pinnedRelease: releases.data?.pinned,
		offeredRelease: releases.data?.offered,
		isJudged: releases.data !== undefined,
	});
	return { notice, pinned, release: releases.data?.pinned, isJudged: releases.data !== undefined };
}
