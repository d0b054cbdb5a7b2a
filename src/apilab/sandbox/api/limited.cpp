#include "apilab/sandbox/api/limited.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/sandbox/api/problem.hpp"
#include "apilab/sandbox/limit_dialect.hpp"

namespace apilab::sandbox::api {

using http::Response;

Response Limited::answer(std::string_view dialect, const std::string& who,
                         const Incoming& incoming) {
    std::string name(dialect);
    std::ranges::replace(name, '-', '_');
    const auto how = limit_dialect_of(name);
    if (!how) {
        return problem(404, "no_such_dialect", "there are " + limit_dialect_names());
    }
    if (windows_.size() >= windows_max) {
        windows_.clear();
    }
    Window& now = windows_[fmt::format("{} {}", name, who)];
    if (now.used == 0 || incoming.now >= now.began + window) {
        now = {.began = incoming.now};
    }
    const bool refused = now.used >= limit;
    now.used += refused ? 0 : 1;
    const LimitView view{.resource = "default",
                         .limit = limit,
                         .remaining = limit - now.used,
                         .reset_after = now.began + window - incoming.now,
                         .window = window};
    Response answer;
    if (refused) {
        answer = problem(limit_status(*how), "rate_limited", "ten requests in ten seconds");
        write_limit_refusal(*how, view, answer, incoming.system_now);
    } else {
        answer = Response::json(
            200, fmt::format(R"({{"dialect":"{}","remaining":{}}})", name, view.remaining));
    }
    write_limit(*how, std::array{view}, answer, incoming.system_now);
    return answer;
}

}  // namespace apilab::sandbox::api
