import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { OpenSitting } from "../core/accountTypes.ts";
import { sittingTexts } from "../texts/sittings/sittingTexts.ts";
import { fill } from "../texts/texts.ts";
import { useAccount, useAccountAct } from "./accountQueries.ts";
import { usePortal, useSession } from "./PortalProvider.tsx";
import { Failure } from "./States.tsx";

/** Which of the list this page is. */
function useOwnSitting(): string | undefined {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({ queryKey: ["person", "sitting", pseudonym], queryFn: () => desk.ownSitting() }).data;
}

/** Where one's key is open: one place is closed, or all but this. */
export function Sittings({ sittings }: { readonly sittings: readonly OpenSitting[] }) {
	const { language } = usePortal();
	const words = sittingTexts[language];
	const own = useOwnSitting();
	const act = useAccountAct();
	return (
		<div className="card">
			<h2>{words.title}</h2>
			<div className="stack">
				<p>{words.why}</p>
				<ul className="plain">
					{sittings.map((sitting) => (
						<li key={sitting.id} className="item">
							<Sitting sitting={sitting} isOwn={sitting.id === own} onClose={() => act.mutate({ act: "end-sitting", of: sitting.id })} />
						</li>
					))}
				</ul>
				{sittings.every(({ id }) => id === own) ? <p className="state">{words.none}</p> : null}
				{act.error === null ? null : <Failure error={act.error} />}
				<CloseOthers sittings={sittings} />
			</div>
		</div>
	);
}

interface SittingProps {
	readonly sitting: OpenSitting;
	readonly isOwn: boolean;
	readonly onClose: () => void;
}

function Sitting({ sitting: { by, device, atMs, seenAtMs }, isOwn, onClose }: SittingProps) {
	const { language, formats } = usePortal();
	const words = sittingTexts[language];
	const way = { passkey: words.byPasskey, passphrase: words.byPassphrase, provider: words.byProvider }[by];
	const name = `${device === "" ? words.unknown : device}, ${way}`;
	return (
		<>
			<p>
				<strong>{name}</strong>
				{isOwn ? ` (${words.here})` : ""}
			</p>
			<p className="faint">{fill(words.since, { date: formats.time(atMs), seen: formats.time(seenAtMs) })}</p>
			{isOwn ? null : (
				<p className="actions">
					<Button variant="default" onClick={onClose} aria-label={`${words.close}: ${name}`}>
						{words.close}
					</Button>
				</p>
			)}
		</>
	);
}

function CloseOthers({ sittings }: { readonly sittings: readonly OpenSitting[] }) {
	const { language } = usePortal();
	const words = sittingTexts[language];
	const own = useOwnSitting() ?? "";
	const act = useAccountAct();
	if (act.isSuccess) {
		return (
			<Alert color="green" variant="light" role="status">
				{words.closed}
			</Alert>
		);
	}
	// Without a place of its own (24 words, the demonstration) this page has none to keep: signing out everywhere is below.
	if (!sittings.some(({ id }) => id === own) || sittings.length < 2) return null;
	return (
		<>
			{act.error === null ? null : <Failure error={act.error} />}
			<p>
				<Button variant="default" onClick={() => act.mutate({ act: "end-other-sittings", of: own })} loading={act.isPending}>
					{words.closeOthers}
				</Button>
			</p>
		</>
	);
}

/** Offered when a way to the key came or went: whoever used the former one may still have the key open. */
export function AfterChange({ sittings }: { readonly sittings: readonly OpenSitting[] }) {
	const { language } = usePortal();
	if (sittings.length < 2) return null;
	return (
		<Alert color="yellow" variant="light" role="status">
			<p>{sittingTexts[language].changed}</p>
			<CloseOthers sittings={sittings} />
		</Alert>
	);
}

/** A safety copy was brought back, and the node cannot tell any more which ways had been removed. */
export function ReviewWays({ isHere = false }: { readonly isHere?: boolean }) {
	const { language, house } = usePortal();
	const words = sittingTexts[language];
	const act = useAccountAct();
	const since = useAccount().data?.reviewSinceMs ?? null;
	if (since === null) return null;
	return (
		<Alert color="red" variant="light" title={words.reviewTitle} role="alert">
			<p>{fill(words.reviewWhy, { house: house?.name ?? "" })}</p>
			{act.error === null ? null : <Failure error={act.error} />}
			{isHere ? (
				<Button onClick={() => act.mutate({ act: "reviewed" })} loading={act.isPending}>
					{words.reviewDone}
				</Button>
			) : (
				<Link to="/my-key">{words.reviewGo}</Link>
			)}
		</Alert>
	);
}
