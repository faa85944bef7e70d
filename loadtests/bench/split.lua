-- Asks as many users in turn, and prints one line that a program can read.
-- The requests are made beforehand: the load must cost as little as it can.

local USERS = 10000
local requests = {}
local following = 0

function init(arguments)
  for number = 1, USERS do
    requests[number] = wrk.format("GET", "/v1/answer", {
      ["Host"] = "bench.example.com",
      ["User-Agent"] = "wrk",
      ["Accept"] = "*/*",
      ["x-user-id"] = string.format("user-%06d", number),
    })
  end
end

function request()
  following = following % USERS + 1
  return requests[following]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'wrk: {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"broken":%d,"refused":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
