import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useRecord } from "../parts/queries.ts";
import { RecordLists } from "../parts/RecordLists.tsx";
import { Loaded } from "../parts/States.tsx";
import { fill } from "../texts/texts.ts";

export function RecordPage() {
	const { texts } = usePortal();
	const { house } = useSession();
	const record = useRecord();
	return (
		<section>
			<h1>{texts.record.title}</h1>
			<p className="lead">{fill(texts.record.lead, { house: house.name })}</p>
			<Loaded query={record}>{(view) => <RecordLists view={view} />}</Loaded>
		</section>
	);
}
