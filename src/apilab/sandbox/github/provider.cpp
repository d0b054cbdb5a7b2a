#include "apilab/sandbox/github/provider.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "apilab/http/headers.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/github/advisory_list.hpp"
#include "apilab/sandbox/github/bodies.hpp"
#include "apilab/sandbox/github/errors.hpp"
#include "apilab/sandbox/github/paging.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::array versions{"2022-11-28", "2026-03-10"};

// Each operation stands twice: by owner and name, and by number, which is where links and redirects
// lead. Literal parts come before places.
const std::array<Route, 17> table{{
    {"GET", "/rate_limit", "rate_limit"},
    {"GET", "/versions", "api_versions"},
    {"GET", "/user", "get_user"},
    {"GET", "/app", "get_app"},
    {"POST", "/app/installations/{installation_id}/access_tokens", "create_installation_token",
     http::Effect::write},
    {"GET", "/advisories", "list_advisories"},
    {"GET", "/advisories/{ghsa_id}", "get_advisory"},
    {"GET", "/repos/{owner}/{repo}/releases/latest", "get_latest_release"},
    {"GET", "/repos/{owner}/{repo}/releases/tags/{tag}", "get_release_by_tag"},
    {"GET", "/repos/{owner}/{repo}/releases", "list_releases"},
    {"GET", "/repos/{owner}/{repo}/tags", "list_tags"},
    {"GET", "/repos/{owner}/{repo}", "get_repository"},
    {"GET", "/repositories/{id}/releases/latest", "get_latest_release_by_id"},
    {"GET", "/repositories/{id}/releases/tags/{tag}", "get_release_by_tag_by_id"},
    {"GET", "/repositories/{id}/releases", "list_releases_by_id"},
    {"GET", "/repositories/{id}/tags", "list_tags_by_id"},
    {"GET", "/repositories/{id}", "get_repository_by_id"},
}};

std::string with_base(std::string text, std::string_view base_url) {
    std::size_t at = 0;
    while ((at = text.find(base_mark, at)) != std::string::npos) {
        text.replace(at, base_mark.size(), base_url);
        at += base_url.size();
    }
    return text;
}

http::Response found(const Incoming& incoming, std::string_view text) {
    return http::Response::json(200, with_base(std::string(text), incoming.base_url));
}

template <class Range, class Text>
http::Response list(const Incoming& incoming, const Range& rows, std::string_view path, Text text) {
    const auto slice = slice_by_page(incoming, rows.size(), path);
    std::string body = "[";
    for (std::size_t i = 0; i < slice.count; ++i) {
        body += i == 0 ? "" : ",";
        body += text(rows[slice.first + i]);
    }
    auto answer = found(incoming, body + "]");
    if (!slice.link.empty()) {
        answer.header("link", slice.link);
    }
    return answer;
}

/// The part of the route's path after the repository: `/releases/latest`, or empty.
std::string rest_of(const Incoming& incoming) {
    std::string rest;
    const std::string_view path = incoming.route->path_template;
    const std::string_view stem = "/repos/{owner}/{repo}";
    if (path.starts_with(stem)) {
        rest = path.substr(stem.size());
    }
    if (const auto place = rest.find("{tag}"); place != std::string::npos) {
        rest.replace(place, 5, http::percent_encode(path_value(incoming, "tag")));
    }
    return rest;
}

http::Response moved(const Incoming& incoming, const Repository& repository) {
    auto url =
        incoming.base_url + "/repositories/" + std::to_string(repository.id) + rest_of(incoming);
    if (const auto& query = incoming.request->url().query(); !query.empty()) {
        url += "?" + query;
    }
    auto answer = http::Response::json(
        301, "{\"message\":\"Moved Permanently\",\"url\":" + http::json_quote(url) +
                 ",\"documentation_url\":\"https://docs.github.com/rest/guides/"
                 "best-practices-for-using-the-rest-api#follow-redirects\"}");
    answer.header("location", url);
    return answer;
}

const Repository* by_number(const Store& store, std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() ? store.find(id) : nullptr;
}

/// The newest release that fits, or 404.
template <class Fits>
http::Response newest(const Incoming& incoming, const Repository& repository, Fits fits) {
    for (const auto index : repository.releases) {
        if (const auto& release = repository.facts.releases[index]; fits(release)) {
            return found(incoming, release_text(repository.facts, release));
        }
    }
    return error(404, "Not Found");
}

std::string quota_text(const Quota& quota) {
    return "{\"limit\":" + std::to_string(quota.limit) + ",\"used\":" + std::to_string(quota.used) +
           ",\"remaining\":" + std::to_string(quota.remaining()) +
           ",\"reset\":" + std::to_string(quota.reset) + "}";
}

std::int64_t search_reset(const Incoming& incoming) {
    return std::chrono::duration_cast<std::chrono::seconds>(incoming.system_now.time_since_epoch())
               .count() +
           60;
}

// What stands behind `Bearer` or `token`, or empty.
std::string_view token_of(const http::Request& request) {
    const std::string_view field = request.headers().value("authorization");
    const auto space = std::min(field.find(' '), field.size());
    const auto scheme = field.substr(0, space);
    const bool known = http::iequals(scheme, "bearer") || http::iequals(scheme, "token");
    return known && space < field.size() ? field.substr(space + 1) : std::string_view();
}

}  // namespace

GitHubProvider::GitHubProvider(std::shared_ptr<const Store> store, GitHubOptions options)
    : store_(std::move(store)),
      options_(std::move(options)),
      app_(options_.app, options_.seed),
      limits_(options_.anonymous_per_hour, options_.token_per_hour) {}

std::span<const Route> GitHubProvider::routes() const {
    return table;
}

std::optional<std::string> GitHubProvider::credential_of(const Incoming& incoming) {
    const auto& request = *incoming.request;
    const bool ended = incoming.auth == "expire" || incoming.auth == "revoke";
    if (!request.headers().contains("authorization")) {
        return ended ? std::nullopt : std::optional<std::string>("");
    }
    const auto token = token_of(request);
    if (AppTokens::is_installation_token(token)) {
        return app_.state(token, incoming) == oauth::TokenState::live
                   ? std::optional(std::string(token))
                   : std::nullopt;
    }
    // The others are a person's, who alone could end them.
    const bool known = std::ranges::find(options_.tokens, token) != options_.tokens.end();
    return known && !ended ? std::optional(std::string(token)) : std::nullopt;
}

void GitHubProvider::describe(const Incoming& incoming) const {
    if (incoming.route->operation == "create_installation_token") {
        incoming.note("grant", "github app");
    } else if (const auto token = token_of(*incoming.request);
               AppTokens::is_installation_token(token)) {
        app_.describe(token, incoming);
    }
    // Links lead to the repository's number: pages of one list all the same.
    const auto owner = path_value(incoming, "owner");
    const auto* repository = owner.empty() ? by_number(*store_, path_value(incoming, "id"))
                                           : store_->find(owner, path_value(incoming, "repo"));
    if (repository != nullptr && pages_of(incoming.route->operation) != nullptr) {
        incoming.note("list_of", repository->facts.name);
    }
}

const PageShape* GitHubProvider::pages_of(std::string_view operation) const {
    using By = PageShape::By;
    static constexpr PageShape numbered{
        .by = By::link, .asked = "page", .first = "1", .size = "per_page", .size_default = 30};
    static constexpr PageShape named{.by = By::link,
                                     .id = "name",
                                     .asked = "page",
                                     .first = "1",
                                     .size = "per_page",
                                     .size_default = 30};
    static constexpr PageShape advisories{
        .by = By::link, .id = "ghsa_id", .asked = "after", .size = "per_page", .size_default = 30};
    if (operation.starts_with("list_releases")) {
        return &numbered;
    }
    if (operation.starts_with("list_tags")) {
        return &named;
    }
    return operation == "list_advisories" ? &advisories : nullptr;
}

http::Response GitHubProvider::answer(const Incoming& incoming) {
    const auto& request = *incoming.request;
    if (request.headers().value("user-agent").empty()) {
        http::Response forbidden(403,
                                 "Request forbidden by administrative rules. Please make sure your "
                                 "request has a User-Agent header.\n");
        forbidden.header("content-type", "text/html; charset=utf-8");
        return forbidden;
    }
    if (incoming.route->path_template.starts_with("/app")) {
        auto answer = app_.answer(incoming);  // by a JWT, and outside the limits
        finish(answer, true);
        return answer;
    }
    const auto credential = credential_of(incoming);
    if (!credential) {
        auto refused = error(401, "Bad credentials");
        write_quota(refused, limits_.read("", incoming.system_now));
        finish(refused, false);
        return refused;
    }
    const bool free = incoming.route->operation == "rate_limit";
    auto quota = limits_.read(*credential, incoming.system_now);
    if (!free && quota.remaining() <= 0) {
        auto refused = primary_limit(!credential->empty());
        write_quota(refused, quota);
        finish(refused, !credential->empty());
        return refused;
    }
    auto answer = dispatch(incoming, *credential);
    // A 304 costs nothing where the client said who it is (providers/github, "Conditional
    // requests").
    const bool not_modified = answer.status() == 304 && !credential->empty();
    if (!free && !not_modified) {
        quota = limits_.charge(*credential, incoming.system_now);
    }
    write_quota(answer, quota);
    finish(answer, !credential->empty());
    return answer;
}

http::Response GitHubProvider::dispatch(const Incoming& incoming, const std::string& credential) {
    const auto& operation = incoming.route->operation;
    const auto version = incoming.request->headers().get("x-github-api-version");
    if (version && std::ranges::find(versions, *version) == versions.end()) {
        return error(400, "The API version '" + std::string(*version) + "' is not supported.",
                     "https://docs.github.com/rest/about-the-rest-api/api-versions");
    }
    auto answer = [&] {
        if (operation == "rate_limit") {
            return rate_limit(incoming, credential);
        }
        if (operation == "api_versions") {
            return http::Response::json(200, R"(["2026-03-10","2022-11-28"])");
        }
        if (operation == "get_user") {
            if (AppTokens::is_installation_token(credential)) {
                return error(403, "Resource not accessible by integration");  // it is nobody
            }
            return credential.empty() ? error(401, "Requires authentication")
                                      : found(incoming, user_text("octo"));
        }
        if (operation == "list_advisories") {
            return advisories(incoming);
        }
        if (operation == "get_advisory") {
            const auto* advisory = store_->advisory(path_value(incoming, "ghsa_id"));
            return advisory == nullptr ? error(404, "Not Found") : found(incoming, advisory->text);
        }
        return of_repository(incoming);
    }();
    if (answer.status() != 200 || operation == "rate_limit") {
        return answer;
    }
    // Another credential or media type is another representation.
    const auto etag = stable_hash(answer.body() + "\n" + credential + "\n" +
                                  std::string(incoming.request->headers().value("accept")));
    answer.header("etag", "W/\"" + etag + "\"");
    return conditional(*incoming.request, std::move(answer));
}

http::Response GitHubProvider::of_repository(const Incoming& incoming) const {
    const auto owner = path_value(incoming, "owner");
    const auto name = path_value(incoming, "repo");
    const auto* repository =
        owner.empty() ? by_number(*store_, path_value(incoming, "id")) : store_->find(owner, name);
    if (repository == nullptr) {
        const auto* present = owner.empty() ? nullptr : store_->renamed(owner, name);
        return present != nullptr ? moved(incoming, *present) : error(404, "Not Found");
    }
    const std::string_view operation = incoming.route->operation;
    const auto path = "/repositories/" + std::to_string(repository->id);
    const auto& facts = repository->facts;
    if (operation.starts_with("get_latest_release")) {
        // Drafts and pre-releases do not count.
        return newest(incoming, *repository,
                      [](const auto& release) { return !release.prerelease; });
    }
    if (operation.starts_with("get_release_by_tag")) {
        const auto tag = path_value(incoming, "tag");
        return newest(incoming, *repository,
                      [&](const auto& release) { return release.tag == tag; });
    }
    if (operation.starts_with("list_releases")) {
        return list(incoming, repository->releases, path + "/releases",
                    [&](std::size_t index) { return release_text(facts, facts.releases[index]); });
    }
    if (operation.starts_with("list_tags")) {
        return list(incoming, repository->tags, path + "/tags",
                    [&](std::size_t index) { return tag_text(facts, facts.releases[index]); });
    }
    return found(incoming, repository_text(facts));
}

http::Response GitHubProvider::advisories(const Incoming& incoming) const {
    const auto page = list_advisories(*store_, incoming);
    if (!page) {
        return simple_validation_error(page.error().message());
    }
    std::string body = "[";
    for (const auto* advisory : page->advisories) {
        body += body.size() > 1 ? "," : "";
        body += advisory->text;
    }
    auto answer = found(incoming, body + "]");
    if (!page->link.empty()) {
        answer.header("link", page->link);
    }
    return answer;
}

http::Response GitHubProvider::rate_limit(const Incoming& incoming,
                                          const std::string& credential) const {
    const auto core = quota_text(limits_.read(credential, incoming.system_now));
    // Search has a bucket of its own, by the minute; nothing here draws from it.
    const auto search = quota_text(
        {.limit = credential.empty() ? 10 : 30, .used = 0, .reset = search_reset(incoming)});
    std::string body = "{\"resources\":{\"core\":" + core + ",\"search\":" + search + "}";
    // The older copy of `core` went with the 2026 version.
    if (incoming.request->headers().value("x-github-api-version") != "2026-03-10") {
        body += ",\"rate\":" + core;
    }
    return http::Response::json(200, body + "}");
}

void GitHubProvider::finish(http::Response& answer, bool authenticated) {
    ++answers_;
    const auto id = stable_hash("request " + std::to_string(answers_));
    answer.header("x-github-request-id",
                  id.substr(0, 4) + ":" + id.substr(4, 6) + ":" + id.substr(10, 6));
    answer.header("x-github-media-type", "github.v3; format=json");
    answer.header("cache-control", authenticated ? "private, max-age=60, s-maxage=60"
                                                 : "public, max-age=60, s-maxage=60");
    answer.header("vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding");
    answer.header("server", "github.com");
    if (answer.headers().contains("content-type")) {
        answer.header("content-type", "application/json; charset=utf-8");
    }
}

http::Response GitHubProvider::unknown_path(const http::Request& /*request*/) const {
    auto answer = error(404, "Not Found");
    answer.header("content-type", "application/json; charset=utf-8");
    return answer;
}

http::Response GitHubProvider::refuse(const Refusal& refused, SystemTime now) const {
    return refusal(refused, now);
}

void GitHubProvider::reset() {
    limits_.reset();
    app_.reset();
    answers_ = 0;
}

}  // namespace apilab::sandbox::github
