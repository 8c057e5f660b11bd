-- The state of all jobs, changed in one step each. KEYS[1]: what all keys begin with (a hash tag, so that they lie in one
-- place of a cluster); ARGV[1]: the operation; the rest belongs to it. Moments are the server's own, in ms.
--
--   job:<id>              hash: owner, lane, kind, language, envelope (until it is over), state (waiting, released, running,
--                         delayed, over), attempt (which fences: it grows whenever the job is given to somebody, and from
--                         one memory of this server to the next), tries (how often it was lost or failed), worker, cancel,
--                         created, parts, refused (by workers that could not take it), avoid (a worker that failed to do
--                         it), stray (somebody may still be at it),
--                         again (why it is to be done once more, until somebody does)
--   part:<id>             the job whose part goes by that id
--   unwanted:<id>         parts of a job that were cancelled
--   told:<id>             what was told of a job and is not told again when it is done once more
--   gone:<id>             whoever may still be at a job that is forgotten need not go on; for a while
--   events:<id>           stream of what is told of a job or a part
--   results               stream of what is to be kept
--   turns:<lane>          owners in the order in which it is their turn;  wait:<lane>:<owner>: their jobs
--   age:<kind>            jobs that wait, by the moment they came
--   deadlines             jobs that are not over, by the moment by which they must be
--   leases                jobs that somebody has, by the moment until which;  lanes, busy: how many by lane, by owner
--   delayed               jobs that begin later, by the moment
--   workers               by their last sign of life;  worker:<id>: what they say of themselves
--   config                what all processes go by

local p = KEYS[1]
local op = ARGV[1]
local LANES = {'interactive', 'submissions', 'validations'}
local KINDS = {'run', 'submission', 'batch', 'validation'}
local QUICK = 'interactive'
local ANY_LANGUAGE = 'several'
local ALIVE_MS = 15000
local RELEASED_MS = 10000
local MOST_TRIES = 3
local FIRST_PAUSE_MS = 1000
local GONE_S = 3600
local FAILURES = {sandbox = true, data = true, envelope = true, version = true} -- of that worker, not of its death
local TOLD_S = 60
local PART_TOLD_S = 3600

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local now = now_ms()

local function contains(words, word)
  return string.find(',' .. words .. ',', ',' .. word .. ',', 1, true) ~= nil
end

local function job_of(id)
  return p .. 'job:' .. id
end

local function field(id, name)
  return redis.call('HGET', job_of(id), name)
end

local function fenced(id, attempt, worker)
  local found = redis.call('HMGET', job_of(id), 'state', 'attempt', 'worker')
  return found[1] == 'running' and found[2] == attempt and found[3] == worker
end

local function ids_of(id)
  local ids = {id}
  local parts = field(id, 'parts')
  if parts and parts ~= '' then
    for part in string.gmatch(parts, '[^,]+') do ids[#ids + 1] = part end
  end
  return ids
end

local function write(id, kind, data)
  redis.call('XADD', p .. 'events:' .. id, 'MAXLEN', '~', 10000, '*', 'kind', kind, 'data', data)
end

-- Whoever follows it.
local function wake(id, kind)
  redis.call('PUBLISH', p .. 'told', id .. ' ' .. kind)
end

local function tell(id, kind, data)
  write(id, kind, data)
  wake(id, kind)
end

local function result(...)
  redis.call('XADD', p .. 'results', '*', ...)
end

local function control(id)
  redis.call('PUBLISH', p .. 'control', id)
end

-- A job waits, first or last of its owner's.
local function wait(id, first)
  local own = redis.call('HMGET', job_of(id), 'owner', 'lane', 'kind', 'created')
  local turns, line = p .. 'turns:' .. own[2], p .. 'wait:' .. own[2] .. ':' .. own[1]
  if redis.call('EXISTS', line) == 0 then
    redis.call(first and 'LPUSH' or 'RPUSH', turns, own[1])
  end
  redis.call(first and 'LPUSH' or 'RPUSH', line, id)
  redis.call('ZADD', p .. 'age:' .. own[3], own[4], id)
  redis.call('HSET', job_of(id), 'state', 'waiting')
end

-- A job waits no longer. taken: its owner had their turn.
local function stop_waiting(id, taken)
  local own = redis.call('HMGET', job_of(id), 'owner', 'lane', 'kind')
  local turns, line = p .. 'turns:' .. own[2], p .. 'wait:' .. own[2] .. ':' .. own[1]
  redis.call('LREM', line, 1, id)
  redis.call('ZREM', p .. 'age:' .. own[3], id)
  if redis.call('EXISTS', line) == 0 then
    redis.call('LREM', turns, 1, own[1])
  elseif taken then
    redis.call('LREM', turns, 1, own[1])
    redis.call('RPUSH', turns, own[1])
  end
end

local function count_down(hash, name)
  if redis.call('HINCRBY', p .. hash, name, -1) <= 0 then redis.call('HDEL', p .. hash, name) end
end

-- Nobody has the job any more.
local function let_go(id)
  if redis.call('ZREM', p .. 'leases', id) == 1 then
    local own = redis.call('HMGET', job_of(id), 'owner', 'lane')
    count_down('busy', own[1])
    count_down('lanes', own[2])
  end
end

-- Out of everything but what is told of it.
local function remove(id)
  local state = field(id, 'state')
  if not state then return end
  if state == 'waiting' then stop_waiting(id, false) end
  let_go(id)
  redis.call('ZREM', p .. 'delayed', id)
  redis.call('ZREM', p .. 'deadlines', id)
end

local function forget(id)
  for index, each in ipairs(ids_of(id)) do
    if index > 1 then redis.call('DEL', p .. 'part:' .. each) end
  end
  remove(id)
  if field(id, 'stray') then redis.call('SET', p .. 'gone:' .. id, '', 'EX', GONE_S) end
  redis.call('DEL', job_of(id), p .. 'unwanted:' .. id, p .. 'told:' .. id)
end

-- All is done but to keep its result.
local function finish(id)
  remove(id)
  redis.call('HDEL', job_of(id), 'envelope')
  redis.call('HSET', job_of(id), 'state', 'over')
end

-- Over without a result of anybody who did it: whoever keeps results makes one.
local function conclude(id, kind, reason)
  finish(id)
  result('kind', kind, 'id', id, 'reason', reason)
end

-- Whoever does it shall stop.
local function interrupt(id)
  if field(id, 'state') == 'running' then
    redis.call('HSET', job_of(id), 'stray', 1)
    control(id)
  end
end

local function alive()
  return redis.call('ZRANGEBYSCORE', p .. 'workers', now - ALIVE_MS, '+inf')
end

-- What the workers together can take; those that end take nothing, and what they still do is no part of it.
local function capacity()
  local found = {all = 0, others = 0, lanes = {}, languages = {}, ending = {}}
  for _, id in ipairs(alive()) do
    local own = redis.call('HMGET', p .. 'worker:' .. id, 'slots', 'shared', 'lanes', 'languages', 'draining')
    if own[5] == '1' then
      found.ending[id] = true
    elseif own[1] then
      local slots, shared, others = tonumber(own[1]), tonumber(own[2]), 0
      for lane in string.gmatch(own[3], '[^,]+') do
        found.lanes[lane] = (found.lanes[lane] or 0) + (lane == QUICK and slots or shared)
        if lane ~= QUICK then others = shared end
      end
      found.all = found.all + slots
      found.others = found.others + others
      for language in string.gmatch(own[4], '[^,]+') do found.languages[language] = true end
    end
  end
  found.languages[ANY_LANGUAGE] = next(found.languages) ~= nil
  return found
end

local function active(lane)
  return tonumber(redis.call('HGET', p .. 'lanes', lane) or 0)
end

-- How much of what the workers can take is taken: of all of it, of what is not for the quick lane, and by lane.
local function taken(ending)
  local found = {all = redis.call('ZCARD', p .. 'leases'), others = 0, lanes = {}}
  for _, lane in ipairs(LANES) do
    found.lanes[lane] = active(lane)
    if lane ~= QUICK then found.others = found.others + found.lanes[lane] end
  end
  if next(ending) then
    for _, id in ipairs(redis.call('ZRANGE', p .. 'leases', 0, -1)) do
      local own = redis.call('HMGET', job_of(id), 'worker', 'lane')
      if ending[own[1]] then
        found.all = found.all - 1
        found.lanes[own[2]] = found.lanes[own[2]] - 1
        if own[2] ~= QUICK then found.others = found.others - 1 end
      end
    end
  end
  return found
end

-- The first job of a lane that may begin, of whose turn it is.
local function next_of(lane, languages, most)
  for _, owner in ipairs(redis.call('LRANGE', p .. 'turns:' .. lane, 0, -1)) do
    if tonumber(redis.call('HGET', p .. 'busy', owner) or 0) < most then
      for _, id in ipairs(redis.call('LRANGE', p .. 'wait:' .. lane .. ':' .. owner, 0, -1)) do
        if languages[field(id, 'language')] then return id end
      end
    end
  end
end

-- Give jobs out as far as there are slots; a ticket for each: id, attempt, lane, language.
local function release()
  local room = capacity()
  local busy = taken(room.ending)
  local most = tonumber(redis.call('HGET', p .. 'config', 'most') or 3)
  local tickets = {}
  for _, lane in ipairs(LANES) do
    while busy.all < room.all and busy.lanes[lane] < (room.lanes[lane] or 0)
      and (lane == QUICK or busy.others < room.others) do
      local id = next_of(lane, room.languages, most)
      if not id then break end
      stop_waiting(id, true)
      local own = redis.call('HMGET', job_of(id), 'owner', 'language')
      local attempt = redis.call('HINCRBY', job_of(id), 'attempt', 1)
      redis.call('HSET', job_of(id), 'state', 'released', 'worker', '', 'refused', 0)
      redis.call('HINCRBY', p .. 'busy', own[1], 1)
      redis.call('HINCRBY', p .. 'lanes', lane, 1)
      redis.call('ZADD', p .. 'leases', now + RELEASED_MS, id)
      busy.all, busy.lanes[lane] = busy.all + 1, busy.lanes[lane] + 1
      if lane ~= QUICK then busy.others = busy.others + 1 end
      for _, word in ipairs({id, tostring(attempt), lane, own[2]}) do tickets[#tickets + 1] = word end
    end
  end
  return tickets
end

local function waiting()
  local all = 0
  for _, kind in ipairs(KINDS) do all = all + redis.call('ZCARD', p .. 'age:' .. kind) end
  return all
end

-- Its place in the order in which jobs would begin if all could, from 1; nil: it does not wait.
local function position(id)
  local own = redis.call('HMGET', job_of(id), 'state', 'owner', 'lane')
  if own[1] ~= 'waiting' then return nil end
  local ahead = 0
  for _, lane in ipairs(LANES) do
    local turns = redis.call('LRANGE', p .. 'turns:' .. lane, 0, -1)
    if lane ~= own[3] then
      for _, owner in ipairs(turns) do ahead = ahead + redis.call('LLEN', p .. 'wait:' .. lane .. ':' .. owner) end
    else
      local round = 0
      for index, each in ipairs(redis.call('LRANGE', p .. 'wait:' .. lane .. ':' .. own[2], 0, -1)) do
        if each == id then round = index - 1 end
      end
      local mine = false
      for _, owner in ipairs(turns) do
        mine = mine or owner == own[2]
        local theirs = redis.call('LLEN', p .. 'wait:' .. lane .. ':' .. owner)
        if owner == own[2] then
          ahead = ahead + round
        else
          ahead = ahead + math.min(theirs, mine and round or round + 1)
        end
      end
      return ahead + 1
    end
  end
end

-- Somebody had the job and will not bring it to its end. used: how many of its tries that were.
local function lost(id, used, reason, pause_ms)
  local state = field(id, 'state')
  if FAILURES[reason] then redis.call('HSET', job_of(id), 'avoid', field(id, 'worker')) end
  let_go(id)
  if field(id, 'cancel') == '1' then return conclude(id, 'cancelled', '') end
  local tries = used > 0 and redis.call('HINCRBY', job_of(id), 'tries', used) or 0
  if tries >= MOST_TRIES then
    conclude(id, 'exhausted', reason)
  elseif used > 0 or pause_ms > 0 then
    local pause = used > 0 and FIRST_PAUSE_MS * 2 ^ (tries - 1) or pause_ms
    redis.call('HSET', job_of(id), 'state', 'delayed', 'worker', '')
    redis.call('ZADD', p .. 'delayed', now + pause, id)
  else
    wait(id, true)
  end
  if used > 0 then redis.call('HINCRBY', p .. 'retries', reason, 1) end
  if state == 'running' then redis.call('HSET', job_of(id), 'again', reason) end
end

-- Whether another worker than this one takes such jobs.
local function others_can(id, worker)
  local job = redis.call('HMGET', job_of(id), 'lane', 'language')
  for _, other in ipairs(alive()) do
    local own = redis.call('HMGET', p .. 'worker:' .. other, 'lanes', 'languages', 'draining')
    if other ~= worker and own[3] == '0' and contains(own[1], job[1])
      and (job[2] == ANY_LANGUAGE or contains(own[2], job[2])) then
      return true
    end
  end
  return false
end

local operations = {}

-- id, owner, lane, kind, language, envelope, ms until the deadline, parts, most that may wait ('': any number), the moment as
-- text -> what became of it (taken, known, full), and tickets
operations.enqueue = function(id, owner, lane, kind, language, envelope, lasts_ms, parts, limit, at)
  if redis.call('EXISTS', job_of(id)) == 1 then return {'known'} end
  if limit ~= '' and waiting() >= tonumber(limit) then return {'full'} end
  redis.call('HSET', job_of(id), 'owner', owner, 'lane', lane, 'kind', kind, 'language', language, 'envelope', envelope,
    'attempt', now, 'tries', 0, 'cancel', 0, 'refused', 0, 'created', now, 'parts', parts)
  redis.call('ZADD', p .. 'deadlines', now + lasts_ms, id)
  wait(id, false)
  local status = cjson.encode({status = 'queued', queuePosition = position(id), at = at})
  for index, each in ipairs(ids_of(id)) do
    if index > 1 then redis.call('SET', p .. 'part:' .. each, id) end
    if redis.call('SADD', p .. 'told:' .. id, 'queued ' .. each) == 1 then tell(each, 'status', status) end
  end
  return {'taken', unpack(release())}
end

-- id, attempt, worker, ms of the lease -> what to do (go, stale, elsewhere), the envelope, its tries,
-- why it is done once more (if it is), parts that are not wanted
operations.begin = function(id, attempt, worker, lease_ms)
  local found = redis.call('HMGET', job_of(id), 'state', 'attempt', 'envelope', 'tries', 'again', 'avoid')
  if found[1] ~= 'released' or found[2] ~= attempt then return {'stale'} end
  if found[6] == worker and others_can(id, worker) then return {'elsewhere'} end
  redis.call('HSET', job_of(id), 'state', 'running', 'worker', worker)
  redis.call('HDEL', job_of(id), 'again')
  redis.call('ZADD', p .. 'leases', now + lease_ms, id)
  result('kind', 'started', 'id', id, 'at', now)
  return {'go', found[3], found[4], found[5] or '', unpack(redis.call('SMEMBERS', p .. 'unwanted:' .. id))}
end

-- job, attempt, worker, then of each event: id that it is told of, kind, data, key ('': always told; otherwise once for the
-- job)
operations.tell = function(id, attempt, worker, ...)
  if not fenced(id, attempt, worker) then return end
  local words, last = {...}, {}
  for index = 1, #words, 4 do
    local whom, kind, data, key = words[index], words[index + 1], words[index + 2], words[index + 3]
    if key == '' or redis.call('SADD', p .. 'told:' .. id, key .. ' ' .. whom) == 1 then
      write(whom, kind, data)
      last[whom] = kind
    end
  end
  for whom, kind in pairs(last) do wake(whom, kind) end
end

-- job, attempt, worker, kind, part, data: something of a part is to be kept
operations.part = function(id, attempt, worker, kind, part, data)
  if fenced(id, attempt, worker) then result('kind', kind, 'id', id, 'part', part, 'data', data) end
end

-- id, attempt, worker, result -> whether it counts, and tickets. Where nothing is known of the job, because the memory of
-- this server was lost, it counts: whoever keeps results keeps one.
operations.finish = function(id, attempt, worker, data)
  if redis.call('EXISTS', p .. 'gone:' .. id) == 1 then return {'lost'} end
  if redis.call('EXISTS', job_of(id)) == 1 then
    if not fenced(id, attempt, worker) then return {'lost'} end
    finish(id)
  end
  result('kind', 'finished', 'id', id, 'data', data)
  return {'kept', unpack(release())}
end

-- id, attempt, worker, how many of its tries are used up, reason, ms until it may begin again -> tickets
operations.give_back = function(id, attempt, worker, used, reason, pause_ms)
  if not fenced(id, attempt, worker) then return {} end
  lost(id, tonumber(used), reason, tonumber(pause_ms))
  return release()
end

-- id, attempt: a worker does not take it -> what becomes of its ticket (again, stale), and tickets
operations.refuse = function(id, attempt)
  local found = redis.call('HMGET', job_of(id), 'state', 'attempt')
  if found[1] ~= 'released' or found[2] ~= attempt then return {'stale'} end
  if redis.call('HINCRBY', job_of(id), 'refused', 1) <= 2 * #alive() then return {'again'} end
  lost(id, 0, 'refused', 250)
  return {'stale', unpack(release())}
end

-- worker, json of what it says of itself, ms of the leases, then id and attempt of each job it has -> what is no longer
-- its own, and what was cancelled, as words: 'lost <id> <attempt>', 'cancelled <id>', 'unwanted <job> <part>'
operations.beat = function(worker, about, lease_ms, ...)
  redis.call('ZADD', p .. 'workers', now, worker)
  for name, value in pairs(cjson.decode(about)) do redis.call('HSET', p .. 'worker:' .. worker, name, value) end
  redis.call('EXPIRE', p .. 'worker:' .. worker, 3600)
  local words, jobs = {}, {...}
  for index = 1, #jobs, 2 do
    local id, attempt = jobs[index], jobs[index + 1]
    if fenced(id, attempt, worker) then
      redis.call('ZADD', p .. 'leases', now + lease_ms, id)
      if field(id, 'cancel') == '1' then words[#words + 1] = 'cancelled ' .. id end
      for _, part in ipairs(redis.call('SMEMBERS', p .. 'unwanted:' .. id)) do
        words[#words + 1] = 'unwanted ' .. id .. ' ' .. part
      end
    elseif redis.call('EXISTS', job_of(id), p .. 'gone:' .. id) > 0 then
      words[#words + 1] = 'lost ' .. id .. ' ' .. attempt
    end
  end
  return words
end

operations.leave = function(worker)
  redis.call('ZREM', p .. 'workers', worker)
  redis.call('DEL', p .. 'worker:' .. worker)
end

-- Those of a list by moments whose moment has come, the last first: they go before others, and so stay in their order.
local function due(list)
  return redis.call('ZREVRANGEBYSCORE', p .. list, now, '-inf')
end

-- What time alone changes -> tickets
operations.tick = function()
  for _, id in ipairs(due('delayed')) do
    redis.call('ZREM', p .. 'delayed', id)
    wait(id, true)
  end
  for _, id in ipairs(due('leases')) do
    if field(id, 'state') == 'running' then
      redis.call('HSET', job_of(id), 'stray', 1)
      lost(id, 1, 'worker', 0)
    else -- its ticket was lost, or nobody came for it
      lost(id, 0, '', 0)
    end
  end
  for _, id in ipairs(due('deadlines')) do
    interrupt(id)
    conclude(id, 'exhausted', 'deadline')
  end
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', p .. 'workers', '-inf', now - 4 * ALIVE_MS)) do
    operations.leave(worker)
  end
  return release()
end

-- id of a job or a part -> whether it was there, and tickets
operations.cancel = function(id)
  local holder = redis.call('GET', p .. 'part:' .. id)
  local state = field(holder or id, 'state')
  if not state or state == 'over' then return {'gone'} end
  if holder then
    if redis.call('SADD', p .. 'unwanted:' .. holder, id) == 1 then
      if state == 'running' then
        control(holder)
      else
        result('kind', 'part_cancelled', 'id', holder, 'part', id)
      end
    end
    return {'there'}
  end
  if state ~= 'running' then
    conclude(id, 'cancelled', '')
    return {'there', unpack(release())}
  end
  redis.call('HSET', job_of(id), 'cancel', 1)
  control(id)
  return {'there'}
end

-- Whoever waits hears that the result of a job or a part is kept, once; and it can be read of for a while.
local function tell_last(whom, kept_s)
  local stream = p .. 'events:' .. whom
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if not (last and last[2][2] == 'result') then tell(whom, 'result', '{}') end
  redis.call('EXPIRE', stream, kept_s)
end

-- job, then its parts and itself, as far as they are known -> tickets. Its result is kept.
operations.settled = function(id, ...)
  for _, whom in ipairs({...}) do tell_last(whom, TOLD_S) end
  for _, whom in ipairs(ids_of(id)) do tell_last(whom, TOLD_S) end
  forget(id)
  return release()
end

-- The result of a part is kept.
operations.part_settled = function(part)
  tell_last(part, PART_TOLD_S)
end

-- Taken back: as if it had never been there.
operations.revoke = function(id)
  for _, each in ipairs(ids_of(id)) do redis.call('DEL', p .. 'events:' .. each) end
  interrupt(id)
  forget(id)
  return release()
end

operations.position = function(id)
  return position(redis.call('GET', p .. 'part:' .. id) or id) or 0
end

operations.room = function()
  return waiting()
end

operations.missing = function(...)
  local words = {}
  for _, id in ipairs({...}) do
    if redis.call('EXISTS', job_of(id)) == 0 then words[#words + 1] = id end
  end
  return words
end

-- reader (of results), ms: it reads no more, and others that were not heard of for so long do not either. Whoever was given
-- something that is not kept stays, until others have taken it over.
operations.leave_readers = function(name, silent_ms)
  local stream = p .. 'results'
  local found = redis.pcall('XINFO', 'CONSUMERS', stream, 'settlement')
  if found.err then return end
  for _, each in ipairs(found) do
    local own = {}
    for index = 1, #each, 2 do own[each[index]] = each[index + 1] end
    if own.pending == 0 and (own.name == name or own.idle > tonumber(silent_ms)) then
      redis.call('XGROUP', 'DELCONSUMER', stream, 'settlement', own.name)
    end
  end
end

-- json: jobs that wait by kind and the age of the oldest (ms), jobs that are done by lane, the workers, retries by reason
operations.load = function()
  local waits, oldest, lanes, workers = {}, {}, {}, {}
  for _, kind in ipairs(KINDS) do
    waits[kind] = redis.call('ZCARD', p .. 'age:' .. kind)
    local first = redis.call('ZRANGE', p .. 'age:' .. kind, 0, 0, 'WITHSCORES')
    oldest[kind] = first[2] and now - first[2] or 0
  end
  for _, lane in ipairs(LANES) do lanes[lane] = active(lane) end
  for _, id in ipairs(alive()) do
    local about, own = {id = id}, redis.call('HGETALL', p .. 'worker:' .. id)
    for index = 1, #own, 2 do about[own[index]] = own[index + 1] end
    workers[#workers + 1] = about
  end
  local results = redis.call('EXISTS', p .. 'results') == 1 and redis.call('XLEN', p .. 'results') or 0
  return cjson.encode({waiting = waits, oldest_ms = oldest, active = lanes, workers = workers, results = results})
end

operations.configure = function(most)
  redis.call('HSET', p .. 'config', 'most', most)
end

return operations[op](unpack(ARGV, 2))
