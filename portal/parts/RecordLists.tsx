import { Alert, Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { DataClass } from "#contracts";
import type { RecordItem, RecordView } from "../core/deskTypes.ts";
import { fill, type Texts } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";
import { RecordLine } from "./RecordLine.tsx";

const shownAtOnce = 60;

/** A record as a time line or by kind, all of it or one kind. */
export function RecordLists({ view: { items, classes } }: { readonly view: RecordView }) {
	const { texts, formats } = usePortal();
	const [order, setOrder] = useState<"time" | "kind">("time");
	const [kind, setKind] = useState<DataClass | "">("");
	const [shown, setShown] = useState(shownAtOnce);
	const wanted = kind === "" ? items : items.filter((item) => item.kind === kind);
	const isClosed = classes.some((each) => each.class === kind && !each.available);
	return (
		<>
			<div className="filter">
				<SegmentedControl
					aria-label={texts.looked.show}
					value={order}
					onChange={(value) => setOrder(value as "time" | "kind")}
					data={[
						{ value: "time", label: texts.record.byTime },
						{ value: "kind", label: texts.record.byKind },
					]}
				/>
				<NativeSelect
					label={texts.record.kind}
					value={kind}
					onChange={(event) => {
						setKind(event.currentTarget.value as DataClass | "");
						setShown(shownAtOnce);
					}}
					data={[{ value: "", label: texts.record.every }, ...classes.map((each) => ({ value: each.class, label: texts.classes[each.class] }))]}
				/>
			</div>
			{isClosed ? (
				<Alert color="gray" variant="light">
					{texts.record.notAvailable}
				</Alert>
			) : null}
			{wanted.length === 0 && !isClosed ? <p className="state">{texts.record.empty}</p> : null}
			<p className="faint">{fill(texts.record.count, { count: formats.number(wanted.length) })}</p>
			{groupsOf(wanted.slice(0, shown), order, texts).map(([name, group]) => (
				<section key={name} className="group">
					<h2>{name}</h2>
					<ul className="plain timeline">
						{group.map((item) => (
							<RecordLine key={item.id} item={item} />
						))}
					</ul>
				</section>
			))}
			{wanted.length > shown ? (
				<Button variant="default" onClick={() => setShown(shown + 2 * shownAtOnce)}>
					{texts.record.more}
				</Button>
			) : null}
		</>
	);
}

/** By year, or by kind in the order of the kinds. */
function groupsOf(items: readonly RecordItem[], order: "time" | "kind", texts: Texts): readonly (readonly [string, readonly RecordItem[]])[] {
	const groups = Map.groupBy(items, ({ date, kind }) => (order === "kind" ? texts.classes[kind] : date.slice(0, 4) || texts.record.noDate));
	if (order === "time") return [...groups];
	return Object.values(texts.classes).flatMap((name) => (groups.has(name) ? [[name, groups.get(name) ?? []] as const] : []));
}
