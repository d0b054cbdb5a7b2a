#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/databases.hpp"
#include "apilab/sandbox/notion/internal/filter.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/sort.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

http::Response query(const Call& call, const DataSource& source) {
    const auto& store = *call.store;
    const bool trash = call.trash().value_or(false);
    const auto filter = call.body["filter"];
    if (const auto wrong = too_deep(filter); !wrong.empty()) {
        return validation_error(wrong);
    }
    std::vector<const Page*> rows;
    for (const auto& page : store.pages.all()) {
        if (page.parent.id != source.id || page.in_trash != trash) {
            continue;
        }
        const auto passed = passes(filter, {&store, &page, call.incoming->system_now});
        if (!passed) {
            return validation_error(passed.error());
        }
        if (*passed) {
            rows.push_back(&page);
        }
    }
    if (const auto wrong = sort_pages(call.body["sorts"], store, source.schema, rows)) {
        return validation_error(*wrong);
    }
    const bool stopped = rows.size() > call.rows_max;
    rows.resize(std::min(rows.size(), call.rows_max));
    const auto cut = cut_list(call, rows.size(), [&](std::size_t i) { return rows[i]->id; });
    if (!cut) {
        return cut.error();
    }
    auto list = list_of(*cut, call.data_sources() ? "page_or_data_source" : "page_or_database",
                        [&](std::size_t i) { return page_object(*rows[i], call); });
    if (stopped && !cut->next) {
        list["request_status"] = json::object{{"type", "incomplete"},
                                              {"incomplete_reason", "query_result_limit_reached"}};
    }
    return answer_with(list);
}

/// Something that a search finds.
struct Found {
    const Page* page = nullptr;
    const DataSource* source = nullptr;
    std::size_t place = 0;

    [[nodiscard]] const std::string& edited() const {
        return page == nullptr ? source->edited : page->edited;
    }
};

json::object object_of(const Found& found, const Call& call) {
    if (found.page != nullptr) {
        return page_object(*found.page, call);
    }
    return call.data_sources()
               ? data_source_object(*found.source, call)
               : database_object(*call.store->databases.find(found.source->database), call);
}

}  // namespace

http::Response query_database(const Call& call) {
    if (call.data_sources()) {
        return invalid_request_url();
    }
    const auto id = path_id(call, "database");
    if (!id) {
        return id.error();
    }
    const auto* database = call.store->databases.find(*id);
    if (database == nullptr) {
        return not_found("database", *id);
    }
    const auto source = only_source(*database, call);
    return source ? query(call, **source) : source.error();
}

http::Response query_data_source(const Call& call) {
    if (!call.data_sources()) {
        return invalid_request_url();
    }
    const auto id = path_id(call, "data_source");
    if (!id) {
        return id.error();
    }
    const auto* source = call.store->data_sources.find(*id);
    return source == nullptr ? not_found("data_source", *id) : query(call, *source);
}

http::Response search(const Call& call) {
    const auto wanted = ascii_lowered(call.body["query"].string_or(""));
    const auto kind = call.body["filter"]["value"].string_or("");
    const std::string_view other = call.data_sources() ? "data_source" : "database";
    if (!call.body["filter"].missing() && kind != "page" && kind != other) {
        return validation_error(should_be("body.filter.value",
                                          fmt::format("`\"page\"` or `\"{}\"`", other),
                                          call.body["filter"]["value"])
                                    .error());
    }
    const auto& store = *call.store;
    std::vector<Found> all;
    const auto fits = [&](std::string_view title) { return ascii_lowered(title).contains(wanted); };
    if (kind != other) {
        for (const auto& page : store.pages.all()) {
            if (!page.in_trash && fits(store.title_of(page))) {
                all.push_back({.page = &page});
            }
        }
    }
    if (kind != "page") {
        for (const auto& source : store.data_sources.all()) {
            if (!source.in_trash && fits(plain_text(source.title))) {
                all.push_back({.source = &source});
            }
        }
    }
    if (const auto direction = call.body["sort"]["direction"].string_or(""); !direction.empty()) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].place = i;
        }
        std::ranges::sort(all, [&](const Found& one, const Found& two) {
            if (one.edited() == two.edited()) {
                return one.place < two.place;
            }
            return (one.edited() < two.edited()) != (direction == "descending");
        });
    }
    const auto cut = cut_list(call, all.size(), [&](std::size_t i) {
        return all[i].page != nullptr ? all[i].page->id
               : call.data_sources()  ? all[i].source->id
                                      : all[i].source->database;
    });
    return cut ? answer_with(
                     list_of(*cut, call.data_sources() ? "page_or_data_source" : "page_or_database",
                             [&](std::size_t i) { return object_of(all[i], call); }))
               : cut.error();
}

}  // namespace apilab::sandbox::notion
