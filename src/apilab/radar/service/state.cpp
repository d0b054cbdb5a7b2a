#include "apilab/radar/service/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/work/document.hpp"
#include "apilab/work/job.hpp"

namespace apilab::radar {
namespace {

constexpr std::size_t items_at_once = 500;
// Each may have megabytes.
constexpr std::size_t runs_at_once = 8;

// Documents of a kind from `prefix` on, as long as they begin with it.
template <class Take>
Result<void> walk(work::Store& store, std::string_view kind, const std::string& prefix, Take take) {
    const std::size_t page = kind == run_kind ? runs_at_once : items_at_once;
    std::string after = prefix;
    while (true) {
        APILAB_TRY(const auto documents, store.documents(kind, after, page));
        for (const work::Document& document : documents) {
            if (!document.key.starts_with(prefix)) {
                return {};
            }
            APILAB_CHECK(take(document));
        }
        if (documents.size() < page) {
            return {};
        }
        after = documents.back().key;
    }
}

Result<Item> item_of(const work::Document& document) {
    auto item = read_item(document.body);
    if (!item) {
        return fail(std::move(item).error().in("document item " + document.key));
    }
    return item;
}

Result<RunRecord> run_of(const work::Document& document) {
    auto run = read_run(document.body);
    if (!run) {
        return fail(std::move(run).error().in("document run " + document.key));
    }
    return run;
}

std::unexpected<Error> again(std::string message) {
    return fail(Error(ErrorKind::io, std::move(message)).with_detail("busy"));
}

// A refusal after something was written must not leave half of it.
template <class T>
Result<T> whole_or_none(Result<T> result) {
    if (!result && result.error().kind() != ErrorKind::io) {
        return again(result.error().to_string());
    }
    return result;
}

Result<void> put(work::Store& store, std::string_view kind, const std::string& key,
                 const std::string& body, std::int64_t expected, SystemTime now) {
    APILAB_TRY(const auto version,
               whole_or_none(store.put_document(kind, key, body, expected, now)));
    return version ? Result<void>()
                   : again(fmt::format("the document {} {} was changed meanwhile", kind, key));
}

}  // namespace

Result<WatchState> read_watch(work::Store& store, std::string_view watch) {
    WatchState state{.watch = std::string(watch)};
    APILAB_TRY(const auto run, store.document(run_kind, watch));
    if (run) {
        APILAB_TRY(state.run, run_of(*run));
        state.run_version = run->version;
    }
    APILAB_CHECK(walk(store, item_kind, state.watch + "/",
                      [&state](const work::Document& document) -> Result<void> {
                          APILAB_TRY(auto item, item_of(document));
                          state.versions.emplace(document.key, document.version);
                          state.items.push_back(std::move(item));
                          return {};
                      }));
    return state;
}

Result<void> keep(work::Store& store, const WatchState& before, const RunOutcome& outcome,
                  SystemTime now) {
    if (outcome.run) {
        APILAB_CHECK(
            put(store, run_kind, before.watch, run_json(*outcome.run), before.run_version, now));
    }
    for (work::NewMessage message : outcome.plan.messages) {
        message.trace_context = outcome.trace_context;
        APILAB_CHECK(whole_or_none(store.post(message, now)));
    }
    std::map<std::string, std::string> known;
    for (const Item& item : before.items) {
        known.emplace(item.key(), item_json(item));
    }
    for (const Item& item : outcome.plan.items) {
        const std::string key = item.key();
        const std::string body = item_json(item);
        const auto was = known.find(key);
        if (was != known.end() && was->second == body) {
            continue;
        }
        const auto version = before.versions.find(key);
        APILAB_CHECK(put(store, item_kind, key, body,
                         version == before.versions.end() ? 0 : version->second, now));
    }
    if (outcome.plan.again) {
        APILAB_CHECK(whole_or_none(add_replan(store, before.watch, outcome.plan.again, now)));
    }
    return {};
}

Result<std::vector<Item>> read_items(work::Store& store) {
    std::vector<Item> items;
    APILAB_CHECK(
        walk(store, item_kind, "", [&items](const work::Document& document) -> Result<void> {
            APILAB_TRY(auto item, item_of(document));
            items.push_back(std::move(item));
            return {};
        }));
    return items;
}

Result<std::optional<Item>> read_item_of(work::Store& store, std::string_view key) {
    APILAB_TRY(const auto document, store.document(item_kind, key));
    if (!document) {
        return std::optional<Item>();
    }
    return item_of(*document);
}

namespace {

Result<std::vector<RunRecord>> runs_of(work::Store& store, bool reports) {
    std::vector<RunRecord> runs;
    APILAB_CHECK(walk(store, run_kind, "", [&](const work::Document& document) -> Result<void> {
        APILAB_TRY(auto run, run_of(document));
        if (!reports) {
            run.report = {};
        }
        runs.push_back(std::move(run));
        return {};
    }));
    return runs;
}

}  // namespace

Result<std::vector<RunRecord>> read_runs(work::Store& store) {
    return runs_of(store, true);
}

Result<std::vector<RunRecord>> read_runs_without_reports(work::Store& store) {
    return runs_of(store, false);
}

Result<std::size_t> close_unwatched(work::Store& store, const std::vector<std::string>& watched,
                                    const PlanRules& rules, const std::string& trace_context,
                                    SystemTime now) {
    APILAB_TRY(const auto runs, read_runs_without_reports(store));
    std::size_t closed = 0;
    for (const RunRecord& run : runs) {
        if (std::ranges::find(watched, run.watch) != watched.end()) {
            continue;
        }
        APILAB_TRY(const auto before, read_watch(store, run.watch));
        const RunOutcome outcome{.plan = let_go(run.watch, before.items, rules, now),
                                 .trace_context = trace_context};
        if (outcome.plan.resolved > 0) {
            APILAB_CHECK(keep(store, before, outcome, now));
            closed += outcome.plan.resolved;
        }
    }
    return closed;
}

Result<std::optional<Item>> change_human(work::Store& store, std::string_view key,
                                         const std::function<void(HumanColumns&)>& change,
                                         SystemTime now) {
    APILAB_TRY(const auto document, store.document(item_kind, key));
    if (!document) {
        return std::optional<Item>();
    }
    APILAB_TRY(auto item, item_of(*document));
    change(item.human);
    APILAB_CHECK(put(store, item_kind, document->key, item_json(item), document->version, now));
    return item;
}

Result<void> add_replan(work::Store& store, const std::string& watch, std::optional<SystemTime> at,
                        SystemTime now) {
    const auto second =
        std::chrono::floor<std::chrono::seconds>(at.value_or(SystemTime())).time_since_epoch();
    // The time is part of the key: a job that waits keeps its time, and may wait for a later one.
    // In no order with the others: one that waits for tomorrow would hold up today's checks.
    const work::NewJob job{.queue = std::string(radar_queue),
                           .kind = "replan",
                           .payload = "{\"watch\":" + http::json_quote(watch) + "}",
                           .coalesce_key = fmt::format("replan:{}:{}", watch, second.count()),
                           .run_at = at};
    APILAB_TRY([[maybe_unused]] const auto added, store.enqueue(job, now));
    return {};
}

}  // namespace apilab::radar
