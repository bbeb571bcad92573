import { createTheme } from "@mantine/core";

/** Sizes and colours are those of the style sheet; here stands what components read from the theme. */
export const theme = createTheme({ primaryColor: "teal", defaultRadius: "md", cursorType: "pointer", respectReducedMotion: true });
