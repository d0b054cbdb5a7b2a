#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::api {

/// One way of telling a client how full a limit is and how long to wait.
struct Dialect {
    std::string_view name;
    /// Who speaks it, or which text says so.
    std::string_view source;
    /// Of a refusal.
    int status = 429;
    /// Adds the fields to an answer; `refused` has `Retry-After` and its like too.
    void (*write)(const LimitView& view, bool refused, http::Response& answer, SystemTime now);
};
/// `ietf`, `ietf-old`, `github`, `twitter`, `slack`, `openai`, `shopify`, `seconds`, `millis`,
/// `http-date`, `google`, `unavailable`, `silent`.
[[nodiscard]] const std::vector<Dialect>& dialects();
[[nodiscard]] const Dialect* find_dialect(std::string_view name);

/// `GET /limited/{dialect}`: ten requests per ten seconds and credential, in windows that begin
/// with the first request; each dialect counts for itself. One place where every dialect can be
/// tried.
class Limited {
public:
    static constexpr std::int64_t limit = 10;
    static constexpr Duration window = std::chrono::seconds(10);

    /// 404 for a dialect that there is none of. `who` is whatever tells clients apart.
    [[nodiscard]] http::Response answer(std::string_view dialect, const std::string& who,
                                        const Incoming& incoming);
    void reset() { windows_.clear(); }

private:
    struct Window {
        SteadyTime began;
        std::int64_t used = 0;
    };
    static constexpr std::size_t windows_max = 10'000;
    std::map<std::string, Window> windows_;
};

}  // namespace apilab::sandbox::api
