import { Alert } from "@mantine/core";
import type { HistorySummary } from "../core/deskTypes.ts";
import { fill, type Texts } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

const colours = { verified: "green", "signed by one party": "yellow", refused: "red" } as const;

/** The code of a check that failed, as a sentence. */
export function faultOf(code: string, texts: Texts): string {
	return (texts.faults as Readonly<Record<string, string>>)[code] ?? code;
}

/** What was found, in colour and words: green only when everything was checked here and enough other members signed. */
export function Verdict({ summary, brief = false }: { readonly summary: HistorySummary; readonly brief?: boolean }) {
	const { texts, formats } = usePortal();
	const { verdict, cosignatures, checks } = summary;
	const title = { verified: texts.looked.verified, "signed by one party": texts.looked.oneParty, refused: texts.looked.refused }[verdict];
	const why = { verified: texts.looked.verifiedWhy, "signed by one party": texts.looked.onePartyWhy, refused: texts.looked.refusedWhy }[verdict];
	const failed = checks.find(({ ok }) => !ok);
	const isBrief = brief && verdict !== "refused";
	const body = (
		<>
			{isBrief ? null : <p>{fill(why, { found: formats.number(cosignatures.found), asked: formats.number(cosignatures.asked) })}</p>}
			{failed === undefined ? null : (
				<p>
					<strong>{faultOf(failed.code, texts)}</strong> <span className="faint">({failed.code})</span>
				</p>
			)}
		</>
	);
	return (
		<Alert
			color={colours[verdict]}
			variant="light"
			title={`${verdict === "verified" ? "✓" : "!"} ${title}`}
			role={verdict === "refused" ? "alert" : "status"}
			data-verdict={verdict}
		>
			{isBrief && failed === undefined ? undefined : body}
		</Alert>
	);
}
