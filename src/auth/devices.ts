import { NotAuthenticated } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { RESERVED } from "../session/keys.ts";
import { Values } from "../session/values.ts";
import type { Account } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { cleanDeviceName, readDevice, type DeviceNote } from "./device.ts";
import { demandByOwner, endEverySession } from "./end-sessions.ts";
import { findLogin, listLogins } from "./list-logins.ts";
import { logOut } from "./log-out.ts";
import { writeMark } from "./login-mark.ts";
import { refuseLink } from "./refuse-link.ts";

/** One of the user's sessions. */
export interface DeviceSession {
  /** Names the session in `name` and `revoke`. Opens nothing. */
  readonly id: string;
  /** It is the one of this request. */
  readonly isCurrent: boolean;
  /** What the user calls it; null until they do. */
  readonly name: string | null;
  /** The browser's own description of itself; empty when it gave none. */
  readonly agent: string;
  /** How the user proved who they are, and when. Instants are milliseconds since 1970. */
  readonly method: string;
  readonly provedAt: number;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  /** The cookie outlives the browser. */
  readonly persistent: boolean;
}

/** How often another device's session is tried while its own requests keep changing it. */
const MOST_TRIES = 20;

/** `req.coat.auth.sessions`: the sessions of the user who is logged in, and nobody else's. */
export class Devices {
  readonly #auth: AuthFeature;
  readonly #exchange: ExchangeState;

  constructor(auth: AuthFeature, exchange: ExchangeState) {
    this.#auth = auth;
    this.#exchange = exchange;
  }

  /** All of them that are alive, the one seen last first. @throws NotAuthenticated; ConfigurationError when the store cannot list */
  async list(): Promise<DeviceSession[]> {
    const { user } = await this.#account();
    const own = this.#exchange.session.record?.id;
    return (await listLogins(this.#auth, user.id)).map(({ record, mark, device }) => ({
      id: record.id,
      isCurrent: record.id === own,
      name: device?.name ?? null,
      agent: device?.agent ?? "",
      method: mark.method,
      provedAt: mark.at,
      createdAt: record.createdAt,
      lastSeenAt: record.lastSeenAt,
      expiresAt: record.expiresAt,
      persistent: record.persistent,
    }));
  }

  /** Gives a device a name of at most 100 characters; an empty one takes it away. False: the user has no such session. */
  async name(id: string, name: string): Promise<boolean> {
    const account = await this.#account();
    const { session } = this.#exchange;
    if (session.record?.id === id) {
      session.alter("auth.sessions.name()");
      session.values.change(RESERVED.device, (current) => rename(current, name));
      await this.#exchange.save();
      return true;
    }
    return this.#nameOther(account, id, name);
  }

  /** Ends one session; its own: logs out. False: the user has no such session. @throws MethodNotAllowed (405) on a GET, as `logout`; NotAuthenticated */
  async revoke(id: string): Promise<boolean> {
    refuseLink(this.#exchange, "Ending a session");
    const account = await this.#account();
    if (this.#exchange.session.record?.id === id) {
      await logOut(this.#auth, this.#exchange);
      return true;
    }
    const found = await findLogin(this.#auth, account, id);
    if (found === null) return false;
    const outcome = await demandByOwner(this.#auth).delete(id, undefined, { now: this.#exchange.now() });
    publish("session.revoked", { id, owner: account.user.id });
    return outcome === "deleted";
  }

  /**
   * Ends every session but this one, those included that no list shows and logins that are just being made.
   *
   * @returns how many the store listed
   * @throws MethodNotAllowed (405) on a GET, as `logout`; NotAuthenticated; ConfigurationError where neither a list nor epochs tell of them
   */
  async revokeOthers(): Promise<number> {
    refuseLink(this.#exchange, "Ending other sessions");
    const { user } = await this.#account();
    if (this.#auth.settings.epochs === null) demandByOwner(this.#auth);
    await this.#stayAhead(user.id);
    return endEverySession(this.#auth, user.id, this.#exchange.session.record?.id ?? "");
  }

  /**
   * Ends every session, this one included: signs out everywhere.
   *
   * @returns how many the store listed
   * @throws MethodNotAllowed (405) on a GET, as `logout`; NotAuthenticated
   */
  async revokeAll(): Promise<number> {
    refuseLink(this.#exchange, "Signing out everywhere");
    const { user } = await this.#account();
    await logOut(this.#auth, this.#exchange);
    return 1 + (await endEverySession(this.#auth, user.id));
  }

  /**
   * Raises the user's epoch without ending this session: it says the next epoch before that comes, so that a parallel request of its
   * own never finds it behind.
   */
  async #stayAhead(userId: string): Promise<void> {
    const { epochs } = this.#auth.settings;
    if (epochs === null) return;
    if (this.#exchange.manager.residence.cookieCarriesRecord) {
      // The cookie itself says the epoch: only a new one says the next.
      const raised = await epochs.raise(userId);
      this.#exchange.session.owner = userId;
      this.#exchange.session.rotation = "privilege";
      return this.#takeEpoch(raised);
    }
    const next = (await epochs.read(userId)) + 1;
    await this.#takeEpoch(next);
    const raised = await epochs.raise(userId);
    if (raised > next) await this.#takeEpoch(raised);
  }

  async #takeEpoch(epoch: number): Promise<void> {
    const current = this.#auth.currentOf(this.#exchange);
    const [account, mark] = [await current.account(), await current.mark()];
    if (account === null || mark === null) throw new NotAuthenticated("/");
    const { session } = this.#exchange;
    session.alter("auth.sessions.revokeOthers()");
    const renewed = { ...mark, epoch };
    writeMark(session, renewed);
    current.accept(renewed, account);
    await this.#exchange.save();
  }

  async #nameOther(account: Account, id: string, name: string): Promise<boolean> {
    const store = demandByOwner(this.#auth);
    const { codec, clock } = this.#auth.settings;
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const found = await findLogin(this.#auth, account, id);
      if (found === null) return false;
      const values = new Values(codec, found.record.data, { valuesCorrupt: () => {} });
      values.change(RESERVED.device, (current) => rename(current, name));
      const { text } = values.encode(values.collectEdits());
      const version = this.#exchange.manager.settings.random.tag();
      const { outcome } = await store.update({ ...found.record, data: text ?? found.record.data, version }, found.record.version, { now: clock.now() });
      if (outcome !== "conflict") return outcome === "updated";
    }
    return false;
  }

  async #account(): Promise<Account> {
    const account = await this.#auth.currentOf(this.#exchange).account();
    if (account === null) throw new NotAuthenticated(this.#auth.settings.loginUrl);
    return account;
  }
}

function rename(current: unknown, name: string): DeviceNote {
  const { agent } = readDevice(current) ?? { agent: "" };
  const cleaned = cleanDeviceName(name);
  return cleaned === "" ? { agent } : { agent, name: cleaned };
}
