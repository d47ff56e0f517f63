import { RecordCorrupt } from "../errors.ts";
import type { SessionValues } from "../codec/codec.ts";
import { RESERVED } from "../session/keys.ts";
import type { SessionRecord } from "../store/store.ts";
import type { Account } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { readDevice, type DeviceNote } from "./device.ts";
import { demandByOwner } from "./end-sessions.ts";
import { parseMark, type LoginMark } from "./login-mark.ts";

/** A session that its user could go on with. */
export interface ListedLogin {
  readonly record: SessionRecord;
  readonly mark: LoginMark;
  readonly device: DeviceNote | null;
}

/** The sessions of a user that are logged in, the one seen last first. Those that a changed password or an epoch has ended are left out. */
export async function listLogins(auth: AuthFeature, userId: string): Promise<ListedLogin[]> {
  const account = await auth.settings.users.findById(userId);
  if (account === null) return [];
  const epoch = await auth.epochOf(account);
  const records = await demandByOwner(auth).listByOwner(userId, { now: auth.settings.clock.now() });
  return records.flatMap((record) => readLogin(auth, record, account, epoch) ?? []);
}

/** One session, if it is this user's and alive. */
export async function findLogin(auth: AuthFeature, account: Account, id: string): Promise<ListedLogin | null> {
  const record = await demandByOwner(auth).read(id, { now: auth.settings.clock.now() });
  return record === null ? null : readLogin(auth, record, account, await auth.epochOf(account));
}

function readLogin(auth: AuthFeature, record: SessionRecord, { user, passwordHash }: Account, epoch: number): ListedLogin | null {
  if (record.owner !== user.id) return null;
  const values = decode(auth, record);
  const mark = parseMark(values?.[RESERVED.auth]);
  if (mark === null || mark.user !== user.id || mark.epoch < epoch || auth.sessionHash.match(passwordHash, mark.hash) === null) return null;
  return { record, mark, device: readDevice(values?.[RESERVED.device]) };
}

function decode(auth: AuthFeature, record: SessionRecord): SessionValues | null {
  try {
    return auth.settings.codec.decode(record.data).values;
  } catch (error) {
    if (error instanceof RecordCorrupt) return null;
    throw error;
  }
}
