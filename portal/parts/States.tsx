import { Alert, Button, Loader } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { PortalError } from "../core/errors.ts";
import { fill, type Texts } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

/** Why something failed, in words; a code that has no words of its own is shown beside them for whoever is asked for help. */
export function sentenceOf(error: unknown, texts: Texts): string {
	if (!(error instanceof PortalError)) return texts.state.failed;
	const known =
		(texts.refusals as Readonly<Record<string, string>>)[error.nodeCode] ?? (texts.faults as Readonly<Record<string, string>>)[error.nodeCode];
	if (known !== undefined) return known;
	return error.nodeCode === "" ? texts.errors[error.code] : `${texts.errors[error.code]} (${error.nodeCode})`;
}

export function Loading({ label }: { readonly label?: string }) {
	const { texts } = usePortal();
	return (
		<p className="state" role="status">
			<Loader size="sm" aria-hidden="true" /> {label ?? texts.state.loading} …
		</p>
	);
}

export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: (() => void) | undefined }) {
	const { texts } = usePortal();
	return (
		<Alert color="red" variant="light" title={texts.state.failed} role="alert">
			<p>{sentenceOf(error, texts)}</p>
			{onRetry === undefined ? null : (
				<Button variant="default" onClick={onRetry}>
					{texts.state.retry}
				</Button>
			)}
		</Alert>
	);
}

interface LoadedProps<Data> {
	readonly query: UseQueryResult<Data>;
	readonly label?: string;
	readonly children: (data: Data) => ReactNode;
}

/** Draws what a query has, waits for, or failed at. Data that were there before a failure stay, with their age. */
export function Loaded<Data>({ query, label, children }: LoadedProps<Data>) {
	const { texts, formats } = usePortal();
	const { data, error, isFetching, refetch, dataUpdatedAt } = query;
	const retry = () => void refetch();
	if (data === undefined)
		return error === null || isFetching ? <Loading {...(label === undefined ? {} : { label })} /> : <Failure error={error} onRetry={retry} />;
	return (
		<>
			{error === null ? null : (
				<Alert color="yellow" variant="light" role="status">
					<p>{fill(texts.state.stale, { date: formats.time(dataUpdatedAt) })}</p>
					<p>{sentenceOf(error, texts)}</p>
					<Button variant="default" onClick={retry}>
						{texts.state.retry}
					</Button>
				</Alert>
			)}
			{children(data)}
		</>
	);
}
