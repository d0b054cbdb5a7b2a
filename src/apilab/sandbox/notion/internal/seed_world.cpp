#include "apilab/sandbox/notion/internal/seed_world.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>
#include <chrono>

#include "apilab/sandbox/notion/internal/block_types.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"
#include "apilab/sandbox/notion/internal/users.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr auto first_page = SystemTime(std::chrono::seconds(1'761'955'200));  // 2025-11-01
constexpr std::size_t long_list = 30;

json::array long_text() {
    json::array pieces;
    for (std::size_t i = 0; i < long_list; ++i) {
        pieces.emplace_back(text_piece(fmt::format("piece {} ", i)));
    }
    return pieces;
}

json::object seed_values(std::size_t number) {
    constexpr std::array<std::string_view, 4> severities = {"low", "medium", "high", "critical"};
    constexpr std::array<std::string_view, 3> states = {"Not started", "In progress", "Done"};
    json::object values;
    values["title"] = rich_text(fmt::format("Task {:03}", number));
    values["k%3Aey"] = rich_text(fmt::format("task-{:03}", number));
    values["sC%3Dr"] = number % 10;
    values["sVrt"] = option_value(severities[number % severities.size()]);
    values["sTat"] = option_value(states[number % states.size()]);
    values["aNnc"] = false;
    if (number % 5 == 0) {
        values["t%40gs"] = json::array{option_value("release"), option_value("security")};
        values["dU%7Ce"] = json::object{{"start", fmt::format("2026-01-{:02}", 1 + number % 28)},
                                        {"end", nullptr},
                                        {"time_zone", nullptr}};
        values["lInk"] = fmt::format("https://tasks.example/{}", number);
        values["eMai"] = fmt::format("task-{}@tasks.example", number);
        values["pHon"] = "+1 555 0100";
        values["pPl%5D"] = json::array{json::object{{"object", "user"}, {"id", person_id}}};
        values["fI%3Fl"] = json::array{
            json::object{{"name", "plan.pdf"},
                         {"type", "external"},
                         {"external", json::object{{"url", "https://files.example/plan.pdf"}}}}};
    }
    return values;
}

void add_pages(Store& store, DataSource& source, std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) {
        const auto created = minute_of(first_page + std::chrono::hours(i));
        store.pages.add({.id = store.next_id(),
                         .created = created,
                         .edited = created,
                         .parent = {.kind = "data_source_id", .id = source.id},
                         .values = seed_values(i),
                         .author = std::string(person_id),
                         .number = ++source.pages});
    }
    auto& all = store.pages.all();
    json::array related;
    for (std::size_t i = 1; i <= long_list && i < all.size(); ++i) {
        related.emplace_back(json::object{{"id", all[i].id}});
    }
    all[0].values["rEl%40"] = std::move(related);
    all[1].values["nOtE"] = long_text();
}

// A block of every kind that can be made, those that hold others with one inside.
void add_blocks(Store& store, Page& home) {
    int count = 0;
    const auto add = [&](const Parent& parent, std::string_view type, json::object content) {
        auto& block = store.blocks.add({.id = store.id_of(fmt::format("block {}", ++count)),
                                        .parent = parent,
                                        .type = std::string(type),
                                        .content = std::move(content),
                                        .created = home.created,
                                        .edited = home.created});
        store.children_of(parent.id)->push_back(block.id);
        return block.id;
    };
    for (const auto& type : block_types()) {
        const auto id = add({"page_id", home.id}, type.name, seed_content(type));
        if (type.holds == "table_row" || type.holds == "column") {
            const auto& inner = *find_block_type(type.holds);
            const auto below = add({"block_id", id}, type.holds, seed_content(inner));
            if (type.holds == "column") {
                add({"block_id", below}, "paragraph", seed_content(*find_block_type("paragraph")));
            }
        } else if (type.holds == "blocks") {
            const auto below =
                add({"block_id", id}, "paragraph", seed_content(*find_block_type("paragraph")));
            add({"block_id", below}, "to_do", seed_content(*find_block_type("to_do")));
        }
    }
    add({"page_id", home.id}, "unsupported", {});
}

}  // namespace

void fill_with_seed(Store& store, std::size_t pages) {
    const auto created = minute_of(first_page);
    auto& source =
        store.data_sources.add({.id = store.data_source_id(),
                                .database = store.database_id(),
                                .title = rich_text("Tasks"),
                                .schema = seed_schema(store.database_id(), store.data_source_id()),
                                .created = created,
                                .edited = created});
    store.databases.add({.id = store.database_id(),
                         .parent = {.kind = "page_id", .id = store.home_id()},
                         .title = rich_text("Tasks"),
                         .created = "2025-11-01T00:00:11.607+00:00",
                         .edited = "2025-11-01T00:00:11.607+00:00",
                         .data_sources = {source.id}});
    add_pages(store, source, pages);
    auto& home = store.pages.add({.id = store.home_id(),
                                  .created = created,
                                  .edited = created,
                                  .values = {{"title", rich_text("Home")}},
                                  .children = {store.database_id()},
                                  .author = std::string(person_id)});
    add_blocks(store, home);
}

}  // namespace apilab::sandbox::notion
