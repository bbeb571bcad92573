import { Alert } from "@mantine/core";
import { Failure } from "../States.tsx";
import { useStaffTexts } from "./useStaff.ts";
import { isRefused } from "./useWatch.ts";

/** Why an officer sees nothing: to who is none any more the node says no more than to anybody. */
export function OfficerFailure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
	const { common } = useStaffTexts();
	if (!isRefused(error)) return <Failure error={error} onRetry={onRetry} />;
	return (
		<Alert color="red" variant="light" role="alert">
			<p>{common.notYou}</p>
		</Alert>
	);
}
