// Where `apilab hook` keeps webhooks, and how one is found there.

#include "hook/hook_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <system_error>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/work/sender.hpp"
#include "environment.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

Result<fs::path> place_of(const std::string& file) {
    auto path = hook_store_path(file);
    if (!path) {
        return fail(Error(ErrorKind::invalid_argument, "no place to keep webhooks in")
                        .with_remedy("--store FILE, or set APILAB_HOOKS or HOME"));
    }
    return *std::move(path);
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return whole && value > 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<fs::path> hook_store_path(const std::string& file) {
    if (!file.empty()) {
        return file;
    }
    if (const auto hooks = environment("APILAB_HOOKS")) {
        return *hooks;
    }
    if (const auto state = environment("XDG_STATE_HOME")) {
        return fs::path(*state) / "apilab" / "hooks.db";
    }
    if (const auto home = environment("HOME")) {
        return fs::path(*home) / ".local" / "state" / "apilab" / "hooks.db";
    }
    return std::nullopt;
}

Result<std::unique_ptr<work::SqliteStore>> open_hook_store(const std::string& file) {
    APILAB_TRY(const auto path, place_of(file));
    if (path.has_parent_path() && !fs::exists(path.parent_path())) {
        std::error_code failed;
        fs::create_directories(path.parent_path(), failed);
        fs::permissions(path.parent_path(), fs::perms::owner_all, failed);
        if (failed) {
            return fail(ErrorKind::io,
                        fmt::format("{}: {}", path.parent_path().string(), failed.message()));
        }
    }
    return work::SqliteStore::open(path);
}

Result<std::unique_ptr<work::SqliteStore>> find_hook_store(const std::string& file) {
    APILAB_TRY(const auto path, place_of(file));
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        return std::unique_ptr<work::SqliteStore>();
    }
    return work::SqliteStore::open(path);
}

void add_store_flag(CLI::App& command, std::string& file) {
    command
        .add_option("--store", file,
                    "Where webhooks are kept (default: hooks.db in apilab's state folder)")
        ->envname("APILAB_HOOKS")
        ->type_name("FILE");
}

void add_filter_flags(CLI::App& command, HookFilter& filter) {
    command.add_option("--source", filter.source, "Of one sender: github, slack, ...");
    command.add_option("--type", filter.type, "Of one type: push, invoice.paid");
    command.add_option("--since", filter.since, "From then on: 1h (ago) or 2026-11-22T10:00:00Z")
        ->type_name("TIME");
    command.add_option("--until", filter.until, "Before then, likewise")->type_name("TIME");
    command.add_option("--limit", filter.limit, "So many at most")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
}

Result<std::optional<SystemTime>> hook_when(std::string_view flag, const std::string& text,
                                            SystemTime now) {
    if (text.empty()) {
        return std::optional<SystemTime>();
    }
    if (const auto date = http::parse_iso_time(text)) {
        return std::optional(*date);
    }
    const auto ago = parse_duration(text);
    if (!ago) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{}: expected a duration (1h, 2d: so long ago) or a date "
                                "(2026-11-22T10:00:00Z)",
                                flag));
    }
    return std::optional(now - *ago);
}

Result<void> each_event(work::Store& store, const HookFilter& filter, SystemTime now,
                        const std::function<Result<bool>(const work::ArchivedEvent&)>& visit) {
    constexpr std::size_t page = 200;
    APILAB_TRY(const auto since, hook_when("--since", filter.since, now));
    APILAB_TRY(const auto until, hook_when("--until", filter.until, now));
    std::int64_t before = 0;
    while (true) {
        APILAB_TRY(const auto events, store.list_events(filter.source, filter.type, before, page));
        if (events.empty()) {
            return {};
        }
        before = events.back().id;
        for (const auto& event : events) {
            if (since && event.received < *since) {
                return {};  // and so are all behind it
            }
            if (until && event.received >= *until) {
                continue;
            }
            APILAB_TRY(const bool more, visit(event));
            if (!more) {
                return {};
            }
        }
    }
}

Result<work::JobFilter> job_filter(const HookFilter& filter, SystemTime now) {
    work::JobFilter jobs{.queue = std::string(forward_queue),
                         .reason_has = filter.reason,
                         .source = filter.source,
                         .type = filter.type};
    APILAB_TRY(jobs.since, hook_when("--since", filter.since, now));
    APILAB_TRY(jobs.until, hook_when("--until", filter.until, now));
    return jobs;
}

Result<Duration> hook_pace(const std::string& rate) {
    if (rate.empty()) {
        return Duration::zero();
    }
    constexpr std::int64_t count_max = 1'000'000;
    const auto slash = rate.find('/');
    const auto count = number(std::string_view(rate).substr(0, slash));
    const auto unit = slash == rate.npos ? "" : rate.substr(slash + 1);
    const Duration span = unit == "s"   ? Duration(std::chrono::seconds(1))
                          : unit == "m" ? Duration(std::chrono::minutes(1))
                          : unit == "h" ? Duration(std::chrono::hours(1))
                                        : Duration::zero();
    if (!count || *count > count_max || span == Duration::zero()) {
        return fail(ErrorKind::invalid_argument,
                    "--rate: expected so many per second, minute or hour: 5/s, 30/m, 100/h");
    }
    return span / *count;
}

Result<work::ArchivedEvent> find_event(work::Store& store, const std::string& id) {
    if (const auto row = number(id)) {
        APILAB_TRY(auto event, store.event(*row));
        if (event) {
            return *std::move(event);
        }
    }
    for (const auto& sender : work::senders()) {
        const auto prefix = std::string(sender.source) + ":";
        const auto plain = id.starts_with(prefix) ? id.substr(prefix.size()) : id;
        APILAB_TRY(auto event, store.event_of(sender.source, plain));
        if (event) {
            return *std::move(event);
        }
    }
    return fail(Error(ErrorKind::invalid_argument, fmt::format("no event '{}' is kept", id))
                    .with_remedy("apilab hook list"));
}

Result<std::optional<work::JobRow>> job_of(work::Store& store, std::int64_t job) {
    if (job == 0) {
        return std::optional<work::JobRow>();
    }
    APILAB_TRY(auto rows, store.jobs({.id = job}, 1));
    return rows.empty() ? std::optional<work::JobRow>() : std::optional(std::move(rows.front()));
}

std::int64_t event_number(const work::Job& job) {
    return job.kind == again_kind ? number(job.payload).value_or(0) : job.event;
}

json::object event_json(const work::ArchivedEvent& event, const std::optional<work::JobRow>& job) {
    json::object object{{"type", "event"},
                        {"event", event.id},
                        {"source", event.event.source},
                        {"event_type", event.event.type},
                        {"id", event.event.sender_id},
                        {"received", http::format_iso_time(event.received)},
                        {"last_seen", http::format_iso_time(event.last_seen)},
                        {"deliveries", event.deliveries},
                        {"bytes", event.body_size},
                        {"job", nullptr}};
    if (job) {
        object["job"] = json::object{
            {"id", job->job.ref.id},       {"state", work::to_string(job->state)},
            {"attempt", job->job.attempt}, {"idempotency_key", job->job.idempotency_key},
            {"reason", job->reason},       {"redrives", job->redrives}};
    }
    return object;
}

Result<ExitCode> with_hook_store(const std::string& file, std::string_view what,
                                 const Globals& globals,
                                 const std::function<Result<ExitCode>(work::Store&)>& command) {
    APILAB_TRY(const auto store, find_hook_store(file));
    if (store) {
        return command(*store);
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"type", "result"}, {what, 0}}));
    } else if (!globals.quiet) {
        fmt::print(stderr, "no webhooks are kept yet: apilab hook listen\n");
    }
    return ExitCode::success;
}

}  // namespace apilab::cli
