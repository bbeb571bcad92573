import { boundsOf, type Trend, ticksOf } from "../core/trends.ts";
import { valueText } from "../core/units.ts";
import { outsideOf } from "../core/usualRange.ts";
import { fill } from "../texts/texts.ts";
import { usePortal } from "./PortalProvider.tsx";

const size = { width: 420, height: 200, left: 66, right: 14, top: 14, bottom: 32 } as const;

/** One value over time as a line, with the usual range as a band. The same numbers stand in the table beside it. */
export function Chart({ trend }: { readonly trend: Trend }) {
	const { texts, formats, language } = usePortal();
	const { points, low, high, title } = trend;
	const bounds = boundsOf(trend);
	const times = points.map(({ date }) => Date.parse(date));
	const [first, last] = [Math.min(...times), Math.max(...times)];
	const x = (time: number) => size.left + (size.width - size.left - size.right) * (last === first ? 0.5 : (time - first) / (last - first));
	const y = (number: number) => size.top + (size.height - size.top - size.bottom) * (1 - (number - bounds.min) / (bounds.max - bounds.min));
	const [bandTop, bandBottom] = [y(high ?? bounds.max), y(low ?? bounds.min)];
	const [from = "", to = ""] = [points[0]?.date, points.at(-1)?.date];
	const label = fill(texts.trends.chart, {
		name: title,
		count: formats.number(points.length),
		first: formats.day(from),
		last: formats.day(to),
	});
	// Two values of one month are told apart by their days.
	const axisUnit = from.slice(0, 7) === to.slice(0, 7) ? "day" : "month";
	return (
		<svg className="chart" viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={label}>
			{low === undefined && high === undefined ? null : (
				<rect
					className="chart-band"
					x={size.left}
					width={size.width - size.left - size.right}
					y={bandTop}
					height={Math.max(1, bandBottom - bandTop)}
				/>
			)}
			{ticksOf(bounds).map((tick) => (
				<g key={tick}>
					<line className="chart-grid" x1={size.left} x2={size.width - size.right} y1={y(tick)} y2={y(tick)} />
					<text className="chart-text" x={size.left - 6} y={y(tick) + 6} textAnchor="end">
						{formats.number(tick)}
					</text>
				</g>
			))}
			<polyline className="chart-line" points={points.map(({ number }, at) => `${x(times[at] as number)},${y(number)}`).join(" ")} />
			{points.map(({ id, number, date, values }, at) => (
				<circle
					key={id}
					className={outsideOf({ number, low, high }) === undefined ? "chart-dot" : "chart-dot chart-out"}
					cx={x(times[at] as number)}
					cy={y(number)}
					r="4.5"
				>
					<title>{`${formats.day(date)}: ${valueText(values, language)}`}</title>
				</circle>
			))}
			<text className="chart-text" x={size.left} y={size.height - 8}>
				{formats.axis(from, axisUnit)}
			</text>
			<text className="chart-text" x={size.width - size.right} y={size.height - 8} textAnchor="end">
				{formats.axis(to, axisUnit)}
			</text>
		</svg>
	);
}
