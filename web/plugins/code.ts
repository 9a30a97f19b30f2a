import { build, type Plugin, type Rolldown } from "vite";

const SUFFIX = "?code";

/** What the pages and everything inside them are built with; nothing of it depends on the machine or its environment. */
export const BUILD = {
  target: "es2022",
  assetsInlineLimit: 0,
  sourcemap: false,
  modulePreload: { polyfill: false },
} as const;

/**
 * `import text from "./some.worker?code"`: a script with everything that it imports, as text. A worker or worklet that
 * is loaded from an address cannot carry `integrity`; one that travels inside a script is covered by that script's.
 */
export function code(): Plugin {
  return {
    name: "aparte:code",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(SUFFIX)) return null;
      const made = (await build({
        configFile: false,
        envDir: false,
        publicDir: false,
        logLevel: "error",
        build: { ...BUILD, write: false, rolldownOptions: { input: id.slice(0, -SUFFIX.length) } },
      })) as Rolldown.RolldownOutput;
      const [script, ...others] = made.output;
      if (others.length > 0 || script.imports.length > 0 || script.dynamicImports.length > 0) {
        this.error(`${id}: has to be one file`);
      }
      return { code: `export default ${JSON.stringify(script.code)};`, map: null, moduleType: "js" };
    },
  };
}
