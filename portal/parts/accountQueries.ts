import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { AccountAct } from "../core/accountTypes.ts";
import { usePortal, useSession } from "./PortalProvider.tsx";

const accountKey = (pseudonym: string) => ["person", "account", pseudonym] as const;

/** What the node's sign-in holds of the person. */
export function useAccount() {
	const { desk } = usePortal();
	const { pseudonym, helped } = useSession();
	// A helper's key opens no account: it is asked for the person's own alone.
	return useQuery({ queryKey: accountKey(pseudonym), queryFn: () => desk.account({ act: "show" }), enabled: helped === undefined });
}

/** One act about the own account; the list is the node's answer to it. */
export function useAccountAct() {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	const client = useQueryClient();
	return useMutation({
		mutationFn: (act: AccountAct) => desk.account(act),
		onSuccess: (view) => client.setQueryData(accountKey(pseudonym), view),
	});
}

/** Leaves one more locked copy, in whatever way. */
export function useKeeping<Way>(keep: (way: Way) => Promise<void>) {
	const { pseudonym } = useSession();
	const client = useQueryClient();
	return useMutation({ mutationFn: keep, onSuccess: () => client.invalidateQueries({ queryKey: accountKey(pseudonym) }) });
}

/** Whether somebody else has asked the custodian to replace the key: shown at once, because only seven days are left to stop it. */
export function useReplacement() {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({ queryKey: ["person", "replacement", pseudonym], queryFn: () => desk.replacement() });
}

export function useStopReplacement() {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	const client = useQueryClient();
	return useMutation({
		mutationFn: () => desk.stopReplacement(),
		onSuccess: () => client.setQueryData(["person", "replacement", pseudonym], null),
	});
}
