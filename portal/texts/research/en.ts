import type { Widened } from "../widened.ts";

/** Words about research, in English; they come with the pages that say them. */
export const researchEn = {
	research: {
		lead: "Here you say what research may do with your data. Without a rule of yours, research gets nothing.",
		may: "What research may do",
		kinds: {
			count: {
				title: "Count me in",
				what: "Researchers ask how many people have an illness. They get a number for many people, a bit blurred. Nothing about you alone leaves.",
				rule: "Researchers may count me in statistics. Nothing about me alone leaves.",
			},
			nameless: {
				title: "Use my data without my name",
				what: "Researchers get data of many people. Names, dates and places are taken out. It goes out for eleven people or more, never for you alone.",
				rule: "Researchers may have my data without my name, with those of many others.",
			},
			trial: {
				title: "Trials of new drugs",
				what: "A trial gets data of many people without names, to test if a new drug works.",
				rule: "Trials of new drugs may have my data without my name.",
			},
		},
		states: { yes: "You allow this.", no: "You said no to this.", none: "You do not allow this." },
		allow: "Allow this",
		refuse: "Say no to all research",
		refuseTitle: "No research may use my data.",
		saidNo: "You said no to research",
		noWins: "This beats each rule that says yes. A law can still order a use. You would see it on the list of who looked.",
		stopNo: "You sign that your no ends now. Then your other rules count again. Where you have none, research still gets nothing.",
		asked: "What research asked",
		nobody: "No research has asked about you.",
		sum: "You were part of {part} answers. {without} more times research asked and got nothing of you.",
		limit: "You see that research asked and about what kind of data. What came out of it is not on this list.",
	},
};

export type ResearchTexts = Widened<typeof researchEn>;
