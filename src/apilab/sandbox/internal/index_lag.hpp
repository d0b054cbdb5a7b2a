#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/page.hpp"

namespace apilab::sandbox::internal {

/// What was created a moment ago and is not found yet by lists and searches (`what.index_lag`); by
/// its own address it is. At most 1000 of them, the oldest are found first.
class IndexLag {
public:
    /// Remembers what the answer to a write says was made: its members that are texts or numbers.
    void written(std::string_view provider, const http::Response& answer, SteadyTime until);
    /// Takes what is not found yet out of a page, and notes how many: `hidden`.
    void hide(std::string_view provider, const PageShape& shape, SteadyTime now,
              http::Response& answer, std::map<std::string, std::string>& facts);

private:
    struct Made {
        std::string provider;
        std::map<std::string, std::string, std::less<>> members;
        SteadyTime until;
    };
    std::deque<Made> made_;
};

}  // namespace apilab::sandbox::internal
