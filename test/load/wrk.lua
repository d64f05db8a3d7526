-- Asks for the given path, in which %c, %p and %s (if there are any) become a category, a page and a sort that differ
-- at each call, and ends with one line of JSON. Arguments: the path, and how many categories there are.
local threads = 0
local sorts = { '-createdAt', 'createdAt', 'price', '-price', 'name', '-name' }
local pages = 2

function setup(thread)
  thread:set('seat', threads)
  threads = threads + 1
end

function init(arguments)
  path = arguments[1] or '/'
  categories = tonumber(arguments[2] or '1')
  -- Each thread walks half of the way, so that no page is asked for twice in a round of all of them.
  combinations = categories * pages * #sorts
  at = seat * math.floor(combinations / 2)
  -- Set once where it never changes, as wrk does without a script.
  if not path:find('%%[cps]') then
    local fixed = wrk.format('GET', path)
    request = function() return fixed end
  end
end

function request()
  at = (at + 1) % combinations
  local rest = math.floor(at / categories)
  local values = {
    ['%c'] = string.format('c%d', at % categories),
    ['%p'] = tostring(rest % pages + 1),
    ['%s'] = sorts[math.floor(rest / pages) % #sorts + 1],
  }
  return wrk.format('GET', (path:gsub('%%[cps]', values)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p99":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
