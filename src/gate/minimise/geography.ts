/**
 * Three-digit ZIP prefixes whose areas hold 20,000 people or fewer and so may not leave: 45 CFR 164.514(b)(2)(i)(B). The 17 prefixes are those of
 * the 2000 Census, as listed in the HHS guidance on de-identification of 26 November 2012.
 */
export const restrictedZipPrefixes: ReadonlySet<string> = new Set([
	"036",
	"059",
	"063",
	"102",
	"203",
	"556",
	"692",
	"790",
	"821",
	"823",
	"830",
	"831",
	"878",
	"879",
	"884",
	"890",
	"893",
]);

/**
 * What may leave of a US postal code: its first three digits, or `000` for a restricted prefix. Anything else than five or nine digits leaves
 * nothing, and so does a postal code of another country, whose prefixes nobody has counted.
 */
export function generaliseZip(postalCode: unknown, country: unknown): string | undefined {
	if (typeof postalCode !== "string" || !/^\d{5}(?:-\d{4})?$/.test(postalCode)) return undefined;
	if (!usNames.has(String(country))) return undefined;
	const prefix = postalCode.slice(0, 3);
	return restrictedZipPrefixes.has(prefix) ? "000" : prefix;
}

const usNames: ReadonlySet<string> = new Set(["US", "USA"]);

/** A state is kept only when it is one: a city or street written into the element is not. */
export function isState(text: unknown): text is string {
	return typeof text === "string" && states.has(text);
}

const states: ReadonlySet<string> = new Set(
	(
		"AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY " +
		"DC AS GU MP PR VI DE-BW DE-BY DE-BE DE-BB DE-HB DE-HH DE-HE DE-MV DE-NI DE-NW DE-RP DE-SL DE-SN DE-ST DE-SH DE-TH"
	)
		.split(" ")
		.concat(
			"Alabama,Alaska,Arizona,Arkansas,California,Colorado,Connecticut,Delaware,Florida,Georgia,Hawaii,Idaho,Illinois,Indiana,Iowa,Kansas,Kentucky,Louisiana,Maine,Maryland,Massachusetts,Michigan,Minnesota,Mississippi,Missouri,Montana,Nebraska,Nevada,New Hampshire,New Jersey,New Mexico,New York,North Carolina,North Dakota,Ohio,Oklahoma,Oregon,Pennsylvania,Rhode Island,South Carolina,South Dakota,Tennessee,Texas,Utah,Vermont,Virginia,Washington,West Virginia,Wisconsin,Wyoming,District of Columbia".split(
				",",
			),
			"Baden-Württemberg,Bayern,Berlin,Brandenburg,Bremen,Hamburg,Hessen,Mecklenburg-Vorpommern,Niedersachsen,Nordrhein-Westfalen,Rheinland-Pfalz,Saarland,Sachsen,Sachsen-Anhalt,Schleswig-Holstein,Thüringen".split(
				",",
			),
		),
);

/** Countries by ISO 3166-1 as the records of this network write them. */
export function isCountry(text: unknown): text is string {
	return typeof text === "string" && countries.has(text);
}

const countries: ReadonlySet<string> = new Set("US USA DE DEU AT AUT CH CHE FR FRA GB GBR CA CAN NL NLD PL POL IT ITA ES ESP".split(" "));
