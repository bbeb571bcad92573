import { Alert, Button } from "@mantine/core";
import { fill } from "../texts/texts.ts";
import { useReplacement, useStopReplacement } from "./accountQueries.ts";
import { usePortal } from "./PortalProvider.tsx";
import { Failure } from "./States.tsx";

/** Another key is to take over: whoever did not ask for it stops it here. */
export function Replacement() {
	const { texts, formats, house } = usePortal();
	const { data } = useReplacement();
	const stop = useStopReplacement();
	if (data === undefined || data === null) return null;
	return (
		<Alert color="red" variant="light" title={texts.keys.replaced} role="alert">
			<p>{fill(texts.keys.replacedWhy, { house: house?.name ?? "", date: formats.time(data) })}</p>
			{stop.error === null ? null : <Failure error={stop.error} />}
			<Button color="red" onClick={() => stop.mutate()} loading={stop.isPending}>
				{texts.keys.replacedStop}
			</Button>
		</Alert>
	);
}
