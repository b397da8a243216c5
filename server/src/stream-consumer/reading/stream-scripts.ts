/**
 * Makes the stream and the group; fails with BUSYGROUP where it is there. A script, because a Redis that is out of memory
 * refuses the command itself, and then nobody would ever make room. KEYS: stream. ARGV: group.
 */
export const CREATE_GROUP = `return redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')`;

/**
 * After the commit. Removes only while ours is the only group on the stream: another one may still need the entry.
 * Counts what left our pending list by this call, so that two replicas that stored an entry both count it once.
 * KEYS: stream, account. ARGV: group, then the ids.
 */
export const ACKNOWLEDGE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local ids = {unpack(ARGV, 2)}
local acked = redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
if #redis.call('XINFO', 'GROUPS', KEYS[1]) == 1 then redis.call('XDEL', KEYS[1], unpack(ids)) end
if acked > 0 then redis.call('HINCRBY', KEYS[2], 'acked', acked) end
return acked`;

/**
 * New entries until there are enough of them or enough bytes. Redis counts entries, but they weigh what they weigh: 2,000
 * of the largest would be 16 GB. KEYS: stream. ARGV: group, consumer, most entries, most bytes, entries per step.
 */
export const READ_NEW = `
local found, bytes, left, step = {}, 0, tonumber(ARGV[3]), tonumber(ARGV[5])
while left > 0 and bytes < tonumber(ARGV[4]) do
  local count = math.min(left, step)
  local page = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count, 'STREAMS', KEYS[1], '>')
  if not page or not page[1] then break end
  for _, entry in ipairs(page[1][2]) do
    found[#found + 1] = entry
    for _, part in ipairs(entry[2]) do bytes = bytes + #part end
  end
  left = left - #page[1][2]
  if #page[1][2] < count then break end
end
return found`;

/** Reading and deleting in one step: an entry must not be given to a consumer that is about to go. */
export const FORGET_CONSUMERS = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local forgotten = 0
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for at = 1, #info, 2 do consumer[info[at]] = info[at + 1] end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) and consumer.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    forgotten = forgotten + 1
  end
end
return forgotten`;

/**
 * Removes entries below the lowest id any group still needs: its oldest pending one, else the one after its last
 * delivered. Exact, without `~`. Alone on the stream we remove with the acknowledgement; this is for what other groups,
 * there or gone by now, kept. KEYS: stream. Returns how many went.
 */
export const TRIM_FINISHED = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
if #groups == 0 then return 0 end
local lowest
for _, info in ipairs(groups) do
  local group = {}
  for at = 1, #info, 2 do group[info[at]] = info[at + 1] end
  local needed = group['last-delivered-id']
  if group.pending > 0 then
    needed = redis.call('XPENDING', KEYS[1], group.name)[2]
  else
    local nextOne = redis.call('XRANGE', KEYS[1], '(' .. needed, '+', 'COUNT', 1)
    if nextOne[1] then
      needed = nextOne[1][1]
    else
      local ms, no = string.match(needed, '^(%d+)-(%d+)$')
      needed = ms .. '-' .. string.format('%.0f', tonumber(no) + 1)
    end
  end
  local ms, no = string.match(needed, '^(%d+)-(%d+)$')
  ms, no = tonumber(ms), tonumber(no)
  if not lowest or ms < lowest.ms or (ms == lowest.ms and no < lowest.no) then
    lowest = { ms = ms, no = no, id = needed }
  end
end
return redis.call('XTRIM', KEYS[1], 'MINID', lowest.id)`;
