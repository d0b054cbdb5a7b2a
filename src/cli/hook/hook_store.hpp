#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "command.hpp"

namespace apilab::cli {

/// The queue of what `hook listen` has to forward.
inline constexpr std::string_view forward_queue = "forward";
/// The kind of a job that forwards an event once more, which was done before: its payload is the
/// event's number.
inline constexpr std::string_view again_kind = "again";

/// Where webhooks are kept: `file` where it is named, else `APILAB_HOOKS`, else
/// `$XDG_STATE_HOME/apilab/hooks.db`, else `~/.local/state/apilab/hooks.db`. Nothing where none of
/// these is set.
[[nodiscard]] std::optional<std::filesystem::path> hook_store_path(const std::string& file);
/// The store there, made where there is none, and its folder (0700) with it. Errors:
/// `invalid_argument` where there is no place for it, and those of `SqliteStore::open`.
[[nodiscard]] Result<std::unique_ptr<work::SqliteStore>> open_hook_store(const std::string& file);
/// The same, but looking makes no file: null where there is none.
[[nodiscard]] Result<std::unique_ptr<work::SqliteStore>> find_hook_store(const std::string& file);

/// `--store`, on each command.
void add_store_flag(CLI::App& command, std::string& file);

/// What events or dead letters are chosen by. Empty: all.
struct HookFilter {
    std::string source;
    std::string type;
    /// A duration (`1h`: from an hour ago on) or a date (RFC 3339).
    std::string since;
    std::string until;
    /// Part of a dead letter's reason.
    std::string reason;
    std::size_t limit = 50;

    [[nodiscard]] bool empty() const {
        return source.empty() && type.empty() && since.empty() && until.empty() && reason.empty();
    }
};
/// `--source`, `--type`, `--since`, `--until`, `--limit`.
void add_filter_flags(CLI::App& command, HookFilter& filter);
/// Error (`invalid_argument`): neither a duration nor a date; the message names `flag`. Empty text:
/// nothing.
[[nodiscard]] Result<std::optional<SystemTime>> hook_when(std::string_view flag,
                                                          const std::string& text, SystemTime now);
/// Calls `visit` with each event that fits, without headers and body, the newest first, a page in
/// memory at a time; ends early where it says false. Errors as `hook_when`, of the store, and of
/// `visit`.
[[nodiscard]] Result<void> each_event(
    work::Store& store, const HookFilter& filter, SystemTime now,
    const std::function<Result<bool>(const work::ArchivedEvent&)>& visit);
/// The filter as the store has it, for jobs of the forward queue. Errors as `hook_when`.
[[nodiscard]] Result<work::JobFilter> job_filter(const HookFilter& filter, SystemTime now);
/// `5/s`, `30/m`, `100/h`: the time from one to the next; empty: none. Error: `invalid_argument`.
[[nodiscard]] Result<Duration> hook_pace(const std::string& rate);

/// The event by its number, by its sender's id, or by `source:id`. Error (`invalid_argument`):
/// there is none such.
[[nodiscard]] Result<work::ArchivedEvent> find_event(work::Store& store, const std::string& id);
/// The job of an event, where it is still kept.
[[nodiscard]] Result<std::optional<work::JobRow>> job_of(work::Store& store, std::int64_t job);
/// The event that a job forwards: its own, or the one that its payload names (`again_kind`).
[[nodiscard]] std::int64_t event_number(const work::Job& job);
/// What lists and `show` say of an event in JSON; `type` of the line is left to the caller.
[[nodiscard]] boost::json::object event_json(const work::ArchivedEvent& event,
                                             const std::optional<work::JobRow>& job);

/// Runs `command` on the store named by `file`; where there is none, says so and succeeds: with
/// `--json` in the result line, which counts `what`.
[[nodiscard]] Result<ExitCode> with_hook_store(
    const std::string& file, std::string_view what, const Globals& globals,
    const std::function<Result<ExitCode>(work::Store&)>& command);

}  // namespace apilab::cli
