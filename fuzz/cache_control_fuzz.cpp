// Bytes as Cache-Control, Vary and Age: numbers stay within their range, and nothing that is said
// beside it takes a `no-store` back.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/cache/cache_control.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void require_in_range(const std::optional<apilab::cache::seconds>& value) {
    require(!value ||
            (*value >= apilab::cache::seconds(0) && *value <= apilab::cache::seconds_max));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace apilab::cache;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const apilab::http::Headers headers = {{"cache-control", text}, {"vary", text}, {"age", text}};
    const auto answer = ResponseDirectives::parse(headers);
    require_in_range(answer.max_age);
    require_in_range(answer.stale_while_revalidate);
    require_in_range(answer.stale_if_error);
    require(answer.no_cache_fields.size() <= field_names_max);
    const auto request = RequestDirectives::parse(headers);
    require_in_range(request.max_age);
    require_in_range(request.min_fresh);
    require_in_range(request.max_stale);
    require_in_range(parse_age(headers));
    const auto names = parse_vary(headers);
    require(names.size() < field_names_max);
    // A line of its own stays what it is, whatever the other says.
    const apilab::http::Headers two = {{"cache-control", text}, {"cache-control", "no-store"}};
    require(ResponseDirectives::parse(two).no_store);
    return 0;
}
