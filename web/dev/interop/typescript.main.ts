/** The driver of our own MLS in TypeScript. */
import { drive } from "./drive";
import { IMPLEMENTATION } from "./own";

await drive(IMPLEMENTATION);
