import { createHash } from "node:crypto";

/** A Lua script, sent by its SHA-1 and in full only to a server that does not know it yet. Each one touches a single key. */
export interface Script {
  readonly source: string;
  /** Computed when first asked for: nothing happens at import. */
  readonly sha: string;
}

function makeScript(source: string): Script {
  let sha: string | undefined;
  return {
    source,
    get sha() {
      return (sha ??= createHash("sha1").update(source).digest("hex"));
    },
  };
}

/**
 * `live()` gives the four fields and the parsed times of a record that is there, readable and not expired at `now`. The caller's clock
 * decides, whatever the server's says: that is why each key also gets its remaining life (PEXPIRE), not a date.
 */
const LIVE = `
local key = KEYS[1]
local now = tonumber(ARGV[1])
local times_pattern = '^(%-?%d+) (%-?%d+) (%-?%d+) (%S+) (%S+) ([01])$'
local function live()
  local r = redis.pcall('HMGET', key, 'version', 'data', 'owner', 'times')
  if r.err or not r[1] or not r[2] or not r[4] then return nil end
  local created, seen, expires, idle, ends, persistent = string.match(r[4], times_pattern)
  if not expires or tonumber(expires) <= now then return nil end
  return r, created, seen, expires, idle, ends, persistent
end
local function index_end(expires, idle)
  local seconds = tonumber(idle) or 0
  local step = (seconds > 0 and seconds or 86400) * 1000
  return (math.floor(tonumber(expires) / step) + 2) * step
end
local function text(number) return string.format('%.0f', number) end
local function store(version, data, owner, times, life)
  if string.sub(owner, 1, 1) == '=' then
    redis.call('HSET', key, 'version', version, 'data', data, 'times', times, 'owner', string.sub(owner, 2))
  else
    redis.call('HSET', key, 'version', version, 'data', data, 'times', times)
    redis.call('HDEL', key, 'owner')
  end
  redis.call('PEXPIRE', key, life)
end
`;

/** ARGV: now. The fields of a live record, or nothing: a read that always asks the primary. */
export const READ: Script = makeScript(`${LIVE}
local r = live()
if not r then return false end
return r
`);

/**
 * ARGV: now, version, data, owner ("=name" or "-"), times, life in ms. 1: created. 0: the id is taken. What an expired record left
 * is overwritten, not deleted first: after a deletion a full server would let the script write on.
 */
export const CREATE: Script = makeScript(`${LIVE}
if live() then return 0 end
local kind = redis.call('TYPE', key).ok
if kind ~= 'none' and kind ~= 'hash' then redis.call('DEL', key) end
store(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return 1
`);

/**
 * What the index of an owner outlives: the end of a session that has no fixed end, and the whole idle time after that in which this one falls. So
 * a session that goes on has to prolong its index once in an idle time and not at every write. The scripts' `index_end` is the same.
 */
export function indexEnd(expiresAt: number, idleSeconds: number | null): number {
  const step = (idleSeconds || DAY_SECONDS) * 1000;
  return (Math.floor(expiresAt / step) + 2) * step;
}

const DAY_SECONDS = 86_400;

/**
 * ARGV: now, expected version, version, data, owner, times, life in ms, "1" when the owner's index has the id already.
 * {1, former owner}: updated. {0, fields}: conflict. {-1}: gone. {2}: nothing done, put the id into the owner's index first.
 */
export const UPDATE: Script = makeScript(`${LIVE}
local r, _, _, expires, idle, ends = live()
if not r then return {-1} end
if r[1] ~= ARGV[2] then return {0, r[1], r[2], r[3], r[4]} end
local owner = ARGV[5]
if ARGV[8] ~= '1' and string.sub(owner, 1, 1) == '=' then
  local _, _, new_expires, new_idle, new_ends = string.match(ARGV[6], times_pattern)
  if r[3] ~= string.sub(owner, 2) or new_ends ~= ends then return {2} end
  if ends == '-' and index_end(new_expires, new_idle) > index_end(expires, idle) then return {2} end
end
store(ARGV[3], ARGV[4], owner, ARGV[6], ARGV[7])
return {1, r[3]}
`);

/**
 * ARGV: now, version, lastSeenAt, expiresAt, "1" when the owner's index lives long enough already. 1: moved (or a later visit had moved it
 * already). 0: gone or changed. {2, owner, idle seconds}: nothing done, prolong the owner's index first.
 */
export const TOUCH: Script = makeScript(`${LIVE}
local r, created, seen, expires, idle, ends, persistent = live()
if not r or r[1] ~= ARGV[2] then return 0 end
if tonumber(ARGV[3]) < tonumber(seen) then return 1 end
if ARGV[5] ~= '1' and r[3] and ends == '-' and index_end(ARGV[4], idle) > index_end(expires, idle) then return {2, r[3], idle} end
redis.call('HSET', key, 'times', table.concat({created, ARGV[3], ARGV[4], idle, ends, persistent}, ' '))
redis.call('PEXPIRE', key, text(tonumber(ARGV[4]) - now))
return 1
`);

/** ARGV: now, expected version ("=version" or "-"). {1, owner}: deleted. {0}: gone. {-1}: another version. */
export const DELETE: Script = makeScript(`${LIVE}
local r = live()
if not r then
  redis.call('DEL', key)
  return {0}
end
if ARGV[2] ~= '-' and '=' .. r[1] ~= ARGV[2] then return {-1} end
redis.call('DEL', key)
return {1, r[3]}
`);

/** ARGV: now, owner. 1: it was that owner's and is deleted. */
export const DELETE_IF_OWNED: Script = makeScript(`${LIVE}
local r = live()
if not r or r[3] ~= ARGV[2] then return 0 end
redis.call('DEL', key)
return 1
`);

/**
 * Puts an id into an owner's index: ARGV now, id, life in ms of what it names, how many ids are kept without a look,
 * the instant before which entries may be looked at, a number to choose by. The index lives as long as its longest-lived entry.
 * Answers with a few old entries when there are many, for the caller to check.
 */
export const INDEX_ADD: Script = makeScript(`
local key = KEYS[1]
local life = redis.call('PTTL', key)
redis.call('ZADD', key, ARGV[1], ARGV[2])
if life ~= -1 and tonumber(ARGV[3]) > life then redis.call('PEXPIRE', key, ARGV[3]) end
if redis.call('ZCARD', key) <= tonumber(ARGV[4]) then return {} end
local old = redis.call('ZCOUNT', key, '-inf', ARGV[5])
if old == 0 then return {} end
return redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[5], 'LIMIT', tonumber(ARGV[6]) % old, 8)
`);
