import type { Grantee } from "#contracts";
import { fill } from "../texts/texts.ts";
import { memberName } from "./AccessLine.tsx";
import type { Portal } from "./PortalProvider.tsx";

/** Who a rule is for, in a few words. */
export function granteeName(grantee: Grantee, { texts, actors, session }: Portal): string {
	const houseOf = (id: string) => memberName(session?.genesis.members, id);
	switch (grantee.kind) {
		case "member":
			return fill(texts.who.atHouse, { who: texts.who[grantee.credential], house: houseOf(grantee.member) });
		case "credential":
			return texts.who[grantee.credential];
		case "actor":
			return actors.find(({ publicKey }) => publicKey === grantee.key)?.name ?? fill(texts.looked.unknown, { key: `${grantee.key.slice(0, 8)}…` });
		case "study":
			return fill(texts.who.study, { study: grantee.study });
		case "department":
			return fill(texts.who.atHouse, { who: fill(texts.who.team, { team: grantee.department }), house: houseOf(grantee.member) });
	}
}

export function granteeNames(grantees: readonly Grantee[] | undefined, portal: Portal): string {
	return grantees === undefined ? portal.texts.who.anyone : grantees.map((grantee) => granteeName(grantee, portal)).join(", ");
}
