/**
 * Everything about the stream at one moment, so that added = acked + waiting + lost holds to the entry. Makes an epoch
 * where there is none, and a new one where the stream has begun anew under its old account; a full Redis may refuse
 * that, then the epoch is empty. KEYS: stream, account. ARGV: group, id for a new epoch, entries to look
 * into (fewer where they are large).
 *
 * Alone on the stream everything in it waits. With other groups what we stored may still lie there: then Redis' own lag
 * decides, where it has one. Answers: epoch, length, added or -1, acked, waiting or -1, seconds, microseconds, first id or '',
 * oldest waiting id or '', events in the entries looked into, their number, groups (each: information, least idle ms or -1),
 * consumers of our group.
 */
export const STREAM_STATE = `
local stream, account, groupName = KEYS[1], KEYS[2], ARGV[1]
local function fieldsOf(info)
  local fields = {}
  for at = 1, #info, 2 do fields[info[at]] = info[at + 1] end
  return fields
end
local now = redis.call('TIME')
if redis.call('EXISTS', stream) == 0 then
  redis.call('DEL', account)
  return { '', 0, -1, 0, 0, now[1], now[2], '', '', 0, 0, {}, {} }
end
local info = fieldsOf(redis.call('XINFO', 'STREAM', stream))
local added, length = info['entries-added'] or -1, info.length
local groups, consumers, own = {}, {}, nil
for _, raw in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = fieldsOf(raw)
  local members, idle = redis.call('XINFO', 'CONSUMERS', stream, group.name), -1
  for _, member in ipairs(members) do
    local memberIdle = fieldsOf(member).idle
    if idle < 0 or memberIdle < idle then idle = memberIdle end
  end
  if group.name == groupName then own, consumers = group, members end
  groups[#groups + 1] = { raw, idle }
end
local counted = own and own.lag and own.lag + own.pending or -1
local isShared = own and #groups > 1
local waiting = isShared and counted or length
local acked = tonumber(redis.call('HGET', account, 'acked') or '0')
local epoch = redis.call('HGET', account, 'epoch') or ''
if added >= 0 and waiting >= 0 and added < acked + waiting then
  if counted >= 0 and counted < waiting and added >= acked + counted then
    waiting = counted
  elseif isShared then
    waiting = -1
  else
    local made = redis.pcall('HSET', account, 'epoch', ARGV[2], 'acked', added - waiting)
    epoch, acked = type(made) == 'table' and '' or ARGV[2], added - waiting
  end
end
if epoch == '' then
  local made = redis.pcall('HSETNX', account, 'epoch', ARGV[2])
  if type(made) ~= 'table' then epoch = ARGV[2] end
end
local from = '-'
if isShared and own.pending > 0 then
  from = redis.call('XPENDING', stream, groupName)[2]
elseif isShared then
  from = '(' .. own['last-delivered-id']
end
local oldest, events, sampled, bytes, pendingFrom = '', 0, 0, 0, from
while sampled < tonumber(ARGV[3]) and bytes < 1048576 do
  local entry = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
  if not entry then break end
  if oldest == '' then oldest = entry[1] end
  local count = tonumber(fieldsOf(entry[2]).n or '1') or 1
  events = events + math.max(1, math.min(count, 100000))
  sampled = sampled + 1
  for _, part in ipairs(entry[2]) do bytes = bytes + #part end
  from = '(' .. entry[1]
end
if isShared and own.pending > 0 then oldest = pendingFrom end
local first = info['first-entry'] and info['first-entry'][1] or ''
return {
  epoch, length, added, acked, waiting, now[1], now[2], first, oldest, tostring(events), sampled, groups, consumers
}`;
