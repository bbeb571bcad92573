import { Alert, Button, Radio, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { ChartAsk, RecordView } from "../core/deskTypes.ts";
import { noteVisit } from "../core/lastVisit.ts";
import { lazyPage } from "../parts/lazyPage.tsx";
import { ModelCard } from "../parts/ModelCard.tsx";
import { NewSince } from "../parts/NewSince.tsx";
import { NodeText } from "../parts/NodeText.tsx";
import { usePortal, useSession } from "../parts/PortalProvider.tsx";
import { RecordLists } from "../parts/RecordLists.tsx";
import { Failure, Loading } from "../parts/States.tsx";
import { useSealedForm } from "../parts/useSealedForm.ts";
import { useWords } from "../parts/useWords.ts";
import { clinicTexts } from "../texts/clinic/clinicTexts.ts";
import { fill } from "../texts/texts.ts";

const OrderEntry = lazyPage(() => import("./orders/OrderEntry.tsx").then((module) => module.OrderEntry));

/** Shortest reason that breaks the glass, and that overrides a model. */
const reasonMin = 10;

interface GlassForm {
	readonly purpose: "TREAT" | "ETREAT";
	readonly reason: string;
}

/** A patient's chart: first what for, then what was granted. Nothing is asked of the record before a purpose is chosen. */
export function ChartPage({ localId }: { readonly localId: string }) {
	const { desk } = usePortal();
	const words = useWords(clinicTexts);
	const { patients } = useSession();
	const patient = patients.find((each) => each.localId === localId);
	const { form, change, settle } = useSealedForm<GlassForm>("glass", { purpose: "TREAT", reason: "" }, localId);
	const { purpose, reason } = form;
	const [asked, setAsked] = useState<ChartAsk>();
	const chart = useMutation({
		onSuccess: settle,
		mutationFn: async (ask: ChartAsk) => {
			const view = await desk.chart(ask);
			// A refusal is no visit: whoever saw nothing has missed everything.
			const isSeen = view.classes.some(({ available }) => available);
			return { view, lastVisitMs: isSeen ? noteVisit(localStorage, view.visitKey, view.askedAtMs) : undefined };
		},
	});
	const isEmergency = purpose === "ETREAT";
	const open = () => {
		const ask: ChartAsk = { localId, relationship: patient?.relationship, emergencyReason: isEmergency ? reason.trim() : undefined };
		setAsked(ask);
		chart.mutate(ask);
	};
	return (
		<section>
			<h1>{patient?.name ?? `${words.clinic.patient} ${localId.slice(0, 8)}`}</h1>
			<fieldset className="card">
				<legend>{words.clinic.purpose}</legend>
				<Radio.Group aria-label={words.clinic.purpose} value={purpose} onChange={(value) => change({ purpose: value as GlassForm["purpose"] })}>
					<div className="stack">
						<Radio value="TREAT" label={words.clinic.treat} />
						<Radio value="ETREAT" label={words.clinic.emergency} />
					</div>
				</Radio.Group>
				{isEmergency ? (
					<Alert color="red" variant="light" title={words.clinic.glass}>
						<p>{words.clinic.glassWhy}</p>
						<Textarea
							label={words.clinic.reason}
							description={words.clinic.reasonWhy}
							value={reason}
							maxLength={500}
							onChange={(event) => change({ reason: event.currentTarget.value })}
						/>
					</Alert>
				) : null}
				<div className="actions">
					<Button
						color={isEmergency ? "red" : "teal"}
						disabled={isEmergency && reason.trim().length < reasonMin}
						loading={chart.isPending}
						onClick={open}
					>
						{isEmergency ? words.clinic.break : words.clinic.openChart}
					</Button>
				</div>
			</fieldset>
			{chart.isPending ? <Loading /> : null}
			{chart.error === null ? null : <Failure error={chart.error} onRetry={open} />}
			{chart.data === undefined ? null : (
				<Chart {...chart.data}>
					{asked === undefined || asked.emergencyReason !== undefined ? null : (
						<>
							<OrderEntry ask={asked} items={chart.data.view.items} />
							<Risk ask={asked} />
						</>
					)}
				</Chart>
			)}
		</section>
	);
}

interface ChartParameters {
	readonly view: RecordView;
	/** Absent at a first visit: then everything is new. */
	readonly lastVisitMs: number | undefined;
	readonly children: ReactNode;
}

function Chart({ view, lastVisitMs, children }: ChartParameters) {
	const { texts } = usePortal();
	const words = useWords(clinicTexts);
	const closed = view.classes.filter(({ available }) => !available);
	const partly = view.classes.filter(({ available, restricted }) => available && restricted);
	const names = (classes: typeof closed) => classes.map((each) => texts.classes[each.class]).join(", ");
	return (
		<>
			<Alert color="yellow" variant="light" role="status">
				<p>
					<NodeText sentence={view.notice} />
				</p>
				{closed.length === 0 ? null : <p>{fill(words.clinic.closed, { kinds: names(closed) })}</p>}
				{partly.length === 0 ? null : <p>{fill(words.clinic.partly, { kinds: names(partly) })}</p>}
			</Alert>
			{lastVisitMs === undefined ? null : <NewSince items={view.items} sinceMs={lastVisitMs} />}
			{children}
			<RecordLists view={view} />
		</>
	);
}

/** The model advises, the clinician decides: accepted or overridden with a reason, and the decision is on the log. */
function Risk({ ask }: { readonly ask: ChartAsk }) {
	const { desk } = usePortal();
	const words = useWords(clinicTexts);
	const { form, change, settle } = useSealedForm("risk", { reason: "" }, ask.localId);
	const { reason } = form;
	const risk = useMutation({ mutationFn: () => desk.risk(ask) });
	const decision = useMutation({
		mutationFn: async ({ decision, reason, insightHash }: { decision: "accept" | "override"; reason: string; insightHash: string }) => {
			await desk.signOff({ ...ask, insightHash, decision, reason });
			return decision;
		},
		onSuccess: settle,
	});
	const { data } = risk;
	return (
		<>
			<div className="actions">
				<Button variant="default" loading={risk.isPending} onClick={() => risk.mutate()}>
					{words.clinic.askModel}
				</Button>
			</div>
			{risk.error === null ? null : <Failure error={risk.error} />}
			{data === undefined ? null : <ModelCard risk={data} />}
			{data?.status !== "computed" || decision.data !== undefined ? null : (
				<div className="card">
					<Textarea
						label={words.clinic.why}
						description={words.clinic.whyWhy}
						value={reason}
						onChange={(event) => change({ reason: event.currentTarget.value })}
					/>
					<div className="actions">
						<Button
							loading={decision.isPending}
							onClick={() => decision.mutate({ decision: "accept", reason: reason.trim(), insightHash: data.insightHash })}
						>
							{words.clinic.accept}
						</Button>
						<Button
							variant="default"
							disabled={reason.trim().length < reasonMin || decision.isPending}
							onClick={() => decision.mutate({ decision: "override", reason: reason.trim(), insightHash: data.insightHash })}
						>
							{words.clinic.override}
						</Button>
					</div>
				</div>
			)}
			{decision.error === null ? null : <Failure error={decision.error} />}
			{decision.data === undefined ? null : <p role="status">{decision.data === "accept" ? words.clinic.accepted : words.clinic.overridden}</p>}
		</>
	);
}
