import type { Pseudonym } from "#base";
import { type LoggedAccess, unenrolledPseudonym } from "#vault";
import type { AccessLog } from "../log/accessLog.ts";
import type { GateParts } from "../parts.ts";
import type { AccessFeed } from "./accessFeed.ts";

/** The access log, telling the feed of each entry once it is durable. */
export function feedingLog({ log, nobody }: Pick<GateParts, "log" | "nobody">, feed: AccessFeed): AccessLog {
	const absent: Pseudonym = unenrolledPseudonym(nobody);
	const onLogged = ({ entry }: LoggedAccess): void => feed.note([entry], absent);
	return {
		log: log.log,
		member: log.member,
		writer: log.writer,
		append: (draft, { subject, isEmergency, order }) => log.append(draft, { subject, isEmergency, order, onLogged }),
		async appendCohort(items) {
			const accesses = await log.appendCohort(items);
			feed.note(
				accesses.map(({ entry }) => entry),
				absent,
			);
			return accesses;
		},
		size: () => log.size(),
		root: (size) => log.root(size),
		checkpoint: () => log.checkpoint(),
		anchorBody: (sinceSize) => log.anchorBody(sinceSize),
		markAnchored: (record) => log.markAnchored(record),
		history: (parameters) => log.history(parameters),
		close: () => log.close(),
	};
}
