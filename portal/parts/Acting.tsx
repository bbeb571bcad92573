import { Alert, Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";
import { useHelpers } from "./queries.ts";

/** On every page, as long as somebody acts for another person: for whom, that it is written down, and the way back. */
export function Acting() {
	const { session } = usePortal();
	return session?.helped === undefined ? null : <ActsFor name={session.helped.name} />;
}

function ActsFor({ name }: { readonly name: string }) {
	const { texts, formats, actForOneself } = usePortal();
	const navigate = useNavigate();
	const { data } = useHelpers();
	const own = data?.helpers.find(({ key }) => key === data.signsBy);
	// Asked again whenever the ledger grows: an end shows at once, and not at the next refusal.
	const isOver = data !== undefined && (own === undefined || own.isOver);
	useEffect(() => {
		const before = document.title;
		document.title = `${fill(texts.helpers.forWhom, { name })} · ${before}`;
		return () => {
			document.title = before;
		};
	}, [name, texts]);
	const back = () => void actForOneself().then(() => navigate({ to: "/who-acts-for-me" }));
	return (
		<Alert
			className="acting"
			variant="default"
			title={fill(isOver ? texts.helpers.actsNoMore : texts.helpers.actsFor, { name })}
			role="status"
			data-acting={isOver ? "over" : "now"}
		>
			<p>
				{isOver ? null : fill(texts.helpers.actsHow, { name })}{" "}
				{isOver || own === undefined ? null : fill(texts.helpers.actsUntil, { date: formats.day(own.until) })}
			</p>
			<Button variant="default" onClick={back}>
				{texts.helpers.actsBack}
			</Button>
		</Alert>
	);
}
