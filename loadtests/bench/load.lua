-- Asks as many users in turn, and prints one line that a program can read.
-- The requests are made beforehand: the load must cost as little as it can.
-- Arguments: METHOD TARGET USERS BYTES; with BYTES above 0 each request carries a body.

local requests = {}
local following = 0

function init(arguments)
  local method, target = arguments[1], arguments[2]
  local users, bytes = tonumber(arguments[3]), tonumber(arguments[4])
  local body = bytes > 0 and string.rep("x", bytes) or nil
  for number = 1, users do
    requests[number] = wrk.format(method, target, {
      ["Host"] = "bench.example.com",
      ["User-Agent"] = "wrk",
      ["Accept"] = "*/*",
      ["x-user-id"] = string.format("user-%06d", number),
    }, body)
  end
end

function request()
  following = following % #requests + 1
  return requests[following]
end

function done(summary, latency, _)
  local errors = summary.errors
  local counts = '"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,'
  io.write(string.format('wrk: {' .. counts .. '"broken":%d,"refused":%d,"received":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, summary.bytes))
end
