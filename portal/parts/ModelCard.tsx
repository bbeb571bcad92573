import type { RiskView } from "../core/deskTypes.ts";
import { inputName, type ModelTeller, tellChoice, tellProblem, tellShares, tellTerm, tellUncertainty, tellWarning } from "../core/modelWords.ts";
import type { Told } from "../core/nodeSentences.ts";
import { unitText } from "../core/units.ts";
import { modelDe } from "../texts/model/de.ts";
import { modelEn } from "../texts/model/en.ts";
import { fill } from "../texts/texts.ts";
import { NodeText } from "./NodeText.tsx";
import { usePortal } from "./PortalProvider.tsx";
import { RiskHead, RiskUnseen } from "./RiskHead.tsx";

const driversShown = 6;
const modelTexts = { en: modelEn, de: modelDe };

/** What the heart risk model says to whoever treats, from its codes: how likely, what drives it, what it rests on and could not see. Or why it says nothing. */
export function ModelCard({ risk }: { readonly risk: RiskView }) {
	const { texts } = usePortal();
	const teller = useTeller();
	const { drivers, notice } = risk;
	return (
		<div className="card">
			<RiskHead risk={risk} />
			<RiskUnseen risk={risk} />
			<Drivers drivers={drivers} teller={teller} />
			<Order risk={risk} teller={teller} />
			<Basis risk={risk} teller={teller} />
			<p className="faint">{texts.risk.advice}</p>
			<p className="faint">
				<NodeText sentence={notice} />
			</p>
		</div>
	);
}

function useTeller(): ModelTeller {
	const { texts, formats, language } = usePortal();
	const names: Readonly<Record<string, string>> = texts.classes;
	return { words: modelTexts[language], formats, language, classOf: (name) => names[name] ?? name };
}

function Drivers({ drivers, teller }: { readonly drivers: RiskView["drivers"]; readonly teller: ModelTeller }) {
	const { texts } = usePortal();
	if (drivers.length === 0) return null;
	const largest = Math.max(...drivers.map(({ logOdds }) => Math.abs(logOdds)));
	return (
		<>
			<h3>{texts.risk.drivers}</h3>
			<ul className="plain drivers">
				{drivers.slice(0, driversShown).map((driver) => {
					const { text, lang } = tellTerm(driver, teller);
					return (
						<li key={driver.term} lang={lang}>
							<span>{text}</span>
							<meter
								className={driver.logOdds > 0 ? "meter-up" : "meter-down"}
								min={0}
								max={largest}
								value={Math.abs(driver.logOdds)}
								aria-label={text}
							/>
							<span className="faint">{driver.logOdds > 0 ? texts.risk.raises : texts.risk.lowers}</span>
						</li>
					);
				})}
			</ul>
		</>
	);
}

function Basis({ risk, teller }: { readonly risk: RiskView; readonly teller: ModelTeller }) {
	const { texts, formats } = usePortal();
	const { status, problems, inputs, warnings, uncertainty, model, modelId, modelVersion } = risk;
	return (
		<details open={status === "refused"}>
			<summary>{texts.risk.basis}</summary>
			<Shares risk={risk} teller={teller} />
			<ul>
				{problems.map((problem) => (
					<Line key={`${problem.code} ${problem.input}`} told={tellProblem(problem, teller)} />
				))}
				{inputs.map(({ input, value, unit, date }) => (
					<li key={input}>
						{inputName(input, teller)}: {valueText(value, teller)} {unitText(unit, teller.language)} {date === "" ? "" : `(${formats.day(date)})`}
					</li>
				))}
				{warnings.map((warning) => (
					<Line key={`${warning.code} ${warning.input ?? ""} ${warning.ingredient ?? ""}`} told={tellWarning(warning, teller)} />
				))}
			</ul>
			<p>{tellChoice(model, teller)}</p>
			<Sentence told={tellUncertainty(uncertainty, teller)} />
			<p className="faint">
				{modelId} {modelVersion}
			</p>
		</details>
	);
}

/** Each share with its size: for whoever wants to check what the bars show. */
function Shares({ risk: { drivers }, teller }: { readonly risk: RiskView; readonly teller: ModelTeller }) {
	if (drivers.length === 0) return null;
	return (
		<ul>
			{tellShares(drivers, teller).map((sentence) => (
				<li key={sentence}>{sentence}</li>
			))}
		</ul>
	);
}

/** What raised and lowered it, in order: where sizes are not told, this is all that is said of what drives it. */
function Order({ risk: { raised, lowered }, teller }: { readonly risk: RiskView; readonly teller: ModelTeller }) {
	if (raised.length + lowered.length === 0) return null;
	const terms = (each: RiskView["raised"]) => each.map((term) => tellTerm(term, teller).text).join("; ");
	return (
		<ul>
			{raised.length === 0 ? null : <li>{fill(teller.words.raised, { terms: terms(raised) })}</li>}
			{lowered.length === 0 ? null : <li>{fill(teller.words.lowered, { terms: terms(lowered) })}</li>}
		</ul>
	);
}

function Line({ told: { text, lang } }: { readonly told: Told }) {
	return <li lang={lang}>{text}</li>;
}

function Sentence({ told: { text, lang } }: { readonly told: Told }) {
	return text === "" ? null : <p lang={lang}>{text}</p>;
}

function valueText(value: string, { words, formats }: ModelTeller): string {
	const number = Number(value);
	return words.values[value] ?? (value === "" || Number.isNaN(number) ? value : formats.number(number));
}
