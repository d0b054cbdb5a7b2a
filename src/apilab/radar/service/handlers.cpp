#include "apilab/radar/service/handlers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/job_tools.hpp"
#include "apilab/radar/service/digest.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/radar/service/notion_reader.hpp"
#include "apilab/radar/service/plan.hpp"
#include "apilab/radar/service/state.hpp"

namespace apilab::radar {
namespace internal {
namespace {

using runtime::Task;
using work::Job;
using work::JobOutcome;

struct DigestTimes {
    SystemTime due;
    SystemTime now;
};

// The schedule's key says when it was due (`schedule:<name>:<unix seconds>`), whoever fires it and
// however late; another job counts from when it was made.
SystemTime due_of(const Job& job) {
    const std::string_view key = job.idempotency_key;
    const std::string_view last = key.substr(key.rfind(':') + 1);
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), seconds);
    const bool whole = error == std::errc() && end == last.data() + last.size();
    constexpr std::int64_t year_2200 = 7'258'118'400;
    return key.starts_with("schedule:") && whole && seconds > 0 && seconds < year_2200
               ? SystemTime(std::chrono::seconds(seconds))
               : job.created;
}

// A column of a row counts where it says something else than when it was read last.
bool hear(Item& item, const HumanColumns& said) {
    if (item.row == said) {
        return false;
    }
    if (item.row.decision != said.decision) {
        item.human.decision = said.decision;
    }
    if (item.row.owner != said.owner) {
        item.human.owner = said.owner;
    }
    if (item.row.snooze_until != said.snooze_until) {
        item.human.snooze_until = said.snooze_until;
    }
    item.row = said;
    return true;
}

using People = std::map<std::string, HumanColumns, std::less<>>;

Result<std::size_t> hear_people(work::Store& store, const std::string& watch, const People& people,
                                const PlanRules& rules, const std::string& trace, SystemTime now) {
    APILAB_TRY(const auto before, read_watch(store, watch));
    std::vector<Item> items = before.items;
    std::size_t changed = 0;
    for (Item& item : items) {
        const auto said = people.find(item.key());
        if (said != people.end()) {
            changed += hear(item, said->second) ? 1U : 0U;
        }
    }
    if (changed > 0) {
        const RunOutcome outcome{.plan = replan(watch, items, rules, now), .trace_context = trace};
        APILAB_CHECK(keep(store, before, outcome, now));
    }
    return changed;
}

constexpr std::string_view checkpoint_key = "notion.checkpoint";

Result<std::optional<SystemTime>> read_checkpoint(work::Store& store) {
    APILAB_TRY(const auto document, store.document("setting", checkpoint_key));
    return document ? http::parse_iso_time(document->body) : std::nullopt;
}

Result<bool> keep_checkpoint(work::Store& store, SystemTime checkpoint, SystemTime now) {
    APILAB_TRY(const auto version, store.put_document("setting", checkpoint_key,
                                                      http::format_iso_time(checkpoint), {}, now));
    return version.has_value();
}

std::string watch_of(std::string_view key) {
    return std::string(key.substr(0, key.find('/')));
}

// Each watch in an operation of its own; the checkpoint after all of them, so that what was not
// kept is read again.
Task<Result<std::size_t>> hear_reading(HandlerContext* context, PeopleReading reading,
                                       std::string trace) {
    const SystemTime now = context->scheduler.system_now();
    std::map<std::string, People> by_watch;
    for (PeopleRow& row : reading.rows) {
        by_watch[watch_of(row.key)].insert_or_assign(row.key, std::move(row.human));
    }
    std::size_t changed = 0;
    for (auto& [watch, people] : by_watch) {
        if (find_watch(context->config, watch) == nullptr) {
            continue;
        }
        APILAB_CO_TRY(const std::size_t heard,
                      co_await context->writer.run<std::size_t>(
                          [name = watch, said = std::move(people),
                           rules = rules_of(context->config), trace, now](work::Store& store) {
                              return hear_people(store, name, said, rules, trace, now);
                          }));
        changed += heard;
    }
    if (reading.checkpoint) {
        APILAB_CO_TRY([[maybe_unused]] const bool kept,
                      co_await context->writer.run<bool>(
                          [checkpoint = *reading.checkpoint, now](work::Store& store) {
                              return keep_checkpoint(store, checkpoint, now);
                          }));
    }
    co_return changed;
}

constexpr std::string_view digest_last = "digest.last";

Result<SystemTime> last_digest(work::Store& store, SystemTime due) {
    APILAB_TRY(const auto document, store.document("setting", digest_last));
    const auto last = document ? http::parse_iso_time(document->body) : std::nullopt;
    return last && *last < due ? *last : due - std::chrono::days(7);
}

Result<bool> post_digest(work::Store& store, const Config& config, const DigestTimes& times,
                         const std::string& trace) {
    DigestFacts facts{.now = times.now, .simulated = config.simulated};
    for (const Watch& watch : config.watches) {
        facts.watches.push_back(watch.name);
    }
    APILAB_TRY(facts.items, read_items(store));
    APILAB_TRY(facts.runs, read_runs(store));
    // Of a project that is watched no more nothing is to be done, and nothing is missing.
    const auto gone = [&](const auto& one) { return find_watch(config, one.watch) == nullptr; };
    std::erase_if(facts.items, gone);
    std::erase_if(facts.runs, gone);
    APILAB_TRY(facts.since, last_digest(store, times.due));
    const work::NewMessage message{.target = "gmail",
                                   .key = digest_key(times.due),
                                   .payload = payload(digest(*config.gmail, facts)),
                                   .trace_context = trace};
    APILAB_TRY(const auto posted, store.post(message, times.now));
    if (!posted.known) {
        APILAB_TRY([[maybe_unused]] const auto kept,
                   store.put_document("setting", digest_last, http::format_iso_time(times.due), {},
                                      times.now));
    }
    return !posted.known;
}

}  // namespace

Task<JobOutcome> send_digest(HandlerContext* context, Job job) {
    if (!context->config.gmail) {
        co_return JobOutcome::done();
    }
    const DigestTimes times{.due = due_of(job), .now = context->scheduler.system_now()};
    const auto posted = co_await context->writer.run<bool>(
        [config = &context->config, times, trace = job.trace_context](work::Store& store) {
            return post_digest(store, *config, times, trace);
        });
    if (!posted) {
        co_return outcome_of(posted.error());
    }
    wake_outbox(*context);
    tell(*context, job, *posted ? "posted" : "it was posted before");
    co_return JobOutcome::done();
}

Task<JobOutcome> read_people(HandlerContext* context, Job job) {
    if (!context->read_people) {
        co_return JobOutcome::done();
    }
    std::size_t rows = 0;
    std::size_t changed = 0;
    for (bool more = true; more;) {
        const auto checkpoint =
            co_await context->writer.run<std::optional<SystemTime>>(read_checkpoint);
        if (!checkpoint) {
            co_return outcome_of(checkpoint.error());
        }
        auto reading = co_await context->read_people(*checkpoint, trace_of(job));
        if (!reading) {
            co_return outcome_of(reading.error());
        }
        // One that leads nowhere would be read for ever.
        more = reading->more && reading->checkpoint != *checkpoint;
        rows += reading->rows.size();
        const auto heard = co_await hear_reading(context, *std::move(reading), job.trace_context);
        if (!heard) {
            co_return outcome_of(heard.error());
        }
        changed += *heard;
    }
    wake_outbox(*context);
    tell(*context, job, fmt::format("{} rows, {} changed", rows, changed));
    co_return JobOutcome::done();
}

}  // namespace internal

work::NewJob check_job(const std::string& watch, std::string_view why) {
    return {.queue = std::string(radar_queue),
            .kind = "check",
            .payload = fmt::format(R"({{"watch":{},"why":{}}})", http::json_quote(watch),
                                   http::json_quote(work::cut_reason(why, 200))),
            .order_key = "watch:" + watch,
            .coalesce_key = "check:" + watch};
}

work::NewJob digest_job() {
    return {.queue = std::string(radar_queue), .kind = "digest", .payload = "{}"};
}

work::NewJob notion_read_job() {
    // Of two at once the older answer could come last.
    return {.queue = std::string(radar_queue),
            .kind = "notion.read",
            .payload = "{}",
            .order_key = "notion.read",
            .coalesce_key = "notion.read"};
}

namespace {

runtime::Task<Result<PeopleReading>> read_by(NotionReader* reader,
                                             std::optional<SystemTime> checkpoint,
                                             http::TraceContext trace) {
    reader->set_trace(trace);
    APILAB_CO_TRY(auto reading, co_await reader->read(checkpoint));
    PeopleReading people{.checkpoint = reading.checkpoint, .more = reading.more};
    for (NotionHuman& row : reading.rows) {
        people.rows.push_back({.key = std::move(row.key), .human = std::move(row.human)});
    }
    co_return people;
}

}  // namespace

ReadPeople read_people_by(NotionReader& reader) {
    return [own = &reader](std::optional<SystemTime> checkpoint, http::TraceContext trace) {
        return read_by(own, checkpoint, trace);
    };
}

NotionBot notion_bot_by(NotionReader& reader) {
    return [own = &reader](http::TraceContext trace) { return own->bot(trace); };
}

void add_handlers(work::JobRunner& runner, HandlerContext& context) {
    using Handle = runtime::Task<work::JobOutcome> (*)(HandlerContext*, work::Job);
    const auto add = [&runner, own = &context](const char* kind, Handle handle) {
        runner.handle(kind, [own, handle](work::Job job) { return handle(own, std::move(job)); });
    };
    add("check", &internal::check);
    add("replan", &internal::replan_watch);
    add("digest", &internal::send_digest);
    add("notion.read", &internal::read_people);
    add("github", &internal::on_github);
    add("slack", &internal::on_slack);
    add("notion", &internal::on_notion);
    add("standard", &internal::on_standard);
    add("stripe", &internal::on_stripe);
}

}  // namespace apilab::radar
