#include "apilab/radar/service/notion_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/radar/service/notion_row.hpp"

namespace apilab::radar {

using provider::notion::Page;
using provider::notion::PropertyValue;

namespace {

constexpr std::size_t rows_top = 10'000;
constexpr std::size_t names_max = 10'000;
constexpr std::size_t text_max = 2'000;

Error out_of_range(std::string_view field, std::string_view range) {
    return Error(ErrorKind::invalid_argument,
                 fmt::format("Notion's reader: {}: expected {}", field, range))
        .with_detail(std::string(field));
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string text_in(const Page& page, std::string_view column) {
    const auto* value = provider::notion::find_property(page, column);
    auto text = value == nullptr ? std::string() : trimmed(provider::notion::to_text(*value));
    return text.size() <= text_max ? text : std::string();
}

// A column of another type by that name is somebody else's; ours has another name then.
std::string key_in(const Page& page, const std::string& column) {
    const auto* value = provider::notion::find_property(page, column);
    const bool ours = value != nullptr && value->type == "rich_text";
    return text_in(page, ours ? column : column + std::string(taken_suffix));
}

}  // namespace

Result<void> NotionReaderOptions::validate() const {
    if (look_back < std::chrono::minutes(1) || look_back > std::chrono::days(1)) {
        return fail(out_of_range("look_back", "1 min to 1 day"));
    }
    if (rows_max < 1 || rows_max > rows_top) {
        return fail(out_of_range("rows_max", "1 to 10,000"));
    }
    if (!provider::notion::start_of({.start = "2026-01-01"}, zone)) {
        return fail(out_of_range("zone", "a time zone such as Europe/Berlin"));
    }
    return {};
}

runtime::Task<std::string> NotionReader::owner_of(Page page) {
    const auto* value = provider::notion::find_property(page, "Owner");
    if (value == nullptr || !value->people) {
        co_return text_in(page, "Owner");
    }
    std::string all;
    for (const auto& one : *value->people) {
        auto name = one.name.value_or("");
        if (name.empty()) {
            auto known = names_.find(one.id);
            if (known == names_.end() && names_.size() < names_max) {
                const auto user = co_await notion_.user(one.id);
                const bool named = user && user->name && !user->name->empty();
                known = names_.emplace(one.id, named ? *user->name : one.id).first;
            }
            name = known == names_.end() ? one.id : known->second;
        }
        all += (all.empty() ? "" : ", ") + name;
    }
    co_return all;
}

runtime::Task<std::optional<NotionHuman>> NotionReader::human_of(Page page,
                                                                 std::size_t* unreadable) {
    NotionHuman row{.key = key_in(page, options_.key_column),
                    .page = page.id,
                    .human = {},
                    .edited = page.last_edited_time};
    if (row.key.empty()) {
        co_return std::nullopt;
    }
    row.human.decision = text_in(page, "Decision");
    row.human.owner = co_await owner_of(page);
    const auto* snooze = provider::notion::find_property(page, "Snooze until");
    if (snooze != nullptr && snooze->date) {
        row.human.snooze_until = provider::notion::end_of(*snooze->date, options_.zone);
        *unreadable += row.human.snooze_until ? 0 : 1;
    }
    co_return row;
}

runtime::Task<Result<NotionReading>> NotionReader::read(std::optional<SystemTime> checkpoint) {
    provider::NotionQuery query{.sorts = {{.timestamp = "last_edited_time"}},
                                .rows_max = options_.rows_max};
    if (checkpoint) {
        query.filter = provider::NotionFilter::last_edited_time().on_or_after(*checkpoint -
                                                                              options_.look_back);
    }
    APILAB_CO_TRY(auto found, co_await notion_.query(std::move(query)));
    NotionReading reading{.rows = {}, .checkpoint = checkpoint};
    std::map<std::string, std::size_t> places;
    for (auto& page : found.items) {
        reading.checkpoint =
            std::max(reading.checkpoint.value_or(page.last_edited_time), page.last_edited_time);
        auto row = co_await human_of(std::move(page), &reading.unreadable);
        if (!row) {
            reading.strangers += 1;
            continue;
        }
        const auto [at, fresh] = places.emplace(row->key, reading.rows.size());
        if (fresh) {
            reading.rows.push_back(*std::move(row));
        } else if (row->edited >= reading.rows[at->second].edited) {
            reading.rows[at->second] = *std::move(row);
        }
    }
    reading.more = !found.complete;
    if (reading.more && checkpoint && reading.checkpoint <= checkpoint) {
        co_return fail(
            Error(ErrorKind::too_large,
                  fmt::format("more than {} rows were edited at once: none of them leads "
                              "on",
                              options_.rows_max))
                .with_detail("rows_max"));
    }
    std::ranges::sort(reading.rows, {}, [](const NotionHuman& row) {
        return std::pair(row.edited, std::string_view(row.page));
    });
    co_return reading;
}

runtime::Task<std::string> NotionReader::bot(http::TraceContext trace) {
    if (bot_.empty()) {
        const auto me = co_await notion_.within(trace).me();
        if (me) {
            bot_ = me->id;
        }
    }
    co_return bot_;
}

runtime::Task<Result<std::optional<NotionHuman>>> NotionReader::read_page(std::string page) {
    auto found = co_await notion_.get_page(page);
    if (!found) {
        if (found.error().status() == 404) {
            co_return std::nullopt;
        }
        co_return fail(std::move(found).error());
    }
    const auto& parent = found->parent.data_source_id;
    if (found->thrown_away() || (parent && *parent != notion_.options().data_source)) {
        co_return std::nullopt;
    }
    std::size_t unreadable = 0;
    co_return co_await human_of(*std::move(found), &unreadable);
}

}  // namespace apilab::radar
