/** One page of A4 when printed, a card a gene on a narrow screen. No font, picture or address from elsewhere. */
export const passportStyle = `
:root { color-scheme: light; --ink: #1c2430; --soft: #55606e; --line: #c9d1da; --speak: #fff4dc; --accent: #8a4b00; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; justify-content: space-between; border-bottom: 3px solid var(--accent); padding-bottom: .4rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 1rem 0 .4rem; }
p { margin: .4rem 0; }
.who { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; }
.who div { display: flex; gap: .4rem; }
.who dt { color: var(--soft); }
.who dd { margin: 0; font-weight: 600; min-width: 6rem; }
.lead { font-size: 1.05rem; }
table { width: 100%; border-collapse: collapse; }
th:nth-child(1) { width: 10%; }
th:nth-child(2) { width: 22%; }
th:nth-child(3) { width: 30%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--ink); font-size: .9em; }
tbody th { white-space: nowrap; }
tr.speak { background: var(--speak); }
tr.speak th { color: var(--accent); }
tr.speak td:last-child { font-weight: 600; }
small { display: block; color: var(--soft); font-size: .85em; }
.none { color: var(--soft); }
.unknown { border-left: 4px solid var(--accent); padding-left: .6rem; }
footer { margin-top: .8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85em; }
.versions { font-size: .85em; }
@media (max-width: 640px) {
	thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
	table, tbody, tr, th, td { display: block; border: 0; }
	tr { border: 1px solid var(--line); border-radius: 6px; margin-bottom: .6rem; padding: .3rem .2rem; }
	tbody th { font-size: 1.1em; padding-bottom: 0; }
	th, td, th:nth-child(n) { width: auto; }
	td { padding: .2rem .5rem; }
	td::before { content: attr(data-label); display: block; color: var(--soft); font-size: .8em; font-weight: 400; }
}
@page { size: A4; margin: 9mm; }
@media print {
	* { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
	body { font-size: 7.6pt; line-height: 1.22; }
	main { max-width: none; padding: 0; }
	h1 { font-size: 14pt; }
	h2 { font-size: 9pt; margin: 4pt 0 2pt; }
	p { margin: 2pt 0; }
	.lead { font-size: 8.6pt; }
	th, td { padding: 1pt 3pt; }
	tr { break-inside: avoid; }
	.lists { font-size: 7pt; }
	footer { font-size: 6.4pt; margin-top: 3pt; }
}
`;
