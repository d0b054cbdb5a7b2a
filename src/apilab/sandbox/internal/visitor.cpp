#include "apilab/sandbox/internal/visitor.hpp"

#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::internal {

namespace {

constexpr std::uint64_t count_max = 100'000;
constexpr std::size_t visitors_max = 100;

Result<Visitor> parse_visitor(http::Json json, const std::string& at) {
    APILAB_CHECK(only_keys(json, at, {"method", "path", "every", "count", "after", "patience"}));
    Visitor visitor;
    if (const auto method = json["method"]; !method.missing()) {
        APILAB_TRY(visitor.method, read_string(method, at + "/method"));
    }
    APILAB_TRY(visitor.path, read_string(json["path"], at + "/path"));
    if (!visitor.path.starts_with('/')) {
        return bad_field(at + "/path", "expected a path that starts with /");
    }
    if (const auto count = json["count"]; !count.missing()) {
        APILAB_TRY(visitor.count, read_integer(count, at + "/count", 1, count_max));
    }
    if (const auto every = json["every"]; !every.missing()) {
        APILAB_TRY(visitor.every, read_duration(every, at + "/every"));
    }
    if (visitor.count > 1 &&
        (visitor.every < std::chrono::milliseconds(1) || visitor.every > std::chrono::hours(1))) {
        return bad_field(at + "/every", "expected 1ms to 1h");
    }
    if (const auto after = json["after"]; !after.missing()) {
        APILAB_TRY(visitor.after, read_duration(after, at + "/after"));
    }
    if (const auto patience = json["patience"]; !patience.missing()) {
        APILAB_TRY(visitor.patience, read_duration(patience, at + "/patience"));
    }
    return visitor;
}

}  // namespace

Result<std::vector<Visitor>> parse_visitors(http::Json json) {
    std::vector<Visitor> visitors;
    if (json.missing()) {
        return visitors;
    }
    if (!json.is_array() || json.size() > visitors_max) {
        return bad_field("/visitor", "expected at most 100 tables [[visitor]]");
    }
    for (const auto entry : json.elements()) {
        APILAB_TRY(auto visitor, parse_visitor(entry, fmt::format("/visitor/{}", visitors.size())));
        visitors.push_back(std::move(visitor));
    }
    return visitors;
}

}  // namespace apilab::sandbox::internal
