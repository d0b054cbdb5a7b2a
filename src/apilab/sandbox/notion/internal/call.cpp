#include "apilab/sandbox/notion/internal/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <utility>

#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr std::int64_t page_size_max = 100;

struct PageAsk {
    std::int64_t size = page_size_max;
    std::optional<std::string> cursor;
};

std::expected<PageAsk, http::Response> page_ask(const Call& call) {
    PageAsk ask;
    const bool in_query = call.incoming->request->method() == "GET";
    const std::string_view place = in_query ? "query" : "body";
    std::optional<std::string> wrong;
    if (in_query) {
        if (const auto cursor = call.incoming->param("start_cursor")) {
            ask.cursor = *cursor;
        }
        if (const auto size = call.incoming->param("page_size")) {
            const auto [end, error] =
                std::from_chars(size->data(), size->data() + size->size(), ask.size);
            if (error != std::errc() || end != size->data() + size->size()) {
                wrong = *size;
            }
        }
    } else {
        if (const auto cursor = call.body["start_cursor"].string()) {
            ask.cursor = *cursor;
        }
        if (const auto size = call.body["page_size"]; !size.missing()) {
            ask.size = size.integer().value_or(0);
            wrong = size.integer() ? std::nullopt : std::optional(size.to_text());
        }
    }
    if (wrong) {
        return std::unexpected(validation_error(fmt::format(
            "{0} failed validation: {0}.page_size should be a number, instead was `{1}`.", place,
            *wrong)));
    }
    if (ask.size > page_size_max || ask.size < 1) {
        return std::unexpected(validation_error(fmt::format(
            "{0} failed validation: {0}.page_size should be {1} `{2}`, instead was "
            "`{3}`.",
            place, ask.size < 1 ? "≥" : "≤", ask.size < 1 ? 1 : page_size_max, ask.size)));
    }
    return ask;
}

}  // namespace

std::optional<bool> Call::trash() const {
    const auto by_name = body["in_trash"];
    return by_name.missing() && version < positions_since ? body["archived"].boolean()
                                                          : by_name.boolean();
}

std::expected<Cut, http::Response> cut_list(const Call& call, std::size_t count,
                                            const std::function<std::string(std::size_t)>& id_of) {
    auto ask = page_ask(call);
    if (!ask) {
        return std::unexpected(std::move(ask).error());
    }
    Cut cut;
    if (ask->cursor) {
        const auto wanted = canonical_id(*ask->cursor);
        while (cut.first < count && id_of(cut.first) != wanted) {
            ++cut.first;
        }
        if (cut.first == count) {
            return std::unexpected(
                validation_error("The start_cursor provided is invalid: " + *ask->cursor));
        }
    }
    cut.end = std::min(cut.first + static_cast<std::size_t>(ask->size), count);
    if (cut.end < count) {
        cut.next = id_of(cut.end);
    }
    return cut;
}

json::object list_of(const Cut& cut, std::string_view kind,
                     const std::function<json::object(std::size_t)>& item) {
    json::array results;
    for (std::size_t i = cut.first; i < cut.end; ++i) {
        results.emplace_back(item(i));
    }
    return {{"object", "list"},
            {"results", std::move(results)},
            {"next_cursor", cut.next ? json::value(*cut.next) : json::value(nullptr)},
            {"has_more", cut.next.has_value()},
            {"type", kind},
            {kind, json::object()}};
}

std::expected<std::string, http::Response> path_id(const Call& call, std::string_view kind) {
    const auto raw = path_value(*call.incoming, "id");
    auto id = canonical_id(raw);
    if (id.empty()) {
        return std::unexpected(validation_error(
            fmt::format("path failed validation: path.{}_id should be a valid uuid, instead was "
                        "`\"{}\"`.",
                        kind, raw)));
    }
    return id;
}

}  // namespace apilab::sandbox::notion
