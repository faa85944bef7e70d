-- wrk -s walk.lua URL -- DIRECTORY
-- Looks at every answer. Writes into DIRECTORY, a file for each thread:
--   seen-N    "REVISION USER VARIANT", when a user gets a variant at a revision for the first time
--   wrong-N   an answer that should not be, a line each
--   count-N   a dot for every 100 answers

local USERS = 8000
local LENGTH = 1024
local TICK = 100

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local requests = {}
local following = 0
local answers = 0
local seen = {}
local seen_file, wrong_file, count_file

local function open(directory, name)
  local file = assert(io.open(directory .. "/" .. name .. "-" .. number, "w"))
  file:setvbuf("line")
  return file
end

function init(arguments)
  for user = 1, USERS do
    requests[user] = wrk.format("GET", "/v1/answer", {
      ["Host"] = "walk.example.com",
      ["x-user-id"] = string.format("user-%06d", user),
    })
  end
  following = number * 997
  seen_file = open(arguments[1], "seen")
  wrong_file = open(arguments[1], "wrong")
  count_file = open(arguments[1], "count")
  count_file:setvbuf("no")
end

function request()
  following = following % USERS + 1
  return requests[following]
end

local function fault(status, headers, body)
  if status ~= 200 then return "status " .. status end
  if #body ~= LENGTH then return "a body of " .. #body .. " bytes" end
  local variant, user = body:match('^{"variant":"(%a+)","user":"(user%-%d+)"')
  if not variant then return "a body that is nobody's" end
  if headers["x-gray-variant"] ~= variant then
    return "x-gray-variant " .. tostring(headers["x-gray-variant"]) .. ", but answered by " .. variant
  end
  if not headers["x-gray-revision"] then return "no x-gray-revision" end
  if headers["x-gray-error"] or headers["x-gray-fallback"] then return "an error or a fallback" end
  return nil, variant, user
end

local function remember(revision, user, variant)
  local line = revision .. " " .. user .. " " .. variant
  if not seen[line] then
    seen[line] = true
    seen_file:write(line, "\n")
  end
end

function response(status, headers, body)
  answers = answers + 1
  local wrong, variant, user = fault(status, headers, body)
  if wrong then
    wrong_file:write(wrong, "\n")
  else
    remember(headers["x-gray-revision"], user, variant)
  end
  if answers % TICK == 0 then count_file:write(".") end
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'wrk: {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"broken":%d,"refused":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
