#include "weather.hpp"

#include <string_view>

namespace apilab::radar_weeks {
namespace {

constexpr std::string_view toml = R"toml(
name = "radar-weeks"
description = "fourteen days in which everything fails"

# OSV is down for an hour of the third day.
[[fault]]
where = "osv:*"
what = { status = 503 }
when = { window = ["50h", "51h"] }

[[fault]]
where = "osv:*"
what = { status = 500 }
when = { every = 17 }

[[fault]]
where = "npm:*"
what = { status = 429, retry_after = "2s" }
when = { every = 23 }

[[fault]]
where = "npm:*"
what = { drift = [{ op = "add", pointer = "/surprise" }] }
when = { every = 5 }

[[fault]]
where = "github:*"
what = { limit = "secondary" }
when = { every = 29 }

[[fault]]
where = "github:*"
what = { drift = [{ op = "enum", pointer = "/0/severity", to = "catastrophic" }] }
when = { every = 13 }

[[fault]]
where = "github:*"
what = { webhook = "duplicate" }
when = { every = 2 }

[[fault]]
where = "github:*"
what = { webhook = "lost" }
when = { nth = 3 }

[[fault]]
where = "slack:chat.postMessage"
what = { reset = "after_commit" }
when = { nth = 1 }

[[fault]]
where = "slack:chat.postMessage"
what = { reset = "after_commit" }
when = { every = 3 }

[[fault]]
where = "slack:*"
what = { status = 429, retry_after = "4s" }
when = { every = 4 }

[[fault]]
where = "slack:chat.postMessage"
what = { status = 200, body = { ok = false, error = "service_unavailable" } }
when = { nth = 2 }

[[fault]]
where = "notion:create_page"
what = { reset = "after_commit" }
when = { every = 4 }

[[fault]]
where = "notion:create_page"
what = { index_lag = "40s" }
when = { every = 2 }

[[fault]]
where = "notion:update_page"
what = { reset = "after_commit" }
when = { every = 7 }

[[fault]]
where = "notion:update_page"
what = { status = 409 }
when = { every = 5 }

[[fault]]
where = "notion:*"
what = { status = 529 }
when = { every = 11 }

[[fault]]
where = "google:send_message"
what = { limit = "method" }
when = { nth = 1 }

[[fault]]
where = "google:send_message"
what = { reset = "after_commit" }
when = { nth = 1 }

[[fault]]
where = "google:send_message"
what = { auth = "expire" }
when = { nth = 1 }
)toml";

}  // namespace

sandbox::Scenario weather() {
    return sandbox::parse_scenario(toml).value();
}

}  // namespace apilab::radar_weeks
