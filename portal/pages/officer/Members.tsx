import { Switch } from "@mantine/core";
import { useState } from "react";
import type { MembersAnswer } from "../../core/officerDeskTypes.ts";
import { Overseen } from "../../parts/officer/Overseen.tsx";
import { useNameOf, useStaffTexts } from "../../parts/officer/useStaff.ts";
import { usePortal } from "../../parts/PortalProvider.tsx";
import { fill } from "../../texts/texts.ts";

/** Who is in the network, and whom this house vouches for. */
export function Members() {
	const { desk } = usePortal();
	const { members: words } = useStaffTexts();
	return (
		<section>
			<h1>{words.title}</h1>
			<p className="lead">{words.lead}</p>
			<Overseen name="members" ask={() => desk.members()}>
				{(answer) => (
					<>
						<Network members={answer.members} />
						<Staff credentials={answer.credentials} />
					</>
				)}
			</Overseen>
		</section>
	);
}

function Network({ members }: Pick<MembersAnswer, "members">) {
	const { members: words, memberRoles } = useStaffTexts();
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keys
		<section className="card table-scroll" tabIndex={0} aria-label={words.network}>
			<h2>{words.network}</h2>
			<table>
				<thead>
					<tr>
						<th scope="col">{words.member}</th>
						<th scope="col">{words.state}</th>
						<th scope="col">{words.roles}</th>
					</tr>
				</thead>
				<tbody>
					{members.map(({ member, name, status, roles, isHere }) => (
						<tr key={member}>
							<th scope="row">
								{name}
								{isHere ? ` (${words.here})` : ""}
							</th>
							<td>{words[status]}</td>
							<td>{roles.map((role) => memberRoles[role]).join(", ")}</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

function Staff({ credentials }: Pick<MembersAnswer, "credentials">) {
	const { formats } = usePortal();
	const { members: words, roles, common } = useStaffTexts();
	const nameOf = useNameOf();
	const [onlyCurrent, setOnlyCurrent] = useState(true);
	const shown = credentials.filter(({ status }) => !onlyCurrent || status === "current");
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keys
		<section className="card table-scroll" tabIndex={0} aria-label={words.staff}>
			<h2>{words.staff}</h2>
			<Switch label={words.onlyCurrent} checked={onlyCurrent} onChange={(event) => setOnlyCurrent(event.currentTarget.checked)} />
			{shown.length === 0 ? (
				<p className="state">{words.none}</p>
			) : (
				<p className="faint">{fill(words.count, { count: formats.number(shown.length) })}</p>
			)}
			{shown.length === 0 ? null : (
				<table>
					<thead>
						<tr>
							<th scope="col">{common.who}</th>
							<th scope="col">{words.state}</th>
							<th scope="col">{words.until}</th>
						</tr>
					</thead>
					<tbody>
						{shown.map(({ credentialId, subject, kind, status, validUntil, department, study }) => (
							<tr key={credentialId}>
								<th scope="row">
									{nameOf(subject)}
									<span className="faint"> {[roles[kind], department, study].filter((text) => text !== "").join(" · ")}</span>
								</th>
								<td>{words[status]}</td>
								<td>{formats.day(validUntil)}</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
		</section>
	);
}
