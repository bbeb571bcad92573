import type { RiskView } from "../core/deskTypes.ts";
import { sizeOf } from "../core/riskFactors.ts";
import { unitText } from "../core/units.ts";
import { fill } from "../texts/texts.ts";
import { type Portal, usePortal } from "./PortalProvider.tsx";
import { RiskHead, RiskUnseen } from "./RiskHead.tsx";

/** What the model says to the person whose risk it is, in their language: how likely, what drives it, what it could not see, or why it says nothing. */
export function MyRisk({ risk }: { readonly risk: RiskView }) {
	const { texts, formats } = usePortal();
	const { parts, modelId, modelVersion } = risk;
	return (
		<div className="card">
			<RiskHead risk={risk} />
			{parts.length === 0 ? null : (
				<ul>
					{parts.map(({ outcome, years, probability }) => (
						<li key={outcome}>{fill(texts.myRisk.parts[outcome], { years: formats.number(years), percent: formats.percent(probability) })}</li>
					))}
				</ul>
			)}
			<RiskUnseen risk={risk} />
			<Drivers risk={risk} />
			<Basis risk={risk} />
			<p className="faint">{texts.risk.advice}</p>
			<p className="faint">
				{modelId} {modelVersion}
			</p>
		</div>
	);
}

function Drivers({ risk: { factors } }: { readonly risk: RiskView }) {
	const { texts } = usePortal();
	if (factors.length === 0) return null;
	const largest = Math.max(...factors.map(({ logOdds }) => Math.abs(logOdds)));
	return (
		<>
			<h3>{texts.risk.drivers}</h3>
			<p>{texts.myRisk.against}</p>
			<ul className="plain drivers">
				{factors.map(({ factor, logOdds }) => (
					<li key={factor} data-factor={factor}>
						<span>{texts.myRisk.factors[factor]}</span>
						<meter
							className={logOdds > 0 ? "meter-up" : "meter-down"}
							min={0}
							max={largest}
							value={Math.abs(logOdds)}
							aria-label={texts.myRisk.factors[factor]}
						/>
						<span className="faint">
							{logOdds > 0 ? texts.risk.raises : texts.risk.lowers}, {texts.myRisk.sizes[sizeOf(logOdds)]}
						</span>
					</li>
				))}
			</ul>
			<p>{texts.myRisk.keep}</p>
		</>
	);
}

/** A code that has no words of its own stands as it is: nothing that the model says is left out. */
function wordsOf(codes: Readonly<Record<string, string>>, code: string): string {
	return Object.hasOwn(codes, code) ? (codes[code] as string) : code;
}

function Basis({ risk: { status, reasons, warned, inputs } }: { readonly risk: RiskView }) {
	const portal = usePortal();
	const { texts, formats } = portal;
	const { myRisk } = texts;
	return (
		<details open={status === "refused"}>
			<summary>{texts.risk.basis}</summary>
			<ul>
				{reasons.map(({ code, input }) => (
					<li key={`${code}${input}`}>{fill(wordsOf(myRisk.problems, code), { input: wordsOf(myRisk.inputs, input) })}</li>
				))}
				{inputs.map(({ input, value, unit, date }) => (
					<li key={input}>
						{wordsOf(myRisk.inputs, input)}: {numberOr(value, portal)} {unitText(unit, portal.language)} {date === "" ? "" : `(${formats.day(date)})`}
					</li>
				))}
				{warned.map((code) => (
					<li key={code}>{wordsOf(myRisk.warnings, code)}</li>
				))}
			</ul>
			{status === "refused" ? null : <p>{myRisk.uncertain}</p>}
		</details>
	);
}

function numberOr(value: string, { texts, formats }: Portal): string {
	const number = Number(value);
	return value === "" || Number.isNaN(number) ? wordsOf(texts.myRisk.values, value) : formats.number(number);
}
