#pragma once

#include <map>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::api {

/// `GET /limited/{dialect}`: ten requests per ten seconds and credential, in windows that begin
/// with the first request; each dialect (`limit_dialects()`; a name's `_`
/// may be written `-`) counts for itself. One place where every dialect can be tried.
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
