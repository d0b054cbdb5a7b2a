#include "apilab/sandbox/github/provider.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <expected>
#include <set>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/github/errors.hpp"
#include "apilab/sandbox/github/internal/call.hpp"
#include "apilab/sandbox/github/internal/operations.hpp"
#include "apilab/sandbox/github/internal/repositories.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::string_view newer_version = "2026-03-10";
constexpr std::string_view usual_version = "2022-11-28";
constexpr std::string_view user = "octo";

// The same on every answer of the real one; some SDKs and browsers look at them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> always{{
    {"access-control-allow-origin", "*"},
    {"access-control-expose-headers",
     "ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, "
     "X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, "
     "X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, "
     "X-GitHub-Request-Id, Deprecation, Sunset"},
    {"content-security-policy", "default-src 'none'"},
    {"referrer-policy", "origin-when-cross-origin, strict-origin-when-cross-origin"},
    {"strict-transport-security", "max-age=31536000; includeSubdomains; preload"},
    {"x-content-type-options", "nosniff"},
    {"x-frame-options", "deny"},
    {"x-xss-protection", "0"},
}};

const Repository* by_number(const Store& store, std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() ? store.find(id) : nullptr;
}

const Repository* repository_of(const Store& store, const Incoming& incoming) {
    const auto owner = path_value(incoming, "owner");
    return owner.empty() ? by_number(store, path_value(incoming, "id"))
                         : store.find(owner, path_value(incoming, "repo"));
}

// What stands behind `Bearer` or `token`, or empty.
std::string_view token_of(const http::Request& request) {
    const std::string_view field = request.headers().value("authorization");
    const auto space = std::min(field.find(' '), field.size());
    const auto scheme = field.substr(0, space);
    const bool known = http::iequals(scheme, "bearer") || http::iequals(scheme, "token");
    return known && space < field.size() ? field.substr(space + 1) : std::string_view();
}

// Which bucket a request draws from.
std::string_view resource_of(const Route& route) {
    if (!route.path_template.starts_with("/search/")) {
        return "core";
    }
    return route.operation == "search_code" ? "code_search" : "search";
}

bool below_repository(const Route& route) {
    return route.path_template.starts_with("/repos/{owner}") ||
           route.path_template.starts_with("/repositories/{id}");
}

http::Response by_integration() {
    auto answer = error(403, "Resource not accessible by integration");
    answer.header("x-accepted-github-permissions", "contents=write");
    return answer;
}

http::Response no_user_agent() {
    http::Response forbidden(403,
                             "Request forbidden by administrative rules. Please make sure your "
                             "request has a User-Agent header.\n");
    forbidden.header("content-type", "text/html; charset=utf-8");
    return forbidden;
}

void add_always(http::Response& answer) {
    answer.header("vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding");
    answer.header("server", "github.com");
    for (const auto& [name, value] : always) {
        answer.header(name, std::string(value));
    }
}

// JSON in the body of what writes; the error is the answer.
std::expected<std::optional<http::JsonDocument>, http::Response> read_body(
    const Incoming& incoming, const Operation& operation) {
    const auto& text = incoming.request->body();
    if (operation.effect == http::Effect::read || operation.name == "upload_asset" ||
        text.empty()) {
        return std::nullopt;
    }
    auto document = http::JsonDocument::parse(text);
    if (!document) {
        return std::unexpected(error(400, "Problems parsing JSON"));
    }
    const bool list = document->root().is_array() && operation.name.ends_with("issue_labels");
    if (!document->root().is_object() && !list) {
        return std::unexpected(error(400, "Body should be a JSON object"));
    }
    return std::optional(*std::move(document));
}

}  // namespace

GitHubProvider::GitHubProvider(std::shared_ptr<const Store> store, GitHubOptions options)
    : store_(std::move(store)),
      options_(std::move(options)),
      app_(options_.app, options_.seed),
      limits_(options_.anonymous_per_hour, options_.token_per_hour),
      workspace_(std::make_unique<Workspace>()) {}

GitHubProvider::~GitHubProvider() = default;

std::span<const Route> GitHubProvider::routes() const {
    return all_routes();
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
    const auto& operation = incoming.route->operation;
    if (operation == "create_installation_token") {
        incoming.note("grant", "github app");
    } else if (const auto token = token_of(*incoming.request);
               AppTokens::is_installation_token(token)) {
        app_.describe(token, incoming);
    }
    // Links lead to the repository's number: pages of one list all the same.
    const auto* repository = repository_of(*store_, incoming);
    if (repository != nullptr && pages_of(operation) != nullptr) {
        incoming.note("list_of", repository->facts.name);
    }
    const auto* field = operation.starts_with("create_issue")     ? "title"
                        : operation.starts_with("create_release") ? "tag_name"
                                                                  : nullptr;
    if (field != nullptr && repository != nullptr) {
        const auto document = http::JsonDocument::parse(incoming.request->body());
        if (const auto key = document ? document->root()[field].string() : std::nullopt) {
            incoming.note("makes", repository->facts.name + ": " + std::string(*key));
        }
    }
}

const PageShape* GitHubProvider::pages_of(std::string_view operation) const {
    return page_shape(operation);
}

http::Response GitHubProvider::answer(const Incoming& incoming) {
    const auto& request = *incoming.request;
    if (request.headers().value("user-agent").empty()) {
        return no_user_agent();
    }
    if (incoming.route->path_template.starts_with("/app")) {
        auto answer = app_.answer(incoming);  // by a JWT, and outside the limits
        finish(incoming, answer, "app");
        return answer;
    }
    const auto resource = resource_of(*incoming.route);
    const auto credential = credential_of(incoming);
    if (!credential) {
        auto refused = error(401, "Bad credentials");
        write_quota(refused, limits_.read("", resource, incoming.system_now));
        finish(incoming, refused, "");
        return refused;
    }
    const bool free = incoming.route->operation == "rate_limit";
    auto quota = limits_.read(*credential, resource, incoming.system_now);
    if (!free && quota.remaining() <= 0) {
        auto refused = primary_limit(!credential->empty());
        write_quota(refused, quota);
        finish(incoming, refused, *credential);
        return refused;
    }
    auto answer = dispatch(incoming, *credential);
    // A 304 costs nothing where the client said who it is (providers/github, "Conditional
    // requests").
    const bool not_modified = answer.status() == 304 && !credential->empty();
    if (!free && !not_modified) {
        quota = limits_.charge(*credential, resource, incoming.system_now);
    }
    write_quota(answer, quota);
    finish(incoming, answer, *credential);
    return answer;
}

http::Response GitHubProvider::dispatch(const Incoming& incoming, const std::string& credential) {
    const auto version = incoming.request->headers().get("x-github-api-version");
    const bool newer = version == newer_version;
    if (version && !newer && *version != usual_version) {
        return error(400, "The API version '" + std::string(*version) + "' is not supported.",
                     "https://docs.github.com/rest/about-the-rest-api/api-versions");
    }
    if (incoming.route->operation == "rate_limit") {
        return http::Response::json(200, limits_.overview(credential, newer, incoming.system_now));
    }
    const auto* operation = find_operation(incoming.route->operation);
    if (operation == nullptr) {
        return not_found();
    }
    auto answer = operate(incoming, credential, *operation, newer);
    // What was found by a search is not to be kept.
    const bool search = operation->name.starts_with("search_");
    if (!answer.ok() || answer.status() == 204 || search) {
        return answer;
    }
    // Another credential or media type is another representation.
    const auto etag = stable_hash(answer.body() + "\n" + credential + "\n" +
                                  std::string(incoming.request->headers().value("accept")));
    answer.header("etag", "W/\"" + etag + "\"");
    return operation->effect == http::Effect::read
               ? conditional(*incoming.request, std::move(answer))
               : answer;
}

http::Response GitHubProvider::operate(const Incoming& incoming, const std::string& credential,
                                       const Operation& operation, bool newer) {
    Call call{.incoming = incoming, .store = *store_, .workspace = *workspace_, .newer = newer};
    call.at = http::format_iso_time(incoming.system_now);
    const bool app = AppTokens::is_installation_token(credential);
    call.login = credential.empty() ? "" : app ? app_.login() : std::string(user);
    if (below_repository(*incoming.route)) {
        call.repository = repository_of(*store_, incoming);
        if (call.repository == nullptr) {
            const auto owner = path_value(incoming, "owner");
            const auto* present =
                owner.empty() ? nullptr : store_->renamed(owner, path_value(incoming, "repo"));
            return present != nullptr ? moved(incoming, *present) : not_found();
        }
        const bool owned = call.repository->facts.name.starts_with(std::string(user) + "/");
        call.push = owned &&
                    (app ? app_.may(credential, "issues", "write", incoming) : !credential.empty());
        if (auto no = refused(call, credential, operation)) {
            return *std::move(no);
        }
    }
    const auto body = read_body(incoming, operation);
    if (!body) {
        return body.error();
    }
    if (*body) {
        call.body = (*body)->root();
    }
    return operation.answer(call);
}

std::optional<http::Response> GitHubProvider::refused(const Call& call,
                                                      const std::string& credential,
                                                      const Operation& operation) const {
    if (operation.access == Access::anybody) {
        return std::nullopt;
    }
    const bool reads = operation.effect == http::Effect::read;
    if (credential.empty()) {
        return reads || operation.access == Access::hooks ? not_found()
                                                          : error(401, "Requires authentication");
    }
    if (AppTokens::is_installation_token(credential)) {
        const bool issues =
            operation.access == Access::somebody || operation.access == Access::triage;
        if (!issues || !call.push) {
            return by_integration();
        }
    } else if (operation.access != Access::somebody && !call.push) {
        return not_found();
    }
    const bool archived = call.look().archived && !reads && operation.name != "update_repository";
    if (archived && operation.access != Access::hooks) {
        return error(403, "Repository was archived so is read-only.");
    }
    if (operation.access == Access::hooks && call.incoming.hub == nullptr) {
        return error(503, "This sandbox delivers no webhooks.");
    }
    return std::nullopt;
}

void GitHubProvider::finish(const Incoming& incoming, http::Response& answer,
                            std::string_view credential) {
    ++answers_;
    const auto id = stable_hash("request " + std::to_string(answers_));
    answer.header("x-github-request-id",
                  id.substr(0, 4) + ":" + id.substr(4, 6) + ":" + id.substr(10, 6));
    const bool raw = answer.headers().value("content-type").contains("raw");
    answer.header("x-github-media-type", raw ? "github.v3; param=raw" : "github.v3; format=json");
    const auto version = incoming.request->headers().get("x-github-api-version");
    answer.header("x-github-api-version-selected", std::string(version.value_or(usual_version)));
    if (incoming.route->operation.starts_with("search_") && answer.ok()) {
        answer.header("cache-control", "no-cache");
    } else if ((answer.ok() && answer.status() != 204) || answer.status() == 304) {
        answer.header("cache-control", credential.empty() ? "public, max-age=60, s-maxage=60"
                                                          : "private, max-age=60, s-maxage=60");
    }
    if (credential.starts_with("ghp_")) {
        answer.header("x-oauth-scopes", "admin:repo_hook, repo, user");
        answer.header("x-accepted-oauth-scopes", below_repository(*incoming.route) ? "repo" : "");
    }
    add_always(answer);
    if (answer.headers().value("content-type") == "application/json") {
        answer.header("content-type", "application/json; charset=utf-8");
    }
}

http::Response GitHubProvider::unknown_path(const http::Request& /*request*/) const {
    auto answer = error(404, "Not Found");
    answer.header("content-type", "application/json; charset=utf-8");
    answer.header("x-github-media-type", "github.v3; format=json");
    add_always(answer);
    return answer;
}

http::Response GitHubProvider::refuse(const Refusal& refused, SystemTime now) const {
    return refusal(refused, now);
}

std::map<std::string, std::int64_t> GitHubProvider::numbers() const {
    std::map<std::string, std::int64_t> out;
    const auto count = [&](const char* name, std::int64_t by) {
        if (by > 0) {
            out[name] += by;
        }
    };
    for (const auto& [id, state] : workspace_->edited()) {
        std::set<std::string_view> titles;
        for (const auto& issue : state->issues) {
            if (issue.ours) {
                count("issues", 1);
                count("issues doubled", titles.insert(issue.title).second ? 0 : 1);
            }
        }
        count("comments", std::ranges::count_if(state->comments, [](const Comment& comment) {
                  return comment.id > 2'000'000'000;
              }));
    }
    return out;
}

void GitHubProvider::reset() {
    limits_.reset();
    app_.reset();
    workspace_->reset();
    answers_ = 0;
}

}  // namespace apilab::sandbox::github
