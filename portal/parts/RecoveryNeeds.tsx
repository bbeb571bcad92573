import { Alert } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { fill } from "../texts/texts.ts";
import { useAccount } from "./accountQueries.ts";
import { lazyPage } from "./lazyPage.tsx";
import { usePortal, useSession } from "./PortalProvider.tsx";

/** Rare: its words come when they are needed. */
const ReviewWays = lazyPage(() => import("./Sittings.tsx").then((module) => module.ReviewWays));

/** What stands between a person and losing their key: said on the first page until there are two ways to it. */
export function RecoveryNeeds() {
	const { texts, formats, house } = usePortal();
	const { isOwnSitting, helped } = useSession();
	const { data } = useAccount();
	// The demonstration hands its people their keys: they can lose none.
	if (!isOwnSitting || helped !== undefined || data === undefined) return null;
	const { copies, waitsUntilMs, reviewSinceMs } = data;
	if (reviewSinceMs !== null) return <ReviewWays />;
	if (waitsUntilMs !== null) {
		return (
			<Alert color="yellow" variant="light" title={texts.keys.waits} role="status">
				<p>{fill(texts.keys.waitsWhy, { house: house?.name ?? "", date: formats.time(waitsUntilMs) })}</p>
			</Alert>
		);
	}
	if (copies.length > 1) return null;
	return (
		<Alert color="yellow" variant="light" title={copies.length === 0 ? texts.keys.needNone : texts.keys.needOne} role="status">
			<p>{texts.keys.needWhy}</p>
			<Link to="/my-key">{texts.keys.toKeys}</Link>
		</Alert>
	);
}

/** Whether {@link RecoveryNeeds} shows anything. */
export function useNeedsRecovery(): boolean {
	const { isOwnSitting, helped } = useSession();
	const { data } = useAccount();
	return (
		isOwnSitting &&
		helped === undefined &&
		data !== undefined &&
		(data.copies.length < 2 || data.waitsUntilMs !== null || data.reviewSinceMs !== null)
	);
}
