import { encodeQr, qrPath } from "#base";

/** A text as a picture that a telephone's camera reads. Dark on light in the dark as well: cameras look for it so. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
	const modules = encodeQr(text);
	const size = modules.length + 8;
	return (
		<svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
			<rect width={size} height={size} fill="#fff" />
			<path d={qrPath(modules)} fill="#000" />
		</svg>
	);
}
