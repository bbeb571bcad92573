import type { Language } from "./texts.ts";

/** International names of drugs in German, by the name that the tables of guidance use. */
const german: Readonly<Record<string, string>> = {
	...{ amitriptyline: "Amitriptylin", aripiprazole: "Aripiprazol", atomoxetine: "Atomoxetin", azathioprine: "Azathioprin" },
	...{ brexpiprazole: "Brexpiprazol", capecitabine: "Capecitabin", carbamazepine: "Carbamazepin", clomipramine: "Clomipramin" },
	...{ codeine: "Codein", dapsone: "Dapson", desflurane: "Desfluran", desipramine: "Desipramin", dexlansoprazole: "Dexlansoprazol" },
	...{ enflurane: "Enfluran", flecainide: "Flecainid", flucytosine: "Flucytosin", fluvoxamine: "Fluvoxamin", halothane: "Halothan" },
	...{ hydrocodone: "Hydrocodon", imipramine: "Imipramin", isoflurane: "Isofluran", lamotrigine: "Lamotrigin", lansoprazole: "Lansoprazol" },
	...{ mercaptopurine: "Mercaptopurin", methoxyflurane: "Methoxyfluran", "methylene blue": "Methylenblau", nortriptyline: "Nortriptylin" },
	...{ omeprazole: "Omeprazol", oxcarbazepine: "Oxcarbazepin", pantoprazole: "Pantoprazol", paroxetine: "Paroxetin", pimozide: "Pimozid" },
	...{ primaquine: "Primaquin", propafenone: "Propafenon", quetiapine: "Quetiapin", risperidone: "Risperidon", sertraline: "Sertralin" },
	...{ sevoflurane: "Sevofluran", succinylcholine: "Suxamethonium", tafenoquine: "Tafenoquin", thioguanine: "Tioguanin" },
	...{ "toluidine blue": "Toluidinblau", trimipramine: "Trimipramin", venlafaxine: "Venlafaxin", voriconazole: "Voriconazol" },
	vortioxetine: "Vortioxetin",
};

/** Spelled in German as in English, but for the capital. */
const alike: ReadonlySet<string> = new Set([
	...["abacavir", "acenocoumarol", "allopurinol", "amikacin", "atazanavir", "atorvastatin", "celecoxib", "citalopram", "clopidogrel", "doxepin"],
	...["efavirenz", "eliglustat", "escitalopram", "flucloxacillin", "fluorouracil", "flurbiprofen", "fluvastatin", "fosphenytoin", "gentamicin"],
	...["haloperidol", "ibuprofen", "irinotecan", "ivacaftor", "kanamycin", "lornoxicam", "lovastatin", "meloxicam", "metoprolol", "nitrofurantoin"],
	...["ondansetron", "paromomycin", "peginterferon alfa-2a", "peginterferon alfa-2b", "pegloticase", "phenprocoumon", "phenytoin", "piroxicam"],
	...["pitavastatin", "plazomicin", "pravastatin", "rasburicase", "ribavirin", "rosuvastatin", "simvastatin", "siponimod", "streptomycin"],
	...["tacrolimus", "tamoxifen", "tegafur", "tenoxicam", "tobramycin", "tramadol", "tropisetron", "warfarin", "zuclopenthixol"],
]);

/** undefined where a language has no name for it: the name of the tables then stands, marked as theirs. */
export function drugName(drug: string, language: Language): string | undefined {
	if (language === "en") return drug;
	return (
		(Object.hasOwn(german, drug) ? german[drug] : undefined) ?? (alike.has(drug) ? `${drug.charAt(0).toUpperCase()}${drug.slice(1)}` : undefined)
	);
}
