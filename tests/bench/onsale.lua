-- What wrk sends while an on-sale is measured; onsale.py writes the lines before this: HOLDS (bodies of holdTickets), ORDER and
-- PAY (the same with %s for what the answer before gave, and %d for who buys; nil: it ends before), ACKS (where each acknowledged id
-- goes).
-- Answers of one connection may be carried on by another: they are one crowd.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local BUYERS = 1e9
local threads, holds, orders, acks = {}, {}, {}, nil
acknowledged, wrong = 0, 0

function setup(thread) table.insert(threads, thread) end

function init()
  acks = io.open(ACKS, "a")
  math.randomseed(os.time())
end

local function acknowledge(kind, id)
  acks:write(kind, " ", id, "\n")
end

local function hold() return wrk.format(nil, nil, nil, HOLDS[math.random(#HOLDS)]) end

function request()
  local order = table.remove(orders)
  if order then return wrk.format(nil, nil, nil, PAY:format(order[1], order[2])) end
  local token = table.remove(holds)
  return token and wrk.format(nil, nil, nil, ORDER:format(token, math.random(BUYERS))) or hold()
end

local function held(body)
  local id, token = body:match('"hold":{"id":"([^"]+)","token":"([^"]+)"')
  if not id then return false end
  acknowledge("hold", id)
  if ORDER then table.insert(holds, token) else acknowledged = acknowledged + 1 end
  return true
end

local function ordered(body)
  local id, secret = body:match('"order":{"id":"([^"]+)","secret":"([^"]+)"')
  if not id then return false end
  acknowledge("order", id)
  if PAY then table.insert(orders, { id, secret }) else acknowledged = acknowledged + 1 end
  return true
end

-- A ticket is shown with what was paid: sold, for whoever holds it.
local function paid(body)
  local id = body:match('"order":{"id":"([^"]+)","status":"PAID","positions":%[{"ticket":{"qr":"T1%.')
  if not id then return false end
  acknowledge("paid", id)
  acknowledged = acknowledged + 1
  return true
end

function response(status, headers, body)
  if not (held(body) or ordered(body) or paid(body)) then wrong = wrong + 1 end
end

-- A thread's globals are all that can be asked of it; its file is written out when wrk ends.
function done()
  local sums = { acknowledged = 0, wrong = 0 }
  for _, thread in ipairs(threads) do
    for name, sum in pairs(sums) do sums[name] = sum + thread:get(name) end
  end
  print("acknowledged: " .. sums.acknowledged)
  print("wrong answers: " .. sums.wrong)
end
