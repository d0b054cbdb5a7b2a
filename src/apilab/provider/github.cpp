#include "apilab/provider/github.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/collect_pages.hpp"

namespace apilab::provider {

runtime::Task<Result<std::vector<http::JsonDocument>>> GitHub::walk(http::Url first,
                                                                    runtime::Operation operation,
                                                                    std::size_t pages,
                                                                    bool must_end) const {
    auto request = http::Request::get(std::move(first));
    request.header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28");
    if (options_.token) {
        request.header("authorization", "Bearer " + std::string(options_.token->reveal()));
    }
    data::PageOptions options{.walk = "github " + operation.name, .pages_max = pages};
    options.at_cap = must_end ? data::AtCap::error : data::AtCap::end;
    options.operation = std::move(operation);
    options.deadline = endpoint_.deadline;
    co_return co_await data::collect_pages(*endpoint_.client, std::move(request),
                                           data::page_rules::github(), std::move(options));
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
