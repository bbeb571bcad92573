import { Alert, Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { ConsentId } from "#base";
import { usePortal } from "./PortalProvider.tsx";
import { useRevoke } from "./queries.ts";
import { Failure } from "./States.tsx";

/** Ends a rule in two clicks; what is signed stands beside the second. */
export function StopRule({ consentId, what, children }: { readonly consentId: ConsentId; readonly what?: string; readonly children?: ReactNode }) {
	const { texts } = usePortal();
	const [isAsking, setAsking] = useState(false);
	const revoke = useRevoke();
	return (
		<div className="rule-actions">
			{isAsking ? (
				<Alert color="orange" variant="light" title={texts.sharing.stop} role="alert">
					<p>{what ?? texts.sharing.stopWhat}</p>
					<div className="actions">
						<Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate(consentId)} autoFocus>
							{texts.sharing.stopSure}
						</Button>
						<Button variant="default" disabled={revoke.isPending} onClick={() => setAsking(false)}>
							{texts.sharing.stopKeep}
						</Button>
					</div>
				</Alert>
			) : (
				<div className="actions">
					<Button variant="outline" color="red" onClick={() => setAsking(true)}>
						{texts.sharing.stop}
					</Button>
					{children}
				</div>
			)}
			{revoke.error === null ? null : <Failure error={revoke.error} />}
		</div>
	);
}
