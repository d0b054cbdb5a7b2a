#include "apilab/sandbox/router.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"

namespace apilab::sandbox {

Result<Router> Router::make(std::span<const Route> routes) {
    Router router;
    for (const Route& route : routes) {
        if (std::ranges::any_of(router.entries_, [&](const Entry& other) {
                return other.route->operation == route.operation;
            })) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("operation '{}' is there twice", route.operation));
        }
        APILAB_TRY(auto pattern, PathPattern::parse(route.path_template));
        const auto behind = std::ranges::find_if(router.entries_, [&](const Entry& other) {
            return pattern.more_specific_than(other.pattern);
        });
        router.entries_.insert(behind, {&route, std::move(pattern)});
    }
    return router;
}

Router::Match Router::find(std::string_view method, std::span<const std::string> segments) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    for (const Entry& entry : entries_) {
        if (entry.route->method == wanted && entry.pattern.match(segments, nullptr)) {
            Match match{.route = entry.route};
            (void)entry.pattern.match(segments, &match.values);
            return match;
        }
    }
    return {};
}

}  // namespace apilab::sandbox
