import type { RiskView } from "../core/deskTypes.ts";
import { fill } from "../texts/texts.ts";
import { NodeText } from "./NodeText.tsx";
import { usePortal } from "./PortalProvider.tsx";

const driversShown = 6;
const percent = (probability: number) => Math.round(probability * 1_000) / 10;

/** What the model says: how likely, what drives it, what it rests on, what it could not see. Or why it says nothing. */
export function RiskCard({ risk, isClinician = false }: { readonly risk: RiskView; readonly isClinician?: boolean }) {
	const { texts, formats } = usePortal();
	const {
		status,
		risks,
		drivers,
		patientWords,
		clinicianWords,
		inputs,
		problems,
		warnings,
		uncertainty,
		notAvailable,
		notice,
		modelId,
		modelVersion,
	} = risk;
	const words = isClinician ? clinicianWords : patientWords;
	const largest = Math.max(...drivers.map(({ logOdds }) => Math.abs(logOdds)), Number.MIN_VALUE);
	return (
		<div className="card">
			<h2>{texts.risk.title}</h2>
			{status === "refused" ? <p role="status">{texts.risk.refused}</p> : null}
			{risks.map(({ years, probability }) => (
				<p key={years} className="risk">
					<strong>{formats.number(percent(probability))} %</strong> {fill(texts.risk.within, { years, count: Math.round(probability * 100) })}
				</p>
			))}
			{notAvailable.length === 0 ? null : <p>{fill(texts.risk.unseen, { kinds: notAvailable.map((kind) => texts.classes[kind]).join(", ") })}</p>}
			<ul>
				{words.map((sentence) => (
					<li key={sentence}>
						<NodeText sentence={sentence} />
					</li>
				))}
			</ul>
			{!isClinician || drivers.length === 0 ? null : (
				<>
					<h3>{texts.risk.drivers}</h3>
					<ul className="plain drivers" lang="en">
						{drivers.slice(0, driversShown).map(({ label, logOdds }) => (
							<li key={label}>
								<span>{label}</span>
								<meter className={logOdds > 0 ? "meter-up" : "meter-down"} min={0} max={largest} value={Math.abs(logOdds)} aria-label={label} />
								<span className="faint">{logOdds > 0 ? texts.risk.raises : texts.risk.lowers}</span>
							</li>
						))}
					</ul>
				</>
			)}
			<details open={status === "refused"}>
				<summary>{texts.risk.basis}</summary>
				<ul lang="en">
					{problems.map((problem) => (
						<li key={problem}>{problem}</li>
					))}
					{inputs.map(({ input, value, unit, date }) => (
						<li key={input}>
							{input}: {value} {unit} {date === "" ? "" : `(${date})`}
						</li>
					))}
					{warnings.map((warning) => (
						<li key={warning}>{warning}</li>
					))}
				</ul>
				<p lang="en">{uncertainty}</p>
				<p className="faint">
					{modelId} {modelVersion}
				</p>
			</details>
			<p className="faint">{texts.risk.advice}</p>
			<p className="faint">
				<NodeText sentence={notice} />
			</p>
		</div>
	);
}
