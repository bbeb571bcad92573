import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ConsentId, PublicKey } from "#base";
import type { CredentialKind } from "#contracts";
import type { AccessRow, GrantDraft, HistorySummary } from "../core/deskTypes.ts";
import type { EraseWhat } from "../core/eraseDraft.ts";
import type { HelperDraft } from "../core/helperDraft.ts";
import { expectAccess } from "../core/memory.ts";
import { usePortal, useSession } from "./PortalProvider.tsx";

/** How often the page looks whether the ledger has grown, in ms: a change in another window shows after so long. */
const heightEveryMs = 2_000;

/** The ledger's height, asked again and again: whether the node answers, and whether anything changed. */
export function useHeight() {
	const { desk, session } = usePortal();
	const client = useQueryClient();
	const query = useQuery({
		queryKey: ["height"],
		queryFn: () => desk.height(),
		enabled: session !== undefined,
		refetchInterval: heightEveryMs,
		refetchIntervalInBackground: true,
		retry: false,
	});
	const height = query.data;
	useEffect(() => {
		if (height !== undefined) void client.invalidateQueries({ queryKey: ["person", "consents"] });
	}, [client, height]);
	return query;
}

export function useConsents() {
	const { desk, language } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({
		queryKey: ["person", "consents", pseudonym, language],
		queryFn: () => desk.consents(language),
		placeholderData: (before) => before,
	});
}

export interface CheckedHistory {
	readonly summary: HistorySummary;
	/** Newest first; empty where the check failed. */
	readonly rows: readonly AccessRow[];
}

export function useHistory() {
	const { desk, memory, remember } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({
		queryKey: ["person", "history", pseudonym],
		queryFn: async (): Promise<CheckedHistory> => {
			const rows: AccessRow[] = [];
			const { seen, expected } = memory() ?? {};
			const known = { ...(seen === undefined ? {} : { seen }), ...(expected === undefined ? {} : { expected }) };
			const summary = await desk.history(known, (part) => rows.push(...part));
			// What was expected is in it, and what was seen now holds all of it from here on.
			const later = memory()?.expected?.filter((hash) => !expected?.includes(hash)) ?? [];
			if (summary.seen !== null) remember({ seen: summary.seen, expected: later });
			return { summary, rows };
		},
	});
}

export function useRecord() {
	const { desk, memory, remember } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({
		queryKey: ["person", "record", pseudonym],
		queryFn: async () => {
			const record = await desk.record();
			remember({ expected: expectAccess(memory(), record.entryHash) });
			return record;
		},
		staleTime: 5 * 60_000,
	});
}

/** What the person's key signs for a change of a rule, in words. */
export function useDescription(draft: GrantDraft | undefined) {
	const { desk, language } = usePortal();
	return useQuery({
		queryKey: ["describe", language, draft],
		queryFn: () => desk.describe(draft as GrantDraft, language),
		enabled: draft !== undefined,
		placeholderData: (before) => before,
		staleTime: Number.POSITIVE_INFINITY,
	});
}

export function useRevoke() {
	const { desk } = usePortal();
	const client = useQueryClient();
	return useMutation({
		mutationFn: (consentId: ConsentId) => desk.revoke(consentId),
		onSettled: () => client.invalidateQueries({ queryKey: ["person", "consents"] }),
	});
}

export function useSign() {
	const { desk } = usePortal();
	const client = useQueryClient();
	return useMutation({
		mutationFn: async ({ changes, draft }: { readonly changes: ConsentId | undefined; readonly draft: GrantDraft }): Promise<void> => {
			if (changes === undefined) await desk.grant(draft);
			else await desk.change(changes, draft);
		},
		onSettled: () => client.invalidateQueries({ queryKey: ["person", "consents"] }),
	});
}

/** Who acts for the person, proved; a change in another window shows when the ledger grows. */
export function useHelpers() {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({ queryKey: ["person", "consents", "helpers", pseudonym], queryFn: () => desk.helpers() });
}

export function useNameHelper() {
	const { desk, memory, remember } = usePortal();
	const client = useQueryClient();
	return useMutation({
		mutationFn: ({ draft }: { readonly draft: HelperDraft; readonly name: string }) => desk.nameHelper(draft),
		onSuccess: (_, { draft, name }) => remember({ helperNames: { ...memory()?.helperNames, [draft.key]: name } }),
		onSettled: () => client.invalidateQueries({ queryKey: ["person", "consents"] }),
	});
}

export function useEndHelper() {
	const { desk } = usePortal();
	const client = useQueryClient();
	return useMutation({
		mutationFn: (key: PublicKey) => desk.endHelper(key),
		onSettled: () => client.invalidateQueries({ queryKey: ["person", "consents"] }),
	});
}

/** Whether the whole record was erased; asked again when the ledger grows, which logs nothing. */
export function useErased() {
	const { desk, session } = usePortal();
	return useQuery({
		queryKey: ["person", "consents", "erased", session?.pseudonym],
		queryFn: () => desk.erased(),
		enabled: session?.actor.kind === "patient",
	});
}

export function useErasure() {
	const { desk } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({ queryKey: ["person", "erasure", pseudonym], queryFn: () => desk.erasure() });
}

/** After it nothing that was shown of the record stands any more. */
export function useErase() {
	const { desk } = usePortal();
	const client = useQueryClient();
	return useMutation({
		mutationFn: (what: EraseWhat) => desk.erase(what),
		onSuccess: () => {
			for (const kind of ["record", "risk", "genes", "history"]) client.removeQueries({ queryKey: ["person", kind] });
		},
		onSettled: () => client.invalidateQueries({ queryKey: ["person"] }),
	});
}

/** What the person's genes mean for drugs; the look is on the list. */
export function useGenes({ isAsked = true }: { readonly isAsked?: boolean } = {}) {
	const { desk, memory, remember } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({
		queryKey: ["person", "genes", pseudonym],
		queryFn: async () => {
			const genes = await desk.genes();
			remember({ expected: expectAccess(memory(), genes.access.entryHash) });
			return genes;
		},
		enabled: isAsked,
		staleTime: 5 * 60_000,
	});
}

/** The person's own heart risk. Asked for when the page is opened: a model computes over the record, and the look is on the list. */
export function useRisk({ isAsked = true }: { readonly isAsked?: boolean } = {}) {
	const { desk, memory, remember } = usePortal();
	const { pseudonym } = useSession();
	return useQuery({
		queryKey: ["person", "risk", pseudonym],
		queryFn: async () => {
			const risk = await desk.risk(undefined);
			remember({ expected: expectAccess(memory(), risk.entryHash) });
			return risk;
		},
		// What was computed already is shown elsewhere without asking again.
		enabled: isAsked,
		staleTime: Number.POSITIVE_INFINITY,
	});
}

/** What the ledger says that a person who works here is: which pages to offer. The node asks the ledger anew at each request. */
export function useRoles() {
	const { desk, session } = usePortal();
	return useQuery({
		queryKey: ["person", "roles", session?.pseudonym],
		queryFn: () => desk.roles(),
		enabled: session?.actor.kind === "staff",
	});
}

export function isOfficerAlone(roles: readonly CredentialKind[]): boolean {
	return roles.includes("compliance-officer") && !roles.includes("practitioner");
}
