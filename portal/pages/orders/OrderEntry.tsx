import { Badge, Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { type CardLine, parseCardText } from "../../core/cardText.ts";
import type { ChartAsk, RecordItem } from "../../core/deskTypes.ts";
import { type GuidanceTeller, type ToldCard, tellOrder } from "../../core/guidanceWords.ts";
import type { OrderAsk, OrderCard } from "../../core/orderDeskTypes.ts";
import { writeDates } from "../../core/writtenDates.ts";
import { useStaffTexts } from "../../parts/officer/useStaff.ts";
import { usePortal } from "../../parts/PortalProvider.tsx";
import { Failure } from "../../parts/States.tsx";
import { useSealedForm } from "../../parts/useSealedForm.ts";
import { drugName } from "../../texts/drugNames.ts";
import { fill, formatsOf, type Language } from "../../texts/texts.ts";

/** Shortest reason that goes against a card. */
const reasonMin = 10;
/** Names of the chart's own drugs that are offered. */
const ownMost = 40;

interface OrderEntryProps {
	readonly ask: ChartAsk;
	/** The chart as it was opened. */
	readonly items: readonly RecordItem[];
}

/** Choosing a drug, and what is to be known before it is signed. The model advises; the doctor goes along, or says why not. */
export function OrderEntry({ ask, items }: OrderEntryProps) {
	const { desk } = usePortal();
	const { orders: words } = useStaffTexts();
	const list = useId();
	const { form, change, settle } = useSealedForm("order", { drug: "" }, ask.localId);
	const { drug } = form;
	const [checked, setChecked] = useState<Pick<OrderAsk, "drug" | "hook">>();
	const known = useQuery({ queryKey: ["drugs"], queryFn: () => desk.drugs(), staleTime: Number.POSITIVE_INFINITY });
	const check = useMutation({
		mutationFn: (order: Pick<OrderAsk, "drug" | "hook">) => desk.checkOrder({ localId: ask.localId, relationship: ask.relationship, ...order }),
		onMutate: setChecked,
	});
	const own = [...new Set(items.filter(({ kind }) => kind === "medications").map(({ title }) => title))].slice(0, ownMost);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		check.mutate({ drug: drug.trim(), hook: "order-select" });
	};
	return (
		<section className="card" aria-labelledby={`${list}-title`}>
			<h2 id={`${list}-title`}>{words.title}</h2>
			<p>{words.lead}</p>
			<form className="filter" onSubmit={submit}>
				<TextInput
					className="wide"
					label={words.drug}
					description={words.drugWhy}
					value={drug}
					maxLength={200}
					list={list}
					autoComplete="off"
					onChange={(event) => change({ drug: event.currentTarget.value })}
				/>
				<datalist id={list}>
					{[...(known.data ?? []), ...own].map((name) => (
						<option key={name} value={name} />
					))}
				</datalist>
				<Button type="submit" disabled={drug.trim() === ""} loading={check.isPending}>
					{words.check}
				</Button>
			</form>
			{known.error === null ? null : <Failure error={known.error} onRetry={() => void known.refetch()} />}
			{check.error === null ? null : <Failure error={check.error} onRetry={() => checked !== undefined && check.mutate(checked)} />}
			{check.data === undefined || checked === undefined ? null : (
				<Cards
					key={`${checked.drug} ${checked.hook} ${check.submittedAt}`}
					ask={ask}
					order={checked}
					isGuided={check.data.isGuided}
					cards={check.data.cards}
					isChecking={check.isPending}
					onSettled={settle}
					onSign={() => check.mutate({ drug: checked.drug, hook: "order-sign" })}
				/>
			)}
			<p className="faint">{words.incomplete}</p>
		</section>
	);
}

interface CardsProps {
	readonly ask: ChartAsk;
	readonly order: Pick<OrderAsk, "drug" | "hook">;
	readonly isGuided: boolean;
	readonly cards: readonly OrderCard[];
	readonly isChecking: boolean;
	readonly onSign: () => void;
	/** Checked before signing, and each hint has its answer. */
	readonly onSettled: () => void;
}

function Cards({ ask, order, isGuided, cards, isChecking, onSign, onSettled }: CardsProps) {
	const { formats } = usePortal();
	const { orders: words } = useStaffTexts();
	const isSigning = order.hook === "order-sign";
	const [decided, setDecided] = useState<readonly string[]>([]);
	const open = isSigning ? cards.filter(({ insightHash }) => insightHash !== null && !decided.includes(insightHash)).length : 0;
	const isSettled = isSigning && open === 0;
	// biome-ignore lint/correctness/useExhaustiveDependencies: once, when the last answer is there
	useEffect(() => {
		if (isSettled) onSettled();
	}, [isSettled]);
	return (
		<>
			{cards.length > 0 ? null : <p role="status">{isGuided ? words.noHint : words.unknown}</p>}
			<ul className="rules">
				{cards.map((card) => (
					<li key={card.insightHash ?? card.summary}>
						<CardView card={card} ask={ask} drug={order.drug} mayDecide={isSigning} onDecided={(hash) => setDecided((before) => [...before, hash])} />
					</li>
				))}
			</ul>
			{isSigning ? (
				<p role="status">
					{open > 0 ? fill(words.open, { count: formats.number(open) }) : words.signed} {words.noOrder}
				</p>
			) : isGuided ? (
				<div className="actions">
					<Button variant="default" loading={isChecking} onClick={onSign}>
						{words.before}
					</Button>
				</div>
			) : null}
		</>
	);
}

const colours = { critical: "red", warning: "orange", info: "gray" } as const;

interface CardViewProps {
	readonly card: OrderCard;
	readonly ask: ChartAsk;
	readonly drug: string;
	readonly mayDecide: boolean;
	readonly onDecided: (insightHash: string) => void;
}

function CardView({ card, ask, drug, mayDecide, onDecided }: CardViewProps) {
	const { orders: words } = useStaffTexts();
	const { summary, lines, lang, source } = useCardText(card);
	const { indicator, insightHash } = card;
	return (
		<article className={`order-card order-${indicator}`} data-indicator={indicator}>
			<div className="access-top">
				<h3 lang={lang}>{summary}</h3>
				<Badge className="badge" color={colours[indicator]} variant="light">
					{words[indicator]}
				</Badge>
			</div>
			<details open={indicator === "critical"}>
				<summary>{words.details}</summary>
				<CardText lines={lines} lang={lang} />
			</details>
			<p className="faint">
				{card.source.url === undefined ? (
					fill(words.source, { source })
				) : (
					<a href={card.source.url} target="_blank" rel="noreferrer noopener">
						{fill(words.source, { source })}
					</a>
				)}
			</p>
			{mayDecide && insightHash !== null ? <Decision card={card} insightHash={insightHash} ask={ask} drug={drug} onDecided={onDecided} /> : null}
		</article>
	);
}

function CardText({ lines, lang }: { readonly lines: readonly CardLine[]; readonly lang: Language }) {
	return (
		<div lang={lang} className="card-text">
			{lines.map(({ isItem, parts }, at) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines of one text never change places
				<p key={at} className={isItem ? "card-item" : undefined}>
					{parts.map(({ text, isStrong }) => (isStrong ? <strong key={text}>{text}</strong> : text))}
				</p>
			))}
		</div>
	);
}

/** Words of guidelines in the reader's language; undefined in English, which the card itself speaks, and until they are there. */
function useGuidance(): GuidanceTeller | undefined {
	const { language, formats, texts } = usePortal();
	const { data } = useQuery({
		queryKey: ["guidance", language],
		queryFn: () => import("../../texts/guidance/de.ts").then(({ guidanceDe }) => guidanceDe),
		enabled: language === "de",
		staleTime: Number.POSITIVE_INFINITY,
	});
	if (language !== "de" || data === undefined) return undefined;
	const classes: Readonly<Record<string, string>> = texts.classes;
	return { words: data, formats, drugOf: (name) => drugName(name, language) ?? name, classOf: (name) => classes[name] ?? name };
}

/** The card from its codes in the reader's language; as the node wrote it, marked as English, where a code is not known here. */
function useCardText(card: OrderCard): ToldCard & { readonly lang: Language } {
	const teller = useGuidance();
	const told = teller === undefined || card.codes === null ? undefined : tellOrder(card.codes, teller);
	if (told !== undefined) return { ...told, lang: "de" };
	const written = (text: string) => writeDates(text, formatsOf("en"));
	const lines = parseCardText(card.detail).map((line) => ({ ...line, parts: line.parts.map((part) => ({ ...part, text: written(part.text) })) }));
	return { summary: written(card.summary), lines, source: written(card.source.label), lang: "en" };
}

interface DecisionProps {
	readonly card: OrderCard;
	readonly insightHash: string;
	readonly ask: ChartAsk;
	readonly drug: string;
	readonly onDecided: (insightHash: string) => void;
}

/** Once: accepted, or overridden with one of the reasons offered or one's own. */
function Decision({ card, insightHash, ask, drug, onDecided }: DecisionProps) {
	const { desk } = usePortal();
	const { orders: words } = useStaffTexts();
	const guidance = useGuidance();
	// Each check makes an insight of its own, with another hash: the hint itself says what a reason is about.
	const { form, change, settle } = useSealedForm("override", { chosen: "", own: "" }, JSON.stringify([ask.localId, drug, card.summary]));
	const { chosen, own } = form;
	const reason = (chosen === "" ? own : chosen).trim();
	const decision = useMutation({
		mutationFn: async (made: "accept" | "override") => {
			await desk.signOff({ ...ask, insightHash, decision: made, reason: made === "accept" ? "" : reason });
			return made;
		},
		onSuccess: () => {
			settle();
			onDecided(insightHash);
		},
	});
	if (decision.data !== undefined) return <p role="status">{decision.data === "accept" ? words.accepted : words.overridden}</p>;
	return (
		<div className="stack">
			<NativeSelect
				label={words.reason}
				value={chosen}
				onChange={(event) => change({ chosen: event.currentTarget.value })}
				data={[{ value: "", label: words.reasonOwn }, ...card.reasons.map((each) => ({ value: each, label: guidance?.words.reasons[each] ?? each }))]}
			/>
			{chosen === "" ? (
				<Textarea
					label={words.reasonOwn}
					description={words.reasonWhy}
					value={own}
					maxLength={800}
					onChange={(event) => change({ own: event.currentTarget.value.replaceAll(/[\r\n]+/g, " ") })}
				/>
			) : null}
			<div className="actions">
				<Button loading={decision.isPending} onClick={() => decision.mutate("accept")}>
					{words.accept}
				</Button>
				<Button variant="default" disabled={reason.length < reasonMin || decision.isPending} onClick={() => decision.mutate("override")}>
					{words.override}
				</Button>
			</div>
			{decision.error === null ? null : <Failure error={decision.error} />}
		</div>
	);
}
