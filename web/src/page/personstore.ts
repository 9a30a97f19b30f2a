/** Where a browser keeps person keys: a database of our own origin, whose private keys no script can read. */
import type { Bytes } from "../core/octets";

/** A person key and what its house said of it. */
export interface KeptPerson {
  readonly publicKey: Bytes; // Ed25519, 32 octets
  /** A private key that the browser holds, or its seed of 32 octets where the browser has no Ed25519. */
  readonly privateKey: CryptoKey | Bytes;
  readonly certificate: Bytes | null; // 120 octets, for the name and the label that stand here
  readonly name: string;
  readonly label: string;
  readonly used: number; // ms since 1970
}

/** Everything is by id; every method may fail, and has then done nothing. */
export interface PersonStore {
  /** Keeps `fresh` where nothing is kept yet; gives what is kept. Two windows that begin at once get the same. */
  keep(id: string, fresh: KeptPerson): Promise<KeptPerson>;
  /** Replaces what is kept of the same key; what was erased meanwhile stays erased. */
  update(id: string, person: KeptPerson): Promise<void>;
  get(id: string): Promise<KeptPerson | null>;
  erase(which: (id: string, person: KeptPerson) => boolean): Promise<void>;
}

const DATABASE = "aparte";
const TABLE = "persons";
const VERSION = 1;

/** The browser's database (Indexed Database API). Each method is one transaction. */
export class DatabaseStore implements PersonStore {
  #database: Promise<IDBDatabase> | null = null;

  constructor(private readonly factory: IDBFactory) {}

  keep(id: string, fresh: KeptPerson): Promise<KeptPerson> {
    return this.#within("readwrite", async (table) => {
      const kept = await answer<KeptPerson | undefined>(table.get(id));
      if (kept !== undefined) return kept;
      await answer(table.put(fresh, id));
      return fresh;
    });
  }

  update(id: string, person: KeptPerson): Promise<void> {
    return this.#within("readwrite", async (table) => {
      const kept = await answer<KeptPerson | undefined>(table.get(id));
      if (kept !== undefined && isSameKey(kept, person)) await answer(table.put(person, id));
    });
  }

  get(id: string): Promise<KeptPerson | null> {
    return this.#within("readonly", async (table) => (await answer<KeptPerson | undefined>(table.get(id))) ?? null);
  }

  erase(which: (id: string, person: KeptPerson) => boolean): Promise<void> {
    return this.#within("readwrite", async (table) => {
      const [ids, persons] = await Promise.all([
        answer<IDBValidKey[]>(table.getAllKeys()),
        answer<KeptPerson[]>(table.getAll()),
      ]);
      const gone = ids.filter((id, at) => {
        const person = persons[at];
        return person !== undefined && which(String(id), person);
      });
      await Promise.all(gone.map((id) => answer(table.delete(id))));
    });
  }

  async #within<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => Promise<T>): Promise<T> {
    const transaction = (await this.#open()).transaction(TABLE, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    // Both are awaited: what was asked may succeed and the transaction that was to write it still fail.
    const [result] = await Promise.all([work(transaction.objectStore(TABLE)), done]);
    return result;
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = null;
      throw error;
    });
    return this.#database;
  }

  async #connect(): Promise<IDBDatabase> {
    const request = this.factory.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    const database = await answer(request);
    const reopen = (): void => {
      this.#database = null;
      database.close();
    };
    // The person erased what sites keep, or a newer page changes the database: the next use opens it again.
    database.onclose = reopen;
    database.onversionchange = reopen;
    return database;
  }
}

function isSameKey(one: KeptPerson, other: KeptPerson): boolean {
  return one.publicKey.every((octet, at) => octet === other.publicKey[at]);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
