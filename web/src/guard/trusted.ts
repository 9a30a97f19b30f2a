/**
 * The one Trusted Types policy of the pages, named "aparte": it lets a script URL pass only if it is one of our own built files.
 * The server's `require-trusted-types-for 'script'` makes every other way to start a script a TypeError.
 */

interface ScriptPolicy {
  createScriptURL(input: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(input: string): string }): ScriptPolicy;
}

let policy: ScriptPolicy | null = null;

/** Whether `url` names a script among the built files of `origin`. Anything with a query, a fragment or a foreign origin does not. */
export function isOwnScript(url: string, origin: string): boolean {
  const parsed = URL.parse(url, origin);
  if (parsed === null) return false;
  return (
    parsed.origin === origin &&
    /^\/assets\/[\w.-]+\.js$/.test(parsed.pathname) &&
    parsed.search === "" &&
    parsed.hash === "" &&
    parsed.username === "" &&
    parsed.password === ""
  );
}

/**
 * `url` as `Worker` and `audioWorklet.addModule` accept it: a TrustedScriptURL where the browser has them.
 * The type says string because the DOM library of TypeScript does not know the other.
 *
 * @throws TypeError when the address is not one of our own built files.
 */
export function trustedScript(url: string): string {
  const check = (input: string): string => {
    if (!isOwnScript(input, location.origin)) throw new TypeError("not a script of this application");
    return input;
  };
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  if (factory === undefined) return check(url);
  policy ??= factory.createPolicy("aparte", { createScriptURL: check });
  return policy.createScriptURL(url) as string;
}
