import { BundleCard } from "../parts/BundleBanner.tsx";
import { CheckCopy } from "../parts/CheckCopy.tsx";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";

export function Proofs() {
	const { texts } = usePortal();
	const { genesis, pseudonym, consortium } = useSession();
	const { lead, chain, grow, sign, keep } = texts.proofs;
	const members = genesis.members.filter(({ witness }) => witness !== undefined);
	return (
		<section>
			<h1>{texts.proofs.title}</h1>
			<p className="lead">{lead}</p>
			<ol className="card list">
				{[chain, grow, sign, keep].map((text) => (
					<li key={text}>{text}</li>
				))}
			</ol>
			<h2>{texts.proofs.not}</h2>
			<ul className="card list">
				<li>{texts.looked.limit}</li>
				<li>{texts.proofs.notAfter}</li>
				<li>{texts.proofs.notScript}</li>
			</ul>
			<BundleCard />
			<h2>{texts.copy.title}</h2>
			<CheckCopy />
			<h2>{texts.proofs.pins}</h2>
			<dl className="card pins">
				<dt>{texts.proofs.you}</dt>
				<dd>
					<code>{pseudonym}</code>
				</dd>
				{consortium === undefined ? (
					<>
						<dt>{texts.proofs.pinLedger}</dt>
						<dd>
							<code>{genesis.sealer}</code>
						</dd>
						<dt>{texts.proofs.pinMembers}</dt>
						{members.map(({ id, name, witness }) => (
							<dd key={id}>
								{name} <code>{witness}</code>
							</dd>
						))}
					</>
				) : (
					<>
						<dt>{texts.proofs.pinValidators}</dt>
						<dd>
							<code>{"hash" in consortium.pin ? `${consortium.pin.height} ${consortium.pin.hash}` : consortium.pin.validatorsHash}</code>
						</dd>
					</>
				)}
			</dl>
		</section>
	);
}
