import { Badge } from "@mantine/core";
import type { AccessRow } from "../core/deskTypes.ts";
import { fill, type Texts } from "../texts/texts.ts";
import { type Portal, usePortal } from "./PortalProvider.tsx";

/** Who asked, as far as it is known: the ledger has keys alone, the name is the institution's word. */
export function requesterOf(
	{ requester, kind, via }: AccessRow,
	{ texts, actors, house, session, memory }: Portal,
): { readonly name: string; readonly isNamed: boolean } {
	const here = house?.name ?? "";
	if (kind === "patient") return { name: patientSide(requester, { texts, session, memory }), isNamed: false };
	if (kind === "system") return { name: fill(texts.looked.system, { house: here }), isNamed: false };
	if (kind === "member") return { name: fill(texts.looked.house, { house: memberName(session?.genesis.members, via) }), isNamed: false };
	const known = actors.find(({ publicKey }) => publicKey === requester);
	if (known !== undefined) return { name: known.name, isNamed: true };
	return { name: fill(texts.looked.unknown, { key: `${requester.slice(0, 8)}…` }), isNamed: false };
}

/** The person or a helper: told apart by the key, named as the reader calls them. */
function patientSide(requester: string, { texts, session, memory }: Pick<Portal, "texts" | "session" | "memory">): string {
	const { looked } = texts;
	const helper = memory()?.helperNames?.[requester] ?? session?.knownHelpers.find(({ key }) => key === requester)?.name;
	if (session?.helped !== undefined) {
		if (requester === session.pseudonym) return fill(looked.theyThemselves, { name: session.helped.name });
		return requester === session.signsBy ? fill(looked.youFor, { name: session.helped.name }) : looked.oneWhoActs;
	}
	if (requester === session?.pseudonym) return looked.yourself;
	return helper === undefined ? looked.you : fill(looked.helper, { name: helper });
}

export function memberName(members: readonly { readonly id: string; readonly name: string }[] | undefined, id: string): string {
	return members?.find((member) => member.id === id)?.name ?? id;
}

/** What was asked for, in words. */
export function whatOf({ compartments }: AccessRow, texts: Texts): string {
	const names = { ...texts.classes, ...texts.compartments };
	return compartments.map((compartment) => names[compartment]).join(", ");
}

/** A model as people speak of it; one that has no words here by its name in the log. */
export function modelName(model: string, { models }: Texts): string {
	return Object.hasOwn(models, model) ? models[model as keyof typeof models] : model;
}

export function AccessLine({ row, withPlace = false }: { readonly row: AccessRow; readonly withPlace?: boolean }) {
	const portal = usePortal();
	const { texts, formats, house, session } = portal;
	const { name, isNamed } = requesterOf(row, portal);
	const what = whatOf(row, texts);
	const { at, via, action, purpose, permitted, count, model, emergencyReason, places, seq, log, kind } = row;
	const isAway = kind === "person" && via !== house?.member;
	return (
		<li className={`access${purpose === "ETREAT" ? " access-emergency" : ""}`}>
			<div className="access-top">
				<strong>{name}</strong>
				{permitted ? null : (
					<Badge className="badge" color="gray" variant="light">
						{texts.looked.refusedLook}
					</Badge>
				)}
				<time className="faint" dateTime={new Date(at).toISOString()}>
					{formats.time(at)}
				</time>
			</div>
			<p>
				{permitted || what === "" ? texts.actions[action] : texts.looked.askedFor}
				{what === "" ? "" : `: ${what}`} ({texts.purposes[purpose]})
			</p>
			<p className="faint">
				{[
					...(isAway ? [fill(texts.looked.through, { house: memberName(session?.genesis.members, via) })] : []),
					...(permitted && count > 0 ? [fill(texts.looked.records, { count: formats.number(count) })] : []),
					...(model === "" ? [] : [modelName(model, texts)]),
					...(emergencyReason === "" ? [] : [texts.looked.reason]),
					...(places > 1 ? [texts.looked.ofMany] : []),
					...(withPlace && isNamed ? [fill(texts.looked.named, { house: house?.name ?? "" })] : []),
					...(withPlace ? [fill(texts.looked.place, { seq: formats.number(seq), log })] : []),
				].join(" · ")}
			</p>
		</li>
	);
}
