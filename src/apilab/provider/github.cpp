#include "apilab/provider/github.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/as_kind.hpp"
#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/collect_pages.hpp"
#include "apilab/data/decode.hpp"
#include "apilab/http/path_template.hpp"
#include "apilab/http/query.hpp"
#include "apilab/provider/github_filters.hpp"

namespace apilab::provider {
namespace {

constexpr std::string_view json_form = "application/vnd.github+json";
constexpr std::string_view raw_form = "application/vnd.github.raw+json";

// What stands at a path, where it is no file: GitHub answers with JSON in any form then.
std::string kind_of(const http::Response& answer) {
    const auto document = http::JsonDocument::parse(answer.body());
    if (document && document->root().is_array()) {
        return "a folder";
    }
    const auto type = document ? document->root()["type"].string_or("") : "";
    return type == "submodule" ? "a submodule"
           : type == "symlink" ? "a link to something else than a file"
                               : "nothing that is known";
}

bool same_name(std::string_view one, std::string_view other) {
    return ascii_lowered(one) == ascii_lowered(other);
}

}  // namespace

http::Request GitHub::get(http::Url url, std::string_view accept) const {
    auto request = http::Request::get(std::move(url));
    request.header("accept", std::string(accept)).header("x-github-api-version", "2022-11-28");
    if (options_.token) {
        request.header("authorization", "Bearer " + std::string(options_.token->reveal()));
    }
    return request;
}

runtime::Task<Result<std::vector<http::JsonDocument>>> GitHub::walk(http::Url first,
                                                                    runtime::Operation operation,
                                                                    std::size_t pages,
                                                                    bool must_end) const {
    auto request = get(std::move(first), json_form);
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
    auto reply = co_await call(endpoint_, get(endpoint_.base.with(place, query), raw_form),
                               {.provider = "github",
                                .name = "get_content",
                                .url_template = "/repos/{owner}/{repo}/contents/{path}"});
    if (!reply) {
        const Error& error = reply.error();
        co_return fail(error.provider_code() == "too_large" ? as_kind(error, ErrorKind::too_large)
                                                            : error);
    }
    const auto what = "github get_content: " + path;
    if (!reply->headers().value("content-type").starts_with("application/vnd.github")) {
        co_return fail(Error(ErrorKind::decode, what + " is no file")
                           .with_outcome(Outcome::answered)
                           .with_remedy("name a file; this is " + kind_of(*reply)));
    }
    if (reply->body().size() > options_.file_bytes_max) {
        co_return fail(
            Error(ErrorKind::too_large, fmt::format("{} has {} bytes, at most {}", what,
                                                    reply->body().size(), options_.file_bytes_max))
                .with_outcome(Outcome::answered)
                .with_detail("file_bytes_max"));
    }
    co_return std::move(*reply).body();
}

runtime::Task<Result<GitHub::RepositoryFacts>> GitHub::repository(std::string owner,
                                                                  std::string name) const {
    APILAB_CO_TRY(auto path,
                  http::expand_path("/repos/{owner}/{repo}", {{"owner", owner}, {"repo", name}}));
    APILAB_CO_TRY(const auto reply,
                  co_await call(endpoint_, get(endpoint_.base.with(path), json_form),
                                {.provider = "github",
                                 .name = "get_repository",
                                 .url_template = "/repos/{owner}/{repo}"}));
    APILAB_CO_TRY(const auto document, decode(reply, "github get_repository"));
    auto decoded = data::decode<github::Repository>(document.root());
    if (!decoded) {
        co_return fail(
            std::move(decoded).error().with_outcome(Outcome::answered).in("github get_repository"));
    }
    RepositoryFacts facts{.repository = std::move(decoded->value),
                          .drift = std::move(decoded->drift)};
    const auto& full = facts.repository.full_name;
    facts.renamed = !full.empty() && !same_name(full, owner + "/" + name);
    co_return facts;
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
    // A list is split at commas; no npm package has one in its name.
    std::erase_if(affects, [](const std::string& one) { return one.empty() || one.contains(','); });
    std::vector<http::JsonDocument> documents;
    for (std::size_t from = 0; from < affects.size(); from += affects_max) {
        const auto to = std::min(from + affects_max, affects.size());
        GitHubAdvisories which{.ecosystem = "npm"};
        which.affects.assign(affects.begin() + static_cast<std::ptrdiff_t>(from),
                             affects.begin() + static_cast<std::ptrdiff_t>(to));
        APILAB_CO_TRY(const auto query, which.query());
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
