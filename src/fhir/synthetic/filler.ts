import type { Role } from "./cast.ts";
import { writeAllergy, writeCardiacRisk, writeDiabetes, writeOncology, writeOtherIllness } from "./chapters.ts";
import type { SyntheticRandom } from "./random.ts";
import { type VariantName, writeVariants } from "./variants.ts";

const familyNames = {
	de: [
		"Bauer",
		"Schäfer",
		"Krüger",
		"Weiß",
		"Lorenz",
		"Möller",
		"Huber",
		"Engel",
		"Arnold",
		"Peters",
		"Winkler",
		"Sommer",
		"Pohl",
		"Busch",
		"Jäger",
		"Franke",
	],
	en: [
		"Harper",
		"Nguyen",
		"Bennett",
		"Kowalski",
		"Turner",
		"Ramirez",
		"Fletcher",
		"Osei",
		"Lindqvist",
		"Murphy",
		"Chandra",
		"Barnes",
		"Delaney",
		"Park",
		"Sutton",
		"Ito",
	],
} as const;
const givenNames = {
	de: { female: ["Sabine", "Jutta", "Lena", "Heike", "Birgit"], male: ["Jürgen", "Stefan", "Matthias", "Klaus", "Florian"] },
	en: { female: ["Grace", "Nora", "Alice", "Joan", "Ruth"], male: ["Henry", "Samuel", "Victor", "Dennis", "Paul"] },
} as const;
const tumourVariants: readonly (readonly VariantName[])[] = [
	["egfrL858R", "tp53R175H"],
	["krasG12D"],
	["brafV600E", "pik3caH1047R"],
	["krasG12D", "tp53R175H"],
];

/**
 * Somebody without a part of their own. Three of four have cancer with tumour variants at the first hospital, so that a study of it reaches the eleven
 * people a de-identified release needs; every one is an adult who agrees to research.
 *
 * @param index - Zero-based among the fillers; it makes the key unique.
 */
export function fillerRole(index: number, random: SyntheticRandom): Role {
	const isOncology = index % 4 !== 3;
	const language = isOncology || random.chance(50) ? "de" : "en";
	const gender = random.chance(50) ? "female" : "male";
	const family = familyNames[language][index % familyNames[language].length] as string;
	const given = random.pick(givenNames[language][gender]);
	const vitals = {
		systolic: random.integer(116, 152),
		diastolic: random.integer(68, 90),
		heightCm: random.integer(156, 190),
		weightKg: random.integer(56, 98),
	};
	return {
		key: `person-${String(index + 1).padStart(3, "0")}`,
		story: isOncology ? "Is one of the many whom a tumour study needs before anything may leave." : "Is an ordinary patient with an ordinary record.",
		given: [given],
		family,
		gender,
		language,
		ageYears: random.integer(isOncology ? 45 : 32, 78),
		flags: { consentsToResearch: true, ...(isOncology && { oncology: true as const }) },
		vitals,
		smoking: random.pick(["never", "former", "daily"] as const),
		charts: [
			{ institution: language === "de" ? "lindenhof" : "harbor", write: isOncology ? oncologyHistory(index, random) : ordinaryHistory(random) },
		],
	};
}

function oncologyHistory(index: number, random: SyntheticRandom): Role["charts"][number]["write"] {
	const cancer = random.chance(50) ? "lungCancer" : "colonCancer";
	return (chart, who) => {
		writeOncology(chart, cancer, who);
		writeVariants(chart, 380, tumourVariants[index % tumourVariants.length] as readonly VariantName[]);
	};
}

function ordinaryHistory(random: SyntheticRandom): Role["charts"][number]["write"] {
	const illness = random.pick(["asthma", "hypothyroidism", "migraine", "osteoporosis"] as const);
	const hasDiabetes = random.chance(30);
	const isAllergic = random.chance(40);
	const numbers = { totalCholesterol: random.integer(150, 250), hdlCholesterol: random.integer(36, 70), creatinine: random.decimal(0.7, 1.2, 1) };
	return (chart) => {
		writeOtherIllness(chart, illness);
		writeCardiacRisk(chart, 70, numbers);
		if (hasDiabetes) writeDiabetes(chart);
		if (isAllergic) writeAllergy(chart, "penicillin", 2500);
	};
}
