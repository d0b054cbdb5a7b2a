// What `[limits.github]` of a scenario needs; the limits that are always there are in limits.cpp.

#include <array>

#include "apilab/sandbox/github/provider.hpp"
#include "apilab/sandbox/internal/limit_bucket.hpp"
#include "apilab/sandbox/limit_dialect.hpp"

namespace apilab::sandbox::github {

std::string GitHubProvider::limit_bucket(const Incoming& incoming) const {
    const bool search = incoming.route->path_template.starts_with("/search");
    return internal::credential_bucket(incoming.request->headers().value("authorization"),
                                       search ? "search" : "core");
}

// The points of the secondary limits.
std::int64_t GitHubProvider::limit_cost(const Incoming& incoming) const {
    constexpr std::int64_t of_a_write = 5;
    const auto method = incoming.request->method();
    return method == "GET" || method == "HEAD" || method == "OPTIONS" ? 1 : of_a_write;
}

void GitHubProvider::show_limit(const LimitView& view, http::Response& answer,
                                SystemTime now) const {
    write_limit(LimitDialect::github, std::array{view}, answer, now);
}

}  // namespace apilab::sandbox::github
