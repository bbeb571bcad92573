import { Alert, Button } from "@mantine/core";
import { meaningsOf } from "../core/geneWords.ts";
import type { GeneItem, GenesView } from "../core/patientDeskTypes.ts";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { useGenes } from "../parts/queries.ts";
import { Loaded } from "../parts/States.tsx";
import { useWords } from "../parts/useWords.ts";
import { drugName } from "../texts/drugNames.ts";
import { genesTexts } from "../texts/genes/genesTexts.ts";
import { fill, type Language } from "../texts/texts.ts";

/** The passport: genes, what they mean, and the drugs to speak about. Made to be printed and shown. */
export function Genes() {
	const { texts } = usePortal();
	const words = useWords(genesTexts);
	const { actor, helped } = useSession();
	const genes = useGenes();
	return (
		<section>
			<h1>{texts.app.genes}</h1>
			<p className="to-print">{helped?.name ?? actor.name}</p>
			<p className="lead">{words.genes.lead}</p>
			<p>
				<strong>{words.genes.stop}</strong>
			</p>
			<Loaded query={genes}>{(view) => <Passport view={view} />}</Loaded>
		</section>
	);
}

function Passport({ view }: { readonly view: GenesView }) {
	const words = useWords(genesTexts);
	const { genes, unreadable, withoutResult, classes } = view;
	const verdict = classes.find((each) => each.class === "genomics");
	if (verdict?.status !== "released") return <p className="state">{words.genes.closed}</p>;
	if (genes.length + unreadable.length === 0) return <p className="state">{words.genes.none}</p>;
	return (
		<>
			<div className="actions not-to-print">
				<Button variant="default" onClick={() => print()}>
					{words.genes.print}
				</Button>
			</div>
			{verdict.restricted === true ? <p className="state">{words.genes.partly}</p> : null}
			<h2>{words.genes.mine}</h2>
			<ul className="rules">
				{genes.map((gene) => (
					<Gene key={gene.gene} item={gene} />
				))}
			</ul>
			{unreadable.length === 0 ? null : (
				<Alert color="yellow" variant="light" role="status">
					{words.genes.unread} {unreadable.join(", ")}
				</Alert>
			)}
			{withoutResult.length === 0 ? null : (
				<p>
					<strong>{words.genes.unknown}</strong> {withoutResult.join(", ")}
				</p>
			)}
			<OtherDrugs view={view} />
			<Source view={view} />
		</>
	);
}

function Gene({ item }: { readonly item: GeneItem }) {
	const { formats } = usePortal();
	const words = useWords(genesTexts);
	const { gene, results, phenotypes, isOrdinary, drugs, effective, coverage, earlier } = item;
	const meanings = meaningsOf(gene, phenotypes, words);
	const { positions, missing, assumedReference } = coverage ?? { positions: 0, missing: 0, assumedReference: 0 };
	const isKnown = phenotypes.length > 0 && !phenotypes.includes(null);
	const facts = [
		effective === null ? words.genes.undated : fill(words.genes.tested, { date: formats.day(effective.slice(0, 10)) }),
		...(missing === 0 ? [] : [fill(words.genes.missing, { missing: formats.number(missing), positions: formats.number(positions) })]),
		...(assumedReference === 0
			? []
			: [fill(words.genes.assumed, { assumed: formats.number(assumedReference), positions: formats.number(positions) })]),
	];
	return (
		<li className={`card rule gene${drugs.length > 0 ? " gene-speak" : ""}`} data-gene={gene}>
			<div className="rule-top">
				<h3>{gene}</h3>
				<code>{results.join(", ")}</code>
			</div>
			{meanings.length > 1 && !gene.startsWith("HLA") ? <p>{words.genes.oneOf}</p> : null}
			{meanings.map((meaning) => (
				<p key={meaning}>
					{meaning}
					{isOrdinary && missing + assumedReference > 0 ? ` ${words.genes.seen}` : ""}
				</p>
			))}
			{drugs.length > 0 ? (
				<p>
					<strong>{words.genes.speak}</strong> <Drugs names={drugs} />
				</p>
			) : (
				<p className="faint">{isKnown ? words.genes.noDrug : words.genes.noDrugUnknown}</p>
			)}
			{earlier.length === 0 ? null : <p role="note">{fill(words.genes.earlier, { results: earlier.join("; ") })}</p>}
			<p className="faint">{facts.join(" · ")}</p>
		</li>
	);
}

/** A name that a language has no word for stands as the tables have it. */
function Drugs({ names }: { readonly names: readonly string[] }) {
	const { language } = usePortal();
	return inLanguage(names, language).join(", ");
}

function inLanguage(names: readonly string[], language: Language): readonly string[] {
	return names.map((name) => drugName(name, language) ?? name).toSorted((one, other) => one.localeCompare(other, language));
}

function OtherDrugs({ view: { others } }: { readonly view: GenesView }) {
	const words = useWords(genesTexts);
	const lists = [
		[words.genes.more, others.more],
		[words.genes.usual, others.usual],
		[words.genes.unknownDrugs, others.unknown],
		[words.genes.silent, others.silent],
	] as const;
	return (
		<div className="card">
			<h2>{words.genes.others}</h2>
			{lists
				.filter(([, names]) => names.length > 0)
				.map(([title, names]) => (
					<p key={title}>
						<strong>{title}:</strong> <Drugs names={names} />
					</p>
				))}
		</div>
	);
}

function Source({ view: { guidelinesAsOf, isStale, allelesVersion, guidanceVersion } }: { readonly view: GenesView }) {
	const { formats } = usePortal();
	const words = useWords(genesTexts);
	return (
		<>
			<p className="faint">
				{fill(words.genes.source, { dates: guidelinesAsOf.map((day) => formats.day(day)).join(", ") })}{" "}
				{isStale ? <strong>{words.genes.stale}</strong> : null} {words.genes.limit}
			</p>
			<p className="faint">{fill(words.genes.versions, { alleles: allelesVersion.slice(0, 12), guidance: guidanceVersion.slice(0, 12) })}</p>
		</>
	);
}
