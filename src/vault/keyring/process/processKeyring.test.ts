import { describeCohorts } from "../testing/describeCohorts.ts";
import { describeKeyring } from "../testing/describeKeyring.ts";
import { createProcessBench } from "../testing/processBench.ts";

describeKeyring("a keyring in a process of its own", createProcessBench);
describeCohorts("cohorts before a keyring in a process of its own", createProcessBench);
