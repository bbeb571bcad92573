import { BundleCard } from "../parts/BundleBanner.tsx";
import { CheckCopy } from "../parts/CheckCopy.tsx";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useWords } from "../parts/useWords.ts";
import { proofsTexts } from "../texts/proofs/proofsTexts.ts";

export function Proofs() {
	const { texts } = usePortal();
	const words = useWords(proofsTexts);
	const { genesis, pseudonym, consortium } = useSession();
	const { lead, chain, grow, sign, keep } = words.proofs;
	const members = genesis.members.filter(({ witness }) => witness !== undefined);
	return (
		<section>
			<h1>{words.proofs.title}</h1>
			<p className="lead">{lead}</p>
			<ol className="card list">
				{[chain, grow, sign, keep].map((text) => (
					<li key={text}>{text}</li>
				))}
			</ol>
			<h2>{words.proofs.not}</h2>
			<ul className="card list">
				<li>{texts.looked.limit}</li>
				<li>{words.proofs.notAfter}</li>
				<li>{words.proofs.notScript}</li>
			</ul>
			<BundleCard />
			<h2>{words.copy.title}</h2>
			<CheckCopy />
			<h2>{words.proofs.pins}</h2>
			<dl className="card pins">
				<dt>{words.proofs.you}</dt>
				<dd>
					<code>{pseudonym}</code>
				</dd>
				{consortium === undefined ? (
					<>
						<dt>{words.proofs.pinLedger}</dt>
						<dd>
							<code>{genesis.sealer}</code>
						</dd>
						<dt>{words.proofs.pinMembers}</dt>
						{members.map(({ id, name, witness }) => (
							<dd key={id}>
								{name} <code>{witness}</code>
							</dd>
						))}
					</>
				) : (
					<>
						<dt>{words.proofs.pinValidators}</dt>
						<dd>
							<code>{"hash" in consortium.pin ? `${consortium.pin.height} ${consortium.pin.hash}` : consortium.pin.validatorsHash}</code>
						</dd>
					</>
				)}
			</dl>
		</section>
	);
}
