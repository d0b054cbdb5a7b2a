#include "apilab/sandbox/api/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/api/item_pages.hpp"
#include "apilab/sandbox/api/openapi.hpp"
#include "apilab/sandbox/api/problem.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::api {
namespace {

using http::Effect;

const std::array<Route, 36> table{{
    {"POST", "/session", "log_in", Effect::idempotent},
    {"GET", "/session", "get_session"},
    {"DELETE", "/session", "log_out", Effect::idempotent},
    {"POST", "/orders", "create_order", Effect::write},
    {"GET", "/orders", "list_orders"},
    {"GET", "/orders/{id}", "get_order"},
    {"GET", "/ui/theme", "get_theme"},
    {"GET", "/auth/key", "auth_key"},
    {"GET", "/auth/key-header", "auth_key_header"},
    {"GET", "/auth/basic", "auth_basic"},
    {"GET", "/auth/bearer", "auth_bearer"},
    {"GET", "/auth/hmac", "auth_hmac"},
    {"POST", "/auth/hmac", "auth_hmac_post", Effect::read},
    {"POST", "/keys/rotate", "rotate_key", Effect::write},
    {"GET", "/items", "list_items"},
    {"GET", "/items/link", "list_items_link"},
    {"GET", "/items/next", "list_items_next"},
    {"GET", "/items/cursor", "list_items_cursor"},
    {"GET", "/items/page", "list_items_page"},
    {"GET", "/items/offset", "list_items_offset"},
    {"GET", "/items/keyset", "list_items_keyset"},
    {"GET", "/items/range", "list_items_range"},
    {"GET", "/items/odata", "list_items_odata"},
    {"GET", "/items/edges", "list_items_edges"},
    {"POST", "/items/search", "search_items", Effect::read},
    {"POST", "/graphql", "graphql", Effect::read},
    {"GET", "/limited/{dialect}", "limited"},
    {"GET", "/openapi.json", "openapi"},
    {"POST", "/items", "create_item", Effect::write},
    {"GET", "/items/{id}", "get_item"},
    {"PATCH", "/items/{id}", "change_item", Effect::idempotent},
    {"DELETE", "/items/{id}", "delete_item", Effect::idempotent},
    {"GET", "/documents", "list_documents"},
    {"GET", "/documents/{id}", "get_document"},
    {"PUT", "/documents/{id}", "replace_document", Effect::idempotent},
    {"GET", "/", "index"},
}};

PageKind page_kind(std::string_view operation) {
    constexpr std::array kinds{std::pair{"list_items_link", PageKind::link},
                               std::pair{"list_items_next", PageKind::next},
                               std::pair{"list_items_cursor", PageKind::cursor},
                               std::pair{"list_items_page", PageKind::page},
                               std::pair{"list_items_offset", PageKind::offset},
                               std::pair{"list_items_keyset", PageKind::keyset},
                               std::pair{"list_items_range", PageKind::range},
                               std::pair{"list_items_odata", PageKind::odata},
                               std::pair{"list_items_edges", PageKind::edges}};
    const auto found = std::ranges::find(
        kinds, operation, [](const auto& entry) { return std::string_view(entry.first); });
    return found == kinds.end() ? PageKind::none : found->second;
}

std::string api_path(const Incoming& incoming) {
    const auto base = http::Url::parse(incoming.base_url);
    return base && base->path() != "/" ? base->path() : "/api";
}

http::Response not_json() {
    return problem(400, "not_json", "the body is no JSON object");
}

void set_cookie(http::Response& answer, const Incoming& incoming, const std::string& cookie) {
    answer.headers().add("set-cookie", cookie);
    // For the judge: which cookie, and for which paths; never its value.
    const auto path = cookie.find("Path=") + 5;
    auto known = incoming.facts != nullptr && incoming.facts->contains("set_cookie")
                     ? incoming.facts->at("set_cookie") + ","
                     : std::string();
    incoming.note("set_cookie", known + cookie.substr(0, cookie.find('=')) + ";" +
                                    cookie.substr(path, cookie.find(';', path) - path));
}

// Writes down how a request showed itself, and lets it in or not.
bool admitted(const Incoming& incoming, const Access::Shown& shown) {
    if (shown.in_query) {
        incoming.note("credential_in", "query");
    }
    if (!shown.why.empty()) {
        incoming.note("refused", std::string(shown.why));
    }
    if (shown.visitor) {
        incoming.note("auth", std::string(shown.visitor->scheme));
        if (shown.visitor->scheme == "session") {
            incoming.note("session", std::to_string(shown.visitor->session));
        }
        if (shown.visitor->scheme == "key") {
            incoming.note("key", std::to_string(shown.visitor->key));
        }
    }
    return !shown.refused;
}

// Whose limit a request counts for, without the credential itself.
std::string caller_of(const Incoming& incoming) {
    const auto& headers = incoming.request->headers();
    std::string shown(headers.value("authorization"));
    shown += headers.value("x-api-key");
    shown += query_value(incoming, "api_key");
    shown += cookie_of(*incoming.request, "sid");
    return shown.empty() ? "anonymous" : internal::sha256_hex(shown).substr(0, 12);
}

http::Response who(std::string_view scheme) {
    return http::Response::json(200, fmt::format("{{\"user\":\"ada\",\"scheme\":\"{}\"}}", scheme));
}

}  // namespace

ApiProvider::ApiProvider(std::uint64_t seed) : access_(seed), items_(seed), documents_(seed) {}

std::span<const Route> ApiProvider::routes() const {
    return table;
}

void ApiProvider::reset() {
    access_.reset();
    items_.reset();
    documents_.reset();
    limited_.reset();
    orders_.clear();
    keys_.clear();
    logins_ = 0;
    refused_ = 0;
}

std::map<std::string, std::int64_t> ApiProvider::numbers() const {
    return {{"orders", orders_.count()},
            {"orders doubled", orders_.doubled()},
            {"documents damaged", documents_.damaged()},
            {"logins", logins_},
            {"answers 401", refused_}};
}

const PageShape* ApiProvider::pages_of(std::string_view operation) const {
    return page_shape(page_kind(operation));
}

std::optional<http::Response> ApiProvider::expired_page(const Incoming& incoming) const {
    if (page_kind(incoming.route->operation) == PageKind::link) {
        return std::nullopt;  // page numbers do not grow old
    }
    return problem(400, "invalid_cursor", "this cursor is too old: begin anew");
}

FidelityCard ApiProvider::fidelity() const {
    return {
        .copied = {"Idempotency keys as the IETF draft and Stripe have them: one effect, the "
                   "first answer again, 409 while it is under way, 422 for another body.",
                   "Cookies with paths and turning session ids (RFC 6265); challenges (RFC 9110 "
                   "section 11); problem documents (RFC 9457).",
                   "Pages by Link, next URL, cursor, page, offset, keyset, Range, OData's "
                   "nextLink and GraphQL's connections; filters in five styles.",
                   "Nineteen dialects of rate limits at /limited/{dialect}."},
        .not_copied = {"There is nothing real behind it: it is an API of our own.",
                       "Digest authentication; GraphQL beyond its one query."},
        .differs = {},
        .sources = {"https://www.rfc-editor.org/rfc/rfc9110",
                    "https://www.rfc-editor.org/rfc/rfc9457",
                    "https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",
                    "https://docs.oasis-open.org/odata/odata/v4.01/",
                    "https://relay.dev/graphql/connections.htm"}};
}

http::Response ApiProvider::unknown_path(const http::Request& /*request*/) const {
    return problem(404, "no_such_path", "GET / lists the operations");
}

http::Response ApiProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const bool limited = !refusal.limit.empty() || refusal.status == 429;
    const int status = refusal.status != 0 ? refusal.status : 429;
    auto answer = problem(status, limited ? "rate_limited" : "refused",
                          limited ? "too many requests" : http::reason_phrase(status));
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    return answer;
}

http::Response ApiProvider::answer(const Incoming& incoming) {
    auto answer = dispatch(incoming);
    refused_ += answer.status() == 401 ? 1 : 0;
    return answer;
}

http::Response ApiProvider::dispatch(const Incoming& incoming) {
    const std::string_view operation = incoming.route->operation;
    if (operation == "log_in") {
        return log_in(incoming);
    }
    if (operation.ends_with("_session") || operation == "log_out" || operation == "get_theme") {
        return of_session(incoming);
    }
    if (operation.ends_with("_order") || operation == "list_orders") {
        return of_orders(incoming);
    }
    if (operation.starts_with("auth_") || operation == "rotate_key") {
        return of_auth(incoming);
    }
    if (operation == "list_documents") {
        return documents_.list();
    }
    if (operation.ends_with("_document")) {
        const auto id = path_value(incoming, "id");
        return incoming.route->method == "PUT" ? documents_.replace(incoming, id)
                                               : documents_.get(incoming, id);
    }
    if (operation == "limited") {
        return limited_.answer(path_value(incoming, "dialect"), caller_of(incoming), incoming);
    }
    if (operation == "openapi") {
        return http::Response::json(200, openapi_document(table, incoming.base_url));
    }
    if (operation == "index") {
        std::string text;
        for (const Route& route : table) {
            text += fmt::format("{}\"{} {}\"", text.empty() ? "" : ",", route.method,
                                route.path_template);
        }
        return http::Response::json(200, fmt::format("{{\"operations\":[{}]}}", text));
    }
    return of_items(incoming);
}

http::Response ApiProvider::log_in(const Incoming& incoming) {
    const auto body = http::JsonDocument::parse(incoming.request->body());
    if (!body) {
        return not_json();
    }
    const auto path = api_path(incoming);
    const auto visitor =
        access_.log_in(body->root()["user"].string_or(""), body->root()["password"].string_or(""),
                       path, incoming.request->url().secure(), incoming.now);
    if (!visitor) {
        incoming.note("refused", "wrong_password");
        return problem(401, "wrong_password", "user and password do not fit");
    }
    ++logins_;
    incoming.note("session", std::to_string(visitor->session));
    auto answer = who("session");
    set_cookie(answer, incoming, visitor->set_cookie);
    set_cookie(answer, incoming, fmt::format("theme=dark; Path={}/ui; Max-Age=86400", path));
    return answer;
}

http::Response ApiProvider::of_session(const Incoming& incoming) {
    const auto shown = access_.by_session(*incoming.request, incoming.now);
    if (!admitted(incoming, shown)) {
        return *shown.refused;
    }
    auto answer = who("session");
    if (incoming.route->operation == "log_out") {
        access_.log_out(*incoming.request);
        answer = http::Response(204);
        incoming.note("clear_cookie", "sid");
        answer.headers().add("set-cookie",
                             fmt::format("sid=; Path={}; Max-Age=0", api_path(incoming)));
        return answer;
    }
    if (incoming.route->operation == "get_theme") {
        const auto theme = cookie_of(*incoming.request, "theme");
        answer = http::Response::json(
            200, "{\"theme\":" + http::json_quote(theme.empty() ? "light" : theme) + "}");
    }
    if (!shown.visitor->set_cookie.empty()) {
        set_cookie(answer, incoming, shown.visitor->set_cookie);
    }
    return answer;
}

http::Response ApiProvider::of_orders(const Incoming& incoming) {
    const auto shown = access_.by_session(*incoming.request, incoming.now);
    if (!admitted(incoming, shown)) {
        return *shown.refused;
    }
    auto answer = [&] {
        if (incoming.route->operation == "create_order") {
            return place_order(incoming);
        }
        if (incoming.route->operation == "get_order") {
            return orders_.get(path_value(incoming, "id"));
        }
        const auto limit =
            std::clamp<std::int64_t>(query_number(incoming, "limit").value_or(100), 1, 100);
        return orders_.list(query_value(incoming, "reference"), static_cast<std::size_t>(limit));
    }();
    if (!shown.visitor->set_cookie.empty()) {
        set_cookie(answer, incoming, shown.visitor->set_cookie);
    }
    return answer;
}

http::Response ApiProvider::place_order(const Incoming& incoming) {
    const auto& request = *incoming.request;
    const std::string key(request.headers().value("idempotency-key"));
    if (key.size() > KeyLedger::key_max) {
        return problem(400, "key_too_long", "an idempotency key has at most 255 bytes");
    }
    const auto body = http::JsonDocument::parse(request.body());
    if (!body || !body->root().is_object()) {
        return not_json();
    }
    incoming.note("idempotency", key.empty() ? "none" : "new");
    if (!key.empty()) {
        const auto seen = keys_.look(key, request.body(), incoming.now);
        switch (seen.answer) {
            case KeyLedger::Answer::fresh:
                break;
            case KeyLedger::Answer::replay: {
                incoming.note("idempotency", "replay");
                incoming.note("effect", "none");
                auto again = *seen.kept;
                again.header("idempotent-replayed", "true");
                return again;
            }
            case KeyLedger::Answer::in_progress:
                incoming.note("idempotency", "in_progress");
                return problem(409, "key_in_progress",
                               "the first request with this key is not over: ask again")
                    .header("retry-after", "1");
            case KeyLedger::Answer::mismatch:
                incoming.note("idempotency", "mismatch");
                return problem(422, "key_reused", "this key belongs to another request");
        }
    }
    auto answer = orders_.place(body->root(), incoming.base_url, incoming.system_now);
    if (!key.empty() && answer.ok()) {
        keys_.keep(key, request.body(), answer, incoming.now);
    }
    return answer;
}

http::Response ApiProvider::of_auth(const Incoming& incoming) {
    const std::string_view operation = incoming.route->operation;
    if (operation == "auth_key_header" && incoming.param("api_key")) {
        incoming.note("credential_in", "query");
        incoming.note("refused", "key_in_query");
        return problem(400, "key_in_query",
                       "a key in a URL ends up in logs: send it in the header X-Api-Key");
    }
    const auto shown = operation == "auth_basic"    ? access_.by_basic(*incoming.request)
                       : operation == "auth_bearer" ? access_.by_bearer(*incoming.request)
                       : operation.starts_with("auth_hmac")
                           ? access_.by_hmac(*incoming.request, incoming.system_now)
                           : access_.by_key(*incoming.request, incoming.now);
    if (!admitted(incoming, shown)) {
        return *shown.refused;
    }
    if (operation == "rotate_key") {
        return http::Response::json(200,
                                    fmt::format("{{\"key\":\"{}\",\"old_key_valid_for_s\":{}}}",
                                                access_.rotate_key(incoming.now),
                                                Access::old_key_life / std::chrono::seconds(1)));
    }
    return who(shown.visitor->scheme);
}

http::Response ApiProvider::of_items(const Incoming& incoming) {
    const auto shown = access_.by_any(*incoming.request, incoming.now);
    if (!admitted(incoming, shown)) {
        return *shown.refused;
    }
    auto answer = [&] {
        if (incoming.route->operation == "search_items") {
            return search_items(incoming, items_);
        }
        if (incoming.route->operation == "graphql") {
            return graphql(incoming, items_);
        }
        if (incoming.route->method != "GET") {
            return shown.visitor ? write_item(incoming)
                                 : problem(401, "missing_credentials",
                                           "items are changed with a key, a token or a session");
        }
        if (incoming.route->operation == "get_item") {
            const Item* item = items_.find(path_value(incoming, "id"));
            return item == nullptr ? problem(404, "not_found", "there is no such item")
                                   : http::Response::json(200, item->to_text());
        }
        return list_items(incoming, items_, page_kind(incoming.route->operation));
    }();
    if (shown.visitor && !shown.visitor->set_cookie.empty()) {
        set_cookie(answer, incoming, shown.visitor->set_cookie);
    }
    return answer;
}

http::Response ApiProvider::write_item(const Incoming& incoming) {
    const auto id = path_value(incoming, "id");
    if (!id.empty() && items_.find(id) == nullptr) {
        return problem(404, "not_found", "there is no such item");
    }
    if (incoming.route->operation == "delete_item") {
        items_.remove(id);
        return http::Response(204);
    }
    const auto body = http::JsonDocument::parse(incoming.request->body());
    if (!body) {
        return not_json();
    }
    auto item = id.empty() ? items_.create(body->root(), incoming.system_now)
                           : items_.change(id, body->root(), incoming.system_now);
    if (!item) {
        return problem(422, "invalid_field", item.error().message());
    }
    auto answer = http::Response::json(id.empty() ? 201 : 200, item->to_text());
    if (id.empty()) {
        answer.header("location", fmt::format("{}/items/{}", incoming.base_url, item->id()));
    }
    return answer;
}

}  // namespace apilab::sandbox::api
