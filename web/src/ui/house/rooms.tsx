/** Which screen about accounts is shown, and what its buttons do. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { House } from "../../page/house";
import { hasPasskeys } from "../../page/passkey";
import type { Room } from "../../page/route";
import { Account } from "./account";
import { Accounts } from "./accounts";
import { SetUp, TicketOver } from "./setup";
import { Second, SignIn } from "./signin";

export interface RoomsProps {
  room: Room;
  /** What came behind the # of a set-up link. */
  ticket: string;
  house: House;
  /** Goes to the start page. */
  home: () => void;
}

export function Rooms({ room, ticket, house, home }: RoomsProps): JSX.Element | null {
  const me = house.me.value;
  useEffect(() => {
    if (me !== null && room === "account") void house.loadAccount();
    if (me?.role === "administrator" && room === "accounts") void house.loadPeople();
  }, [me, room, house]);
  // Whoever has arrived is led on: nobody signs in twice, or stays where only others may be.
  const isThrough = me !== null && (room === "signin" || room === "setup" || room === "welcome");
  const isStray = (room === "accounts" || room === "levels") && me !== null && me.role !== "administrator";
  useEffect(() => {
    if (isThrough || isStray) home();
  }, [isThrough, isStray, home]);
  if (isThrough || isStray) return null;

  if (room === "setup" || room === "welcome") {
    if (ticket === "") return <TicketOver />;
    const isFirst = room === "setup";
    return (
      <SetUp
        first={isFirst}
        login=""
        setUp={({ login, name: shown, password }) =>
          house.setUp(ticket, password, isFirst ? { login, name: shown } : null)
        }
      />
    );
  }
  const second = house.second.value;
  if (me === null && second !== null) {
    return (
      <Second
        {...second}
        prove={(code) => house.prove(code)}
        usePasskey={() => house.proveWithPasskey()}
        back={() => house.beginAgain()}
      />
    );
  }
  if (me === null) {
    return (
      <SignIn
        signIn={(login, password) => house.signIn(login, password)}
        usePasskey={() => house.signInWithPasskey()}
        passkeys={hasPasskeys()}
      />
    );
  }
  if (room === "accounts") {
    return (
      <Accounts
        people={house.people.value}
        self={me.id}
        add={(person) => house.add(person)}
        newLink={(id) => house.newLink(id)}
        end={(id) => house.end(id)}
      />
    );
  }
  return (
    <Account
      me={me}
      sessions={house.sessions.value}
      factors={house.factors.value}
      recoveryLeft={house.recoveryLeft.value}
      passkeys={hasPasskeys()}
      changePassword={(old, fresh) => house.changePassword(old, fresh)}
      beginTotp={(password) => house.beginTotp(password, "TOTP")}
      confirmTotp={(code) => house.confirmTotp(code)}
      addPasskey={(password) => house.addPasskey(password, "WebAuthn")}
      makeRecovery={(password) => house.makeRecovery(password)}
      removeFactor={(id, password) => house.removeFactor(id, password)}
      endSession={(id) => house.endSession(id)}
      signOut={() => void house.signOut().then(home)}
    />
  );
}
