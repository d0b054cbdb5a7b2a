// Lists that are asked for with a body: a search by JSON, and GraphQL's one query.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/api/item_pages.hpp"
#include "apilab/sandbox/api/item_query.hpp"
#include "apilab/sandbox/api/problem.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::size_t limit_default = 20;
constexpr std::size_t limit_max = 100;

struct Search {
    Condition filter;
    std::vector<SortBy> sort;
    std::vector<std::string> fields;
    std::size_t limit = limit_default;
    std::size_t offset = 0;
};

Result<std::string> joined(http::Json list, const std::string& pointer) {
    if (!list.missing() && !list.is_array()) {
        return internal::bad_field(pointer, "expected an array of strings");
    }
    std::string text;
    std::size_t count = 0;
    for (const auto each : list.elements()) {
        APILAB_TRY(const auto one,
                   internal::read_string(each, fmt::format("{}/{}", pointer, count++)));
        text += (text.empty() ? "" : ",") + one;
    }
    return text;
}

template <class Value>
Result<Value> at(Result<Value> read, const std::string& pointer) {
    return read ? std::move(read)
                : Result<Value>(internal::bad_field(pointer, read.error().message()));
}

Result<Search> read_search(http::Json root) {
    Search search;
    APILAB_CHECK(internal::only_keys(root, "", {"filter", "sort", "fields", "limit", "offset"}));
    if (const auto filter = root["filter"]; !filter.missing()) {
        APILAB_TRY(search.filter, parse_json_filter(filter, "/filter"));
    }
    APILAB_TRY(const auto sort, joined(root["sort"], "/sort"));
    APILAB_TRY(search.sort, at(parse_sort(sort), "/sort"));
    APILAB_TRY(const auto fields, joined(root["fields"], "/fields"));
    APILAB_TRY(search.fields, at(parse_sparse(fields), "/fields"));
    if (const auto limit = root["limit"]; !limit.missing()) {
        APILAB_TRY(search.limit, internal::read_integer(limit, "/limit", 1, limit_max));
    }
    if (const auto offset = root["offset"]; !offset.missing()) {
        APILAB_TRY(search.offset, internal::read_integer(offset, "/offset", 0, 1'000'000));
    }
    return search;
}

http::Response refuse(const Error& error) {
    return problem(400, "invalid_field", error.message());
}

// An argument of the query: literal, or a variable.
std::string argument(std::string_view query, std::string_view name, http::Json variables) {
    const auto call = query.find("items");
    const auto open = query.find('(', call);
    if (call == std::string_view::npos || open == std::string_view::npos) {
        return {};
    }
    const auto arguments = query.substr(open, query.find(')', open) - open);
    auto place = arguments.find(fmt::format("{}:", name));
    if (place == std::string_view::npos) {
        return {};
    }
    place = arguments.find_first_not_of(' ', place + name.size() + 1);
    if (place == std::string_view::npos) {
        return {};
    }
    const auto rest = arguments.substr(place);
    if (rest.front() == '"') {
        return std::string(rest.substr(1, rest.find('"', 1) - 1));
    }
    const bool variable = rest.front() == '$';
    const auto word = rest.substr(variable ? 1 : 0);
    const auto end = std::min(word.find_first_of(" ,)"), word.size());
    const auto text = std::string(word.substr(0, end));
    if (!variable) {
        return text;
    }
    const auto value = variables[text];
    return value.is_string() ? std::string(value.string_or(""))
           : value.integer() ? std::to_string(*value.integer())
                             : std::string();
}

http::Response graphql_error(std::string_view message) {
    return http::Response::json(
        200, fmt::format("{{\"data\":null,\"errors\":[{{\"message\":{},\"path\":[\"items\"]}}]}}",
                         http::json_quote(message)));
}

}  // namespace

http::Response search_items(const Incoming& incoming, const Items& items) {
    const auto body = http::JsonDocument::parse(incoming.request->body());
    if (!body || !body->root().is_object()) {
        return problem(400, "not_json", "the body is no JSON object");
    }
    const auto search = read_search(body->root());
    if (!search) {
        return refuse(search.error());
    }
    auto rows = items.list({});
    std::erase_if(rows, [&](const Item* item) { return !search->filter.takes(*item); });
    sort_items(rows, search->sort);
    std::string text;
    const auto end = std::min(rows.size(), search->offset + search->limit);
    for (std::size_t i = search->offset; i < end; ++i) {
        text += (text.empty() ? "" : ",") + sparse_text(*rows[i], search->fields);
    }
    return http::Response::json(
        200, fmt::format("{{\"items\":[{}],\"total\":{},\"next_offset\":{}}}", text, rows.size(),
                         end < rows.size() ? std::to_string(end) : "null"));
}

http::Response graphql(const Incoming& incoming, const Items& items) {
    const auto body = http::JsonDocument::parse(incoming.request->body());
    if (!body || !body->root()["query"].is_string()) {
        return problem(400, "not_graphql", "expected {\"query\", \"variables\"}");
    }
    const auto query = body->root()["query"].string_or("");
    const auto variables = body->root()["variables"];
    if (!query.contains("items")) {
        return graphql_error("there is one query: items(first, after, state)");
    }
    const auto first_text = argument(query, "first", variables);
    std::size_t first = limit_default;
    if (!first_text.empty()) {
        const auto [end, code] =
            std::from_chars(first_text.data(), first_text.data() + first_text.size(), first);
        if (code != std::errc() || end != first_text.data() + first_text.size() || first == 0 ||
            first > limit_max) {
            return graphql_error("first: expected a number from 1 to 100");
        }
    }
    ItemFilter filter;
    const auto state = argument(query, "state", variables);
    if (state == "OPEN" || state == "CLOSED") {
        filter.state = state == "OPEN" ? "open" : "closed";
    } else if (!state.empty()) {
        return graphql_error("state: expected OPEN or CLOSED");
    }
    const auto connection =
        connection_text(items.list(filter), first, argument(query, "after", variables));
    return connection ? http::Response::json(
                            200, fmt::format("{{\"data\":{{\"items\":{}}}}}", *connection))
                      : graphql_error(connection.error().message());
}

}  // namespace apilab::sandbox::api
