/** Passkeys, by the browser's own JSON forms (WebAuthn level 3, section 5.1). */

interface Json {
  toJSON(): object;
}

/** Whether this browser has passkeys in the forms that we use. */
export function hasPasskeys(): boolean {
  return (
    typeof PublicKeyCredential === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function"
  );
}

/** Lets the person choose and use a passkey; null when they did not, or the browser could not. */
export async function usePasskey(options: unknown): Promise<object | null> {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
    return json(await navigator.credentials.get({ publicKey }));
  } catch {
    return null;
  }
}

/** Makes a passkey. */
export async function makePasskey(options: unknown): Promise<object | null> {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      options as PublicKeyCredentialCreationOptionsJSON,
    );
    return json(await navigator.credentials.create({ publicKey }));
  } catch {
    return null;
  }
}

function json(credential: Credential | null): object | null {
  return credential === null ? null : (credential as Credential & Json).toJSON();
}
