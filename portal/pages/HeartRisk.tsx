import { MyRisk } from "../parts/MyRisk.tsx";
import { usePortal } from "../parts/PortalProvider.tsx";
import { useRisk } from "../parts/queries.ts";
import { Loaded } from "../parts/States.tsx";

export function HeartRisk() {
	const { texts } = usePortal();
	const risk = useRisk();
	return (
		<section>
			<h1>{texts.app.risk}</h1>
			<p className="lead">{texts.risk.lead}</p>
			<Loaded query={risk}>{(view) => <MyRisk risk={view} />}</Loaded>
		</section>
	);
}
