#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::radar {

/// One row of the working list, as far as it belongs to people.
struct PeopleRow {
    /// The column `Key`: `Item::key()`.
    std::string key;
    HumanColumns human;
};

/// What was read of them.
struct PeopleReading {
    std::vector<PeopleRow> rows;
    /// Where the next reading begins; kept once all of this one is.
    std::optional<SystemTime> checkpoint;
    /// There is more to be read from the checkpoint on.
    bool more = false;
};

class NotionReader;
using ReadPeople = std::function<runtime::Task<Result<PeopleReading>>(
    std::optional<SystemTime> checkpoint, http::TraceContext trace)>;
/// By a reader, which outlives it and the runner.
[[nodiscard]] ReadPeople read_people_by(NotionReader& reader);

/// The id of our own bot in Notion; empty: it is not known (yet).
using NotionBot = std::function<runtime::Task<std::string>(http::TraceContext trace)>;
/// By a reader, which outlives it and the runner, and asks once.
[[nodiscard]] NotionBot notion_bot_by(NotionReader& reader);

/// What the handlers stand on. Outlives the runner; what it refers to outlives it.
struct HandlerContext {
    runtime::Scheduler& scheduler;
    Rng& rng;
    work::StoreWriter& writer;
    const Config& config;
    const Sources& sources;
    /// What people wrote into rows since `checkpoint` (nothing: into all), asked for within that
    /// trace. Null: there is no Notion.
    ReadPeople read_people = nullptr;
    /// Who we are there, so that what we wrote ourselves is not read. Null: all is read.
    NotionBot notion_bot = nullptr;
    /// Messages were posted; jobs were added. Null: whoever looks for them finds them anyway.
    std::function<void()> wake_outbox = nullptr;
    std::function<void()> wake_runner = nullptr;
    /// Told what came of a job, in one line without secrets. Null: nobody hears it.
    std::function<void(std::string_view kind, const work::Job& job, const std::string& line)> log =
        nullptr;
    /// Told where the sources' answers were not what is needed of them (`GatherOptions::on_drift`).
    std::function<void(std::string_view operation, const data::DriftReport& drift)> on_drift =
        nullptr;
    /// Told of each run when it was kept. Null: nobody hears it.
    std::function<void(const RunRecord& run, std::string_view changes,
                       std::string_view trace_context)>
        told_run = nullptr;
    /// Events of which nothing came, by sender.
    std::map<std::string, std::uint64_t> ignored = {};
    /// For asking the sources; below the runner's `attempt_timeout` (5 min), so that what was heard
    /// by then is used and the rest told as failed.
    Duration gather_deadline = std::chrono::minutes(4);
};

/// The jobs of queue `radar`:
///
/// - `check`, payload `{"watch":NAME,"why":TEXT}`: reads the lockfile, asks the sources, decides,
///   plans against what is remembered by then, and keeps all of it in one operation with the
///   messages; without `watch`, a `check` for each. A lockfile that cannot be read is a run with an
///   error; the job is tried again where that may help, else it is dead.
/// - `replan`, `{"watch":NAME}`: what can be said without a new report.
/// - `digest`: the mail about all items, under `digest_key` of the time it was due: run twice, or
///   fired twice, it is sent once. What is new in it is new since the last one (document `setting`
///   `digest.last`), at first since a week ago.
/// - `notion.read`: people's columns since the last reading (document `setting`
///   `notion.checkpoint`), then `replan` of what changed.
/// - `github`, `slack`, `notion`, `stripe`, `standard`: events, as the receiver stores them. Names
///   in them are looked up among the watches that are configured; no address in them is ever
///   asked.
///
/// Each may run twice and says nothing twice: messages have keys made of what they say, or of the
/// event. One that is cancelled keeps nothing and is tried again.
void add_handlers(work::JobRunner& runner, HandlerContext& context);

/// A check of that watch: after those that were asked for before, and one for all that wait. `why`
/// is for people; up to 200 bytes of it are kept.
[[nodiscard]] work::NewJob check_job(const std::string& watch, std::string_view why);
/// A `check` without a watch: of all of them.
[[nodiscard]] work::NewJob check_all_job(std::string_view why);
[[nodiscard]] work::NewJob digest_job();
[[nodiscard]] work::NewJob notion_read_job();

}  // namespace apilab::radar
