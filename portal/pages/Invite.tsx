import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { usePortal } from "../parts/PortalProvider.tsx";
import { QrCode } from "../parts/QrCode.tsx";
import { Failure } from "../parts/States.tsx";
import { useSealedForm } from "../parts/useSealedForm.ts";
import { useWords } from "../parts/useWords.ts";
import { clinicTexts } from "../texts/clinic/clinicTexts.ts";

/** At the desk: somebody of the house has looked at a document, and hands over the way to an own key. */
export function Invite() {
	const { desk } = usePortal();
	const words = useWords(clinicTexts);
	const { form, change, forget } = useSealedForm("invite", { localId: "", document: "" });
	const { localId, document } = form;
	const inviting = useMutation({ mutationFn: desk.invite, onSuccess: forget });
	const submit = (event: FormEvent) => {
		event.preventDefault();
		inviting.mutate({ localId: localId.trim(), document: document.trim() });
	};
	return (
		<section>
			<h1>{words.invite.title}</h1>
			<p className="lead">{words.invite.lead}</p>
			<form className="card stack" onSubmit={submit}>
				<TextInput
					label={words.invite.patient}
					value={localId}
					onChange={(event) => change({ localId: event.currentTarget.value })}
					maxLength={64}
					required
					maw={420}
				/>
				<TextInput
					label={words.invite.document}
					description={words.invite.documentWhy}
					value={document}
					onChange={(event) => change({ document: event.currentTarget.value })}
					maxLength={100}
					required
					maw={420}
				/>
				{inviting.error === null ? null : <Failure error={inviting.error} />}
				<p>
					<Button type="submit" loading={inviting.isPending}>
						{words.invite.go}
					</Button>
				</p>
			</form>
			{inviting.data === undefined ? null : (
				<div className="card stack" role="status">
					<h2>{words.invite.ready}</h2>
					<p>{words.invite.readyWhy}</p>
					<QrCode text={inviting.data.url} label={words.invite.picture} />
					<p>
						<code>{inviting.data.url}</code>
					</p>
				</div>
			)}
		</section>
	);
}
