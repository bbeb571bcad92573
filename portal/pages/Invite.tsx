import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { usePortal } from "../parts/PortalProvider.tsx";
import { QrCode } from "../parts/QrCode.tsx";
import { Failure } from "../parts/States.tsx";
import { useSealedForm } from "../parts/useSealedForm.ts";

/** At the desk: somebody of the house has looked at a document, and hands over the way to an own key. */
export function Invite() {
	const { texts, desk } = usePortal();
	const { form, change, forget } = useSealedForm("invite", { localId: "", document: "" });
	const { localId, document } = form;
	const inviting = useMutation({ mutationFn: desk.invite, onSuccess: forget });
	const submit = (event: FormEvent) => {
		event.preventDefault();
		inviting.mutate({ localId: localId.trim(), document: document.trim() });
	};
	return (
		<section>
			<h1>{texts.invite.title}</h1>
			<p className="lead">{texts.invite.lead}</p>
			<form className="card stack" onSubmit={submit}>
				<TextInput
					label={texts.invite.patient}
					value={localId}
					onChange={(event) => change({ localId: event.currentTarget.value })}
					maxLength={64}
					required
					maw={420}
				/>
				<TextInput
					label={texts.invite.document}
					description={texts.invite.documentWhy}
					value={document}
					onChange={(event) => change({ document: event.currentTarget.value })}
					maxLength={100}
					required
					maw={420}
				/>
				{inviting.error === null ? null : <Failure error={inviting.error} />}
				<p>
					<Button type="submit" loading={inviting.isPending}>
						{texts.invite.go}
					</Button>
				</p>
			</form>
			{inviting.data === undefined ? null : (
				<div className="card stack" role="status">
					<h2>{texts.invite.ready}</h2>
					<p>{texts.invite.readyWhy}</p>
					<QrCode text={inviting.data.url} label={texts.invite.picture} />
					<p>
						<code>{inviting.data.url}</code>
					</p>
				</div>
			)}
		</section>
	);
}
