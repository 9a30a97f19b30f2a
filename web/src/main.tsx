/** Entry of the page. */
import { render } from "preact";
import { App } from "./ui/app";
import { startLanguage } from "./ui/language";
import { startShortcuts } from "./ui/shortcuts";
import "./ui/styles";
import { startTheme } from "./ui/theme";

startLanguage();
startTheme();
startShortcuts();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
