#include "apilab/provider/github.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/link.hpp"
#include "apilab/http/path_template.hpp"
#include "apilab/http/query.hpp"

namespace apilab::provider {
namespace {

// The next page as GitHub gives it, never built by us. Another origin would get our token: refused.
Result<std::optional<http::Url>> next_page(const http::Response& reply, const http::Url& current) {
    const auto target = http::find_link(reply.headers(), "next");
    if (!target) {
        return std::nullopt;
    }
    APILAB_TRY(auto url, current.resolve(*target));
    if (url.origin() != current.origin()) {
        return fail(Error(ErrorKind::protocol,
                          fmt::format("the next page is at another origin, {}", url.origin()))
                        .with_outcome(Outcome::answered));
    }
    return url;
}

}  // namespace

runtime::Task<Result<std::vector<http::JsonDocument>>> GitHub::walk(http::Url first,
                                                                    runtime::Operation operation,
                                                                    std::size_t pages,
                                                                    bool must_end) const {
    std::vector<http::JsonDocument> documents;
    std::optional<http::Url> url = std::move(first);
    while (url && documents.size() < pages) {
        auto request = http::Request::get(*url);
        request.header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        if (options_.token) {
            request.header("authorization", "Bearer " + std::string(options_.token->reveal()));
        }
        APILAB_CO_TRY(auto reply, co_await call(endpoint_, std::move(request), operation));
        APILAB_CO_TRY(auto document, decode(reply, "github " + operation.name));
        documents.push_back(std::move(document));
        APILAB_CO_TRY(url, next_page(reply, *url));
    }
    if (url && must_end) {
        co_return fail(Error(ErrorKind::too_large,
                             fmt::format("github {}: more than {} pages", operation.name, pages))
                           .with_outcome(Outcome::answered));
    }
    co_return documents;
}

runtime::Task<Result<std::vector<http::JsonDocument>>> GitHub::releases(std::string owner,
                                                                        std::string repository,
                                                                        std::size_t pages) const {
    APILAB_CO_TRY(auto path, http::expand_path("/repos/{owner}/{repo}/releases",
                                               {{"owner", owner}, {"repo", repository}}));
    auto url = endpoint_.base.with(path, http::Query().add("per_page", 100).to_string());
    co_return co_await walk(std::move(url),
                            runtime::Operation{.provider = "github",
                                               .name = "list_releases",
                                               .url_template = "/repos/{owner}/{repo}/releases"},
                            pages, false);
}

runtime::Task<Result<std::vector<http::JsonDocument>>> GitHub::npm_advisories(
    std::vector<std::string> affects) const {
    std::vector<http::JsonDocument> documents;
    for (std::size_t from = 0; from < affects.size(); from += affects_max) {
        const auto to = std::min(from + affects_max, affects.size());
        const std::vector<std::string> some(affects.begin() + static_cast<std::ptrdiff_t>(from),
                                            affects.begin() + static_cast<std::ptrdiff_t>(to));
        auto query = http::Query()
                         .add("ecosystem", "npm")
                         .add("affects", fmt::format("{}", fmt::join(some, ",")))
                         .add("per_page", 100);
        auto url = endpoint_.base.with("/advisories", query.to_string());
        APILAB_CO_TRY(auto pages, co_await walk(std::move(url),
                                                runtime::Operation{.provider = "github",
                                                                   .name = "list_advisories",
                                                                   .url_template = "/advisories"},
                                                pages_max, true));
        std::ranges::move(pages, std::back_inserter(documents));
    }
    co_return documents;
}

}  // namespace apilab::provider
