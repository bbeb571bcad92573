import { z } from "zod";
import { NodeError } from "../errors.ts";
import { overrideReasons } from "./cards.ts";
import { invalid } from "./cdsRequest.ts";

/** One decision on a card. */
export interface CardDecision {
	readonly card: string;
	readonly decision: "accept" | "override";
	/** As the sign-off will hold it; "" where none was given. */
	readonly reason: string;
}

const coding = z.looseObject({ system: z.string().min(1), code: z.string().min(1), display: z.string().optional() });
/** CDS Hooks 2.0, "Feedback". */
const feedback = z.looseObject({
	feedback: z
		.array(
			z.looseObject({
				card: z.string().min(1).max(100),
				outcome: z.enum(["accepted", "overridden"]),
				acceptedSuggestions: z
					.array(z.looseObject({ id: z.string().min(1) }))
					.min(1)
					.optional(),
				overrideReason: z.looseObject({ reason: coding.optional(), userComment: z.string().max(800).optional() }).optional(),
				outcomeTimestamp: z.iso.datetime({ offset: true }),
			}),
		)
		.min(1)
		.max(50),
});

/** @throws NodeError `CDS_REQUEST_INVALID`. */
export function parseFeedback(input: unknown): readonly CardDecision[] {
	const read = feedback.safeParse(input);
	if (!read.success) throw invalid(read.error.issues[0]?.path.join(".") ?? "", "expected feedback as CDS Hooks 2.0 describes it");
	return read.data.feedback.map(({ card, outcome, overrideReason }) => ({
		card,
		decision: outcome === "accepted" ? "accept" : "override",
		reason: reasonOf(overrideReason),
	}));
}

/** The words of a reason that was offered here, the display of another's, then the comment; on one line. */
function reasonOf(given: z.infer<typeof feedback>["feedback"][number]["overrideReason"]): string {
	const { reason, userComment } = given ?? {};
	const offered = overrideReasons.find(({ system, code }) => system === reason?.system && code === reason.code)?.display;
	return [offered ?? reason?.display, userComment]
		.filter((part) => part !== undefined && part.trim() !== "")
		.join(": ")
		.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ")
		.trim()
		.slice(0, 1_000);
}

export function unknownCard(): NodeError {
	return new NodeError("CDS_CARD_UNKNOWN", "no card of this service by this id was shown through this client in the last day");
}
