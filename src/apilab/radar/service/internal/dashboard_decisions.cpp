#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/decision_json.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"
#include "apilab/radar/service/internal/dashboard_runs.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;

namespace {

// One operation reads so many, so that webhooks do not wait for a ranking.
constexpr std::size_t at_once = 200;
constexpr std::size_t ranked_max = 20'000;
constexpr std::size_t runs_max = 200;
constexpr std::size_t runs_at_once = 8;
constexpr Duration index_life = std::chrono::seconds(3);

struct Part {
    std::vector<DecisionRow> rows;
    std::string last;
    bool whole = false;
};

Result<Part> read_part(work::Store& store, const std::string& after, SystemTime now) {
    APILAB_TRY(const auto documents, store.documents("item", after, at_once));
    Part part;
    for (const auto& document : documents) {
        part.last = document.key;
        const auto item = read_item(document.body);
        if (!item) {
            part.rows.push_back({.key = document.key, .state = "unreadable"});
            continue;
        }
        part.rows.push_back({.key = document.key,
                             .watch = item->watch,
                             .state = std::string(state_of(*item, now)),
                             .score = item->decision.score,
                             .actionable = item->actionable()});
    }
    part.whole = documents.size() < at_once;
    return part;
}

runtime::Task<Got<DecisionIndex>> rank(DashboardContext* context) {
    const auto& scheduler = context->parts.scheduler;
    if (context->index && scheduler.now() - context->index->made < index_life) {
        co_return *context->index;
    }
    const SystemTime now = scheduler.system_now();
    DecisionIndex index{.made = scheduler.now()};
    std::string after;
    while (true) {
        auto part = co_await in_store<Part>(
            context, [after, now](work::Store& store) { return read_part(store, after, now); });
        if (!part) {
            co_return std::unexpected(part.error());
        }
        std::ranges::move(part->rows, std::back_inserter(index.rows));
        after = part->last;
        index.more = !part->whole && index.rows.size() >= ranked_max;
        if (part->whole || index.more) {
            break;
        }
    }
    std::ranges::sort(index.rows, [](const DecisionRow& a, const DecisionRow& b) {
        return a.score != b.score ? a.score > b.score : a.key < b.key;
    });
    context->index = index;
    co_return index;
}

bool shows(std::string_view show, const DecisionRow& row) {
    return show == "all" || row.state == show || (show == "open" && row.state == "unreadable");
}

json::object item_object(const Item& item, SystemTime now) {
    json::object out = decision_object(item.decision);
    out["key"] = item.key();
    out["watch"] = item.watch;
    out["state"] = state_of(item, now);
    out["level"] =
        item.decision.level ? json::value(to_string(*item.decision.level)) : json::value(nullptr);
    out["first_seen"] = shown_time(item.first_seen);
    out["last_seen"] = shown_time(item.last_seen);
    out["resolved"] = time_or_null(item.resolved);
    out["announced"] = !item.announced.empty() && item.announced == item.fingerprint;
    out["revision"] = item.revision;
    out["human"] = json::object{{"decision", item.human.decision},
                                {"owner", item.human.owner},
                                {"snooze_until", time_or_null(item.human.snooze_until)}};
    return out;
}

Result<json::array> read_page(work::Store& store, const std::vector<std::string>& keys,
                              SystemTime now) {
    json::array page;
    for (const auto& key : keys) {
        APILAB_TRY(const auto document, store.document("item", key));
        const auto item = document ? read_item(document->body) : Result<Item>(Item());
        if (document && item) {
            page.push_back(item_object(*item, now));
        } else if (document) {
            page.push_back(json::object{
                {"key", key}, {"state", "unreadable"}, {"error", item.error().to_string()}});
        }
    }
    return page;
}

json::object counts_of(const DecisionIndex& index) {
    std::map<std::string, std::size_t> counts{
        {"open", 0}, {"snoozed", 0}, {"declined", 0}, {"resolved", 0}, {"unreadable", 0}};
    std::size_t actionable = 0;
    for (const auto& row : index.rows) {
        ++counts[row.state];
        actionable += row.state == "open" && row.actionable ? 1 : 0;
    }
    json::object out;
    for (const auto& [state, count] : counts) {
        out[state] = count;
    }
    out["actionable"] = actionable;
    return out;
}

// With `sources` out of its report: that has megabytes where a project is large.
json::object run_object(const RunRecord& run) {
    json::object out;
    out["started"] = shown_time(run.started);
    out["finished"] = shown_time(run.finished);
    out["why"] = run.why;
    out["error"] = run.error;
    out["complete"] = run.complete;
    out["last_complete"] = time_or_null(run.last_complete);
    json::array sources;
    const auto report = http::JsonDocument::parse(run.report.empty() ? "{}" : run.report);
    if (report) {
        out["packages"] = report->root()["packages"].integer().value_or(0);
        for (const auto& source : report->root()["sources"].elements()) {
            sources.push_back(json::object{{"name", source["name"].string_or("")},
                                           {"status", source["status"].string_or("")},
                                           {"as_of", source["as_of"].string_or("")},
                                           {"error", source["error"].string_or("")}});
        }
    }
    out["sources"] = std::move(sources);
    return out;
}

Result<json::object> read_runs(work::Store& store) {
    json::object runs;
    std::string after;
    for (std::size_t read = 0; read < runs_max; read += runs_at_once) {
        APILAB_TRY(const auto documents, store.documents("run", after, runs_at_once));
        for (const auto& document : documents) {
            after = document.key;
            if (const auto run = read_run(document.body)) {
                runs[run->watch] = run_object(*run);
            }
        }
        if (documents.size() < runs_at_once) {
            break;
        }
    }
    return runs;
}

}  // namespace

runtime::Task<Got<json::object>> runs_of(DashboardContext* context) {
    const SteadyTime now = context->parts.scheduler.now();
    if (context->runs.empty() || now - context->runs_made >= index_life) {
        auto runs = co_await in_store<json::object>(context, read_runs);
        if (!runs) {
            co_return std::unexpected(runs.error());
        }
        context->runs = *std::move(runs);
        context->runs_made = now;
    }
    co_return context->runs;
}

Task get_decisions(DashboardContext* context, ApiCall call) {
    const auto offset = number_of(call, "offset", 0, 0, ranked_max);
    const auto limit = number_of(call, "limit", 50, 1, 100);
    if (!offset || !limit) {
        co_return std::unexpected(offset ? limit.error() : offset.error());
    }
    const std::string show(call.text("show").empty() ? "open" : call.text("show"));
    const std::string watch(call.text("watch"));
    auto index = co_await rank(context);
    if (!index) {
        co_return std::unexpected(index.error());
    }
    std::vector<std::string> keys;
    std::int64_t total = 0;
    for (const auto& row : index->rows) {
        if (!shows(show, row) || (!watch.empty() && row.watch != watch)) {
            continue;
        }
        if (total >= *offset && total < *offset + *limit) {
            keys.push_back(row.key);
        }
        ++total;
    }
    const SystemTime now = context->parts.scheduler.system_now();
    auto page = co_await in_store<json::array>(
        context, [keys, now](work::Store& store) { return read_page(store, keys, now); });
    auto runs = co_await runs_of(context);
    if (!page || !runs) {
        co_return std::unexpected(page ? runs.error() : page.error());
    }
    json::object out;
    out["total"] = total;
    out["offset"] = *offset;
    out["more_than_ranked"] = index->more;
    out["counts"] = counts_of(*index);
    out["decisions"] = *std::move(page);
    out["watches"] = *std::move(runs);
    co_return out;
}

}  // namespace apilab::radar::internal
