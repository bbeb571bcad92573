import type { CredentialKind } from "#contracts";
import { type StaffTexts, staffTexts } from "../../texts/staff/staffTexts.ts";
import { fill } from "../../texts/texts.ts";
import { usePortal } from "../PortalProvider.tsx";

/** Words of the pages for people who work here. */
export function useStaffTexts(): StaffTexts {
	return staffTexts[usePortal().language];
}

/** Names a key as this house knows it: the ledger has keys alone. */
export function useNameOf(): (key: string) => string {
	const { actors } = usePortal();
	const { common } = useStaffTexts();
	return (key) => {
		if (key === "") return common.many;
		return actors.find(({ publicKey }) => publicKey === key)?.name ?? fill(common.key, { key: `${key.slice(0, 8)}…` });
	};
}

export function rolesText(roles: readonly CredentialKind[], { roles: names, common }: StaffTexts): string {
	return roles.length === 0 ? common.noRole : roles.map((role) => names[role]).join(", ");
}
