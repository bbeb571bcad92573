import { Button, Radio, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ListedReview } from "../../core/officerDeskTypes.ts";
import { OfficerFailure } from "../../parts/officer/OfficerFailure.tsx";
import { Overseen } from "../../parts/officer/Overseen.tsx";
import { useNameOf, useStaffTexts } from "../../parts/officer/useStaff.ts";
import { usePortal } from "../../parts/PortalProvider.tsx";
import { useSealedForm } from "../../parts/useSealedForm.ts";
import { fill } from "../../texts/texts.ts";

/** Shortest note that closes a review: the patient is to learn why. */
const noteMin = 10;

/** Emergencies that wait for somebody to say whether they were right. */
export function Reviews() {
	const { desk } = usePortal();
	const { reviews: words } = useStaffTexts();
	return (
		<section>
			<h1>{words.title}</h1>
			<p className="lead">{words.lead}</p>
			<Overseen name="reviews" ask={() => desk.reviews()}>
				{(reviews) => <Lists reviews={reviews} />}
			</Overseen>
		</section>
	);
}

function Lists({ reviews }: { readonly reviews: readonly ListedReview[] }) {
	const { formats } = usePortal();
	const { reviews: words } = useStaffTexts();
	const open = reviews.filter(({ status }) => status === "open");
	const closed = reviews.filter(({ status }) => status !== "open");
	return (
		<>
			<h2>{fill(words.open, { count: formats.number(open.length) })}</h2>
			{open.length === 0 ? <p className="state">{words.noneOpen}</p> : null}
			<ul className="rules">
				{open.map((review) => (
					<Review key={review.id} review={review} />
				))}
			</ul>
			{closed.length === 0 ? null : (
				<>
					<h2>{words.closed}</h2>
					<ul className="rules">
						{closed.map((review) => (
							<Review key={review.id} review={review} />
						))}
					</ul>
				</>
			)}
		</>
	);
}

function Review({ review }: { readonly review: ListedReview }) {
	const { desk, formats } = usePortal();
	const { reviews: words, common } = useStaffTexts();
	const nameOf = useNameOf();
	const opened = useMutation({ mutationFn: () => desk.openReview(review.id) });
	const { requester, openedAtMs, status, patient, mayClose, reviewer } = review;
	return (
		<li className="card" data-review={status}>
			<div className="access-top">
				<h3>{nameOf(requester)}</h3>
				<time className="faint" dateTime={new Date(openedAtMs).toISOString()}>
					{formats.time(openedAtMs)}
				</time>
			</div>
			<p className="faint">{fill(common.patient, { name: patient })}</p>
			{status === "open" ? null : (
				<p>
					{status === "justified" ? words.wasJustified : words.wasUnjustified} {fill(words.by, { who: nameOf(reviewer) })}
				</p>
			)}
			{status === "open" && !mayClose ? <p>{words.own}</p> : null}
			{mayClose && opened.data === undefined ? (
				<div className="actions">
					<Button variant="default" loading={opened.isPending} onClick={() => opened.mutate()}>
						{words.read}
					</Button>
					<span className="faint">{words.readWhy}</span>
				</div>
			) : null}
			{opened.error === null ? null : <OfficerFailure error={opened.error} />}
			{opened.data === undefined ? null : <Opened review={review} opened={opened.data} />}
		</li>
	);
}

interface VerdictForm {
	readonly outcome: "justified" | "unjustified" | undefined;
	readonly note: string;
}

function Opened({
	review,
	opened,
}: {
	readonly review: ListedReview;
	readonly opened: { reason: string; classes: readonly string[]; count: number };
}) {
	const { desk, texts, formats } = usePortal();
	const { reviews: words } = useStaffTexts();
	const client = useQueryClient();
	const { form, change, settle } = useSealedForm<VerdictForm>("review", { outcome: undefined, note: "" }, String(review.id));
	const { outcome, note } = form;
	const closing = useMutation({
		mutationFn: (chosen: "justified" | "unjustified") => desk.closeReview({ review: review.id, outcome: chosen, note: note.trim() }),
		onSuccess: () => {
			settle();
			return client.invalidateQueries({ queryKey: ["person", "oversight", "reviews"] });
		},
	});
	const names: Readonly<Record<string, string>> = { ...texts.classes, ...texts.compartments };
	const kinds = opened.classes.map((name) => names[name] ?? name).join(", ");
	if (closing.isSuccess) return <p role="status">{words.done}</p>;
	return (
		<>
			<h4>{words.reason}</h4>
			<p className="note">{opened.reason === "" ? words.noReason : opened.reason}</p>
			{kinds === "" ? null : <p className="faint">{fill(words.opened, { kinds, count: formats.number(opened.count) })}</p>}
			<Radio.Group label={words.verdict} value={outcome ?? ""} onChange={(value) => change({ outcome: value as VerdictForm["outcome"] })}>
				<div className="stack">
					<Radio value="justified" label={words.justified} />
					<Radio value="unjustified" label={words.unjustified} />
				</div>
			</Radio.Group>
			<Textarea
				label={words.note}
				description={words.noteWhy}
				value={note}
				maxLength={1000}
				onChange={(event) => change({ note: event.currentTarget.value.replaceAll(/[\r\n]+/g, " ") })}
			/>
			<div className="actions">
				<Button
					disabled={outcome === undefined || note.trim().length < noteMin}
					loading={closing.isPending}
					onClick={() => outcome !== undefined && closing.mutate(outcome)}
				>
					{words.close}
				</Button>
			</div>
			{closing.error === null ? null : <OfficerFailure error={closing.error} />}
		</>
	);
}
