import { z } from "zod";

// Comes before whatever makes schemas: zod would try out whether it may compile text, which the pages' policy forbids and reports.
z.config({ jitless: true });
