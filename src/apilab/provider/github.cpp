#include "apilab/provider/github.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/collect_pages.hpp"
#include "apilab/http/path_template.hpp"
#include "apilab/http/query.hpp"

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
    options.trace = endpoint_.trace;
    co_return co_await data::collect_pages(*endpoint_.client, std::move(request),
                                           data::page_rules::github(), std::move(options));
}

runtime::Task<Result<std::string>> GitHub::file(std::string owner, std::string repository,
                                                std::string path, std::string ref) const {
    APILAB_CO_TRY(auto place,
                  http::expand_path("/repos/{owner}/{repo}/contents/{+path}",
                                    {{"owner", owner}, {"repo", repository}, {"path", path}}));
    const std::string query = ref.empty() ? "" : http::Query().add("ref", ref).to_string();
    auto request = http::Request::get(endpoint_.base.with(place, query));
    request.header("accept", "application/vnd.github.raw+json")
        .header("x-github-api-version", "2022-11-28");
    if (options_.token) {
        request.header("authorization", "Bearer " + std::string(options_.token->reveal()));
    }
    APILAB_CO_TRY(auto reply,
                  co_await call(endpoint_, std::move(request),
                                {.provider = "github",
                                 .name = "get_content",
                                 .url_template = "/repos/{owner}/{repo}/contents/{path}"}));
    if (!reply.headers().value("content-type").starts_with("application/vnd.github.raw")) {
        co_return fail(Error(ErrorKind::decode, "github get_content: " + path + " is no file")
                           .with_outcome(Outcome::answered)
                           .with_remedy("name a file, not a folder or a submodule"));
    }
    co_return std::move(reply).body();
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
