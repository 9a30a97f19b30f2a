/**
 * The one Trusted Types policy of the pages, named "aparte": a worker or worklet starts from code that came inside the
 * page's own script, whose hash the page carries, and from nothing that a server answers on its own. The server's
 * `require-trusted-types-for 'script'` makes every other way to start a script a TypeError, and `worker-src blob:`
 * leaves addresses of the server no way to be one.
 */

declare const built: unique symbol;
/** A whole script as text, from `import text from "./some.worker?code"`. */
export type Code = string & { readonly [built]: true };

interface ScriptPolicy {
  createScriptURL(input: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(input: string): string }): ScriptPolicy;
}

const addresses = new Map<Code, string>();
let policy: ScriptPolicy | null = null;

function check(address: string): string {
  if (![...addresses.values()].includes(address)) throw new TypeError("not a script of this application");
  return address;
}

/** The address at which this page holds the code; the same one for as long as the page lives. */
function addressOf(code: Code): string {
  const address = addresses.get(code) ?? URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  addresses.set(code, address);
  return address;
}

/**
 * An address of `code` as `Worker` and `audioWorklet.addModule` accept it: a TrustedScriptURL where the browser has them.
 * The type says string because the DOM library of TypeScript does not know the other.
 */
export function trustedScript(code: Code): string {
  const address = addressOf(code);
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  if (factory === undefined) return address;
  policy ??= factory.createPolicy("aparte", { createScriptURL: check });
  return policy.createScriptURL(address) as string;
}
