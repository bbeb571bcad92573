/**
 * What comes first: little, so that it runs while the rest is still on its way. The thread that holds the key starts at once, the words of the language are
 * asked for at once, and the styles stand in the page's head.
 */
import "@mantine/core/styles.css";
import "./styles/portal.css";
import "./begun.ts";

void import("./main.tsx");
