import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { fill } from "../../texts/texts.ts";
import { usePortal, useSession } from "../PortalProvider.tsx";
import { Loading, sentenceOf } from "../States.tsx";
import { OfficerFailure } from "./OfficerFailure.tsx";
import { useStaffTexts } from "./useStaff.ts";
import { isRefused } from "./useWatch.ts";

interface OverseenProps<Data> {
	readonly name: string;
	readonly ask: () => Promise<Data>;
	readonly children: (data: Data) => ReactNode;
}

/** What an officer asked for: loading, refused, failed, there, or there with its age. Each look is on the log, so none is made by itself. */
export function Overseen<Data>({ name, ask, children }: OverseenProps<Data>) {
	const { texts, formats } = usePortal();
	const { common, health } = useStaffTexts();
	const { pseudonym } = useSession();
	const { data, error, isFetching, refetch, dataUpdatedAt } = useQuery({
		queryKey: ["person", "oversight", name, pseudonym],
		queryFn: ask,
		staleTime: 0,
	});
	const again = () => void refetch();
	if (isRefused(error)) return <OfficerFailure error={error} />;
	if (data === undefined) return error === null || isFetching ? <Loading /> : <OfficerFailure error={error} onRetry={again} />;
	return (
		<>
			{error === null ? null : (
				<Alert color="yellow" variant="light" role="status">
					<p>{texts.state.stale.replace("{date}", formats.time(dataUpdatedAt))}</p>
					<p>{sentenceOf(error, texts)}</p>
				</Alert>
			)}
			<div className="actions not-to-print">
				<Button variant="default" loading={isFetching} onClick={again}>
					{health.again}
				</Button>
				<span className="faint">{fill(common.asOf, { date: formats.time(dataUpdatedAt) })}</span>
			</div>
			{children(data)}
		</>
	);
}
