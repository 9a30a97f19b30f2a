/** Entry of the page. */
import { render } from "preact";
import { isWhole } from "./guard/whole";
import { App } from "./ui/app";
import { startLanguage } from "./ui/language";
import { startShortcuts } from "./ui/shortcuts";
import "./ui/styles";
import { startTheme } from "./ui/theme";

const root = document.getElementById("app");
// Otherwise the page's own words remain, which say that it has not started.
if (root !== null && isWhole(document)) {
  document.getElementById("refused")?.remove();
  startLanguage();
  startTheme();
  startShortcuts();
  render(<App />, root);
}
