#include "apilab/sandbox/slack/internal/paging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/base/base64.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// Opaque, and ends in `=` as the real ones do: to be encoded in a URL.
std::string cursor_of(std::string_view kind, std::size_t next) {
    auto cursor = fmt::format("next_{}:{}", kind, next);
    cursor += cursor.size() % 3 == 0 ? " " : "";
    return base64_encode(cursor);
}

}  // namespace

json::object next_page(std::string_view kind, std::size_t next, std::size_t total) {
    return {{"next_cursor", next < total ? cursor_of(kind, next) : ""}};
}

std::optional<std::size_t> page_start(const Call& call, std::string_view kind) {
    const auto cursor = call.argument("cursor");
    if (cursor.empty()) {
        return 0;
    }
    const auto text = base64_decode(cursor).value_or("");
    const auto prefix = fmt::format("next_{}:", kind);
    if (!text.starts_with(prefix)) {
        return std::nullopt;
    }
    std::size_t start = 0;
    const auto* const from = text.data() + prefix.size();
    const auto [end, wrong] = std::from_chars(from, text.data() + text.size(), start);
    return wrong == std::errc() && end != from ? std::optional(start) : std::nullopt;
}

http::Response page(const json::array& all, std::string_view kind, std::string_view member,
                    const Call& call, json::object more) {
    const auto start = page_start(call, kind);
    // Without a limit the real one gives what it likes; here everything up to the most.
    const auto limit = call.limit(page_max, page_max);
    if (!start || *start > all.size()) {
        return refused("invalid_cursor");
    }
    if (!limit) {
        return refused("invalid_limit");
    }
    const auto end = std::min(*start + *limit, all.size());
    json::object members{{member, json::array(all.begin() + static_cast<std::ptrdiff_t>(*start),
                                              all.begin() + static_cast<std::ptrdiff_t>(end))}};
    for (auto& [name, value] : more) {
        members[name] = std::move(value);
    }
    members["response_metadata"] = next_page(kind, end, all.size());
    return fine(std::move(members), call);
}

}  // namespace apilab::sandbox::slack
