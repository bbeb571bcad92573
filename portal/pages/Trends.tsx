import { type Trend, type TrendPoint, toTrends } from "../core/trends.ts";
import { unitText, valueText } from "../core/units.ts";
import { outsideOf } from "../core/usualRange.ts";
import { Chart } from "../parts/Chart.tsx";
import { type Portal, usePortal } from "../parts/PortalProvider.tsx";
import { useRecord } from "../parts/queries.ts";
import { Loaded } from "../parts/States.tsx";
import { fill } from "../texts/texts.ts";

export function Trends() {
	const { texts } = usePortal();
	const record = useRecord();
	return (
		<section>
			<h1>{texts.trends.title}</h1>
			<p className="lead">{texts.trends.lead}</p>
			<Loaded query={record}>
				{({ items }) => {
					const trends = toTrends(items);
					if (trends.length === 0) return <p className="state">{texts.trends.none}</p>;
					return (
						<div className="charts">
							{trends.map((trend) => (
								<TrendCard key={trend.key} trend={trend} />
							))}
						</div>
					);
				}}
			</Loaded>
		</section>
	);
}

function TrendCard({ trend }: { readonly trend: Trend }) {
	const portal = usePortal();
	const { texts, formats, language } = portal;
	const { title, points } = trend;
	const last = points.at(-1);
	/** What a colour tells is told in words too. */
	const sayValue = ({ number, values }: TrendPoint) => {
		const outside = outsideOf({ number, low: trend.low, high: trend.high });
		return `${valueText(values, language)}${outside === undefined ? "" : ` (${texts.record[outside]})`}`;
	};
	return (
		<article className="card">
			<h2>{title}</h2>
			{last === undefined ? null : <p>{fill(texts.trends.latest, { value: sayValue(last), date: formats.day(last.date) })}</p>}
			{points.length > 1 ? <Chart trend={trend} /> : <p className="faint">{texts.trends.single}</p>}
			<p className="faint">{rangeOf(trend, portal)}</p>
			{points.length > 1 ? (
				<details>
					<summary>{texts.trends.table}</summary>
					<table>
						<thead>
							<tr>
								<th scope="col">{texts.trends.day}</th>
								<th scope="col">{texts.trends.value}</th>
							</tr>
						</thead>
						<tbody>
							{points.toReversed().map((point) => (
								<tr key={point.id}>
									<td>{formats.day(point.date)}</td>
									<td>{sayValue(point)}</td>
								</tr>
							))}
						</tbody>
					</table>
				</details>
			) : null}
		</article>
	);
}

function rangeOf({ low, high, unit }: Trend, { texts, formats, language }: Portal): string {
	const values = {
		unit: unitText(unit, language),
		low: low === undefined ? "" : formats.number(low),
		high: high === undefined ? "" : formats.number(high),
	};
	if (low !== undefined && high !== undefined) return fill(texts.trends.range, values);
	if (low !== undefined) return fill(texts.trends.rangeLow, values);
	return high === undefined ? texts.trends.noRange : fill(texts.trends.rangeHigh, values);
}
