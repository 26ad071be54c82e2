-- Requests ready made, sent in turn. They are separated by NUL, which no request holds.
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
local requests = {}
for text in file:read("*a"):gmatch("%Z+") do requests[#requests + 1] = text end
file:close()

local sent = 0
request = function()
  sent = sent % #requests + 1
  return requests[sent]
end
