import type { RiskView } from "../core/deskTypes.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

/** How a model's answer begins, for whoever treats and for the person alike: how likely it is, in percent and of a hundred people, or that there is no number. */
export function RiskHead({ risk: { status, risks } }: { readonly risk: RiskView }) {
	const { texts, formats } = usePortal();
	return (
		<>
			<h2>{texts.risk.title}</h2>
			{status === "refused" ? <p role="status">{texts.risk.refused}</p> : null}
			{risks.map(({ years, probability }) => (
				<p key={years} className="risk">
					<strong>{formats.percent(probability)}</strong>{" "}
					{fill(texts.risk.within, { years: formats.number(years), count: formats.number(Math.round(probability * 100)) })}
				</p>
			))}
		</>
	);
}

/** Kinds of data that the model could not see whole. */
export function RiskUnseen({ risk: { notAvailable } }: { readonly risk: RiskView }) {
	const { texts } = usePortal();
	if (notAvailable.length === 0) return null;
	return <p>{fill(texts.risk.unseen, { kinds: notAvailable.map((kind) => texts.classes[kind]).join(", ") })}</p>;
}
