import { TextInput } from "@mantine/core";
import { usePortal } from "./PortalProvider.tsx";

interface DayInputProps {
	readonly label: string;
	/** As `2026-11-29`, or "". */
	readonly value: string;
	readonly onDay: (day: string) => void;
	readonly min?: string;
	readonly error?: string | undefined;
}

/** A day to choose. How the field itself writes it is the browser's affair, in the device's language: below it the day stands in the page's. */
export function DayInput({ label, value, onDay, min, error }: DayInputProps) {
	const { formats } = usePortal();
	return (
		<TextInput
			type="date"
			label={label}
			value={value}
			min={min}
			error={error}
			description={value === "" ? undefined : formats.day(value)}
			inputWrapperOrder={["label", "input", "description", "error"]}
			onChange={(event) => onDay(event.currentTarget.value)}
			maw={260}
		/>
	);
}
