/** The driver of ts-mls. */
import { drive } from "./drive";
import { IMPLEMENTATION } from "./tsmls";

await drive(IMPLEMENTATION);
